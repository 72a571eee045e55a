// SPDX-License-Identifier: MIT
#include "sandbox/host/feeder.hpp"

#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "base/catch_exceptions.hpp"
#include "sandbox/host/descriptor_handover.hpp"

namespace convert::sandbox {
namespace {

constexpr std::size_t kFeedBlock = std::size_t{256} << 10;

}  // namespace

PipeFeeder::PipeFeeder(Reader& reader, base::Descriptor pipe, FirstError& first_error)
    : reader_(reader), pipe_(std::move(pipe)), first_error_(first_error), thread_([this] { run(); }) {}

bool PipeFeeder::is_waiting() const {
  const std::lock_guard lock(mutex_);
  return in_reader_ && bytes_waiting(pipe_) == 0;
}

void PipeFeeder::run() {
  std::vector<std::byte> block(kFeedBlock);
  for (;;) {
    in_reader_ = true;
    const auto count = read(block);
    in_reader_ = false;
    if (!count || *count == 0) break;
    // The only failure is that the worker has gone, or takes no more.
    if (!base::write_all(pipe_.get(), std::span(block).first(*count))) break;
    bytes_moved_ += *count;
  }
  if (first_error_.get()) return;  // what ends by a fault must not look whole
  const std::lock_guard lock(mutex_);
  pipe_ = base::Descriptor();
}

Result<std::size_t> PipeFeeder::read(std::span<std::byte> into) {
  auto count = base::catch_exceptions("Reader", [&] { return reader_.read_at(bytes_moved_, into); });
  if (!count) return first_error_.record(count.error());
  if (*count <= into.size()) return count;
  return first_error_.record(Error{Errc::internal, "A Reader claims more bytes than it was asked for."});
}

}  // namespace convert::sandbox
