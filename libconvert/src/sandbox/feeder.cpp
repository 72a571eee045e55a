// SPDX-License-Identifier: MIT
#include "sandbox/feeder.hpp"

#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "io/without_throwing.hpp"
#include "sandbox/hand_over.hpp"

namespace convert::sandbox {
namespace {

constexpr std::size_t kFeedBlock = std::size_t{256} << 10;

}  // namespace

Feeder::Feeder(Reader& reader, io::Descriptor pipe, Fault& fault)
    : reader_(reader), pipe_(std::move(pipe)), fault_(fault), thread_([this] { run(); }) {}

bool Feeder::keeps_waiting() const {
  const std::lock_guard lock(mutex_);
  return in_reader_ && bytes_waiting(pipe_) == 0;
}

void Feeder::run() {
  std::vector<std::byte> block(kFeedBlock);
  for (;;) {
    in_reader_ = true;
    const auto count = read(block);
    in_reader_ = false;
    if (!count || *count == 0) break;
    // The only failure is that the worker has gone, or takes no more.
    if (!io::write_all(pipe_.get(), std::span(block).first(*count))) break;
    moved_ += *count;
  }
  if (fault_.get()) return;  // what ends by a fault must not look whole
  const std::lock_guard lock(mutex_);
  pipe_ = io::Descriptor();
}

Result<std::size_t> Feeder::read(std::span<std::byte> into) {
  auto count = io::without_throwing("Reader", [&] { return reader_.read_at(moved_, into); });
  if (!count) return fault_.note(count.error());
  if (*count <= into.size()) return count;
  return fault_.note(Error{Errc::internal, "A Reader claims more bytes than it was asked for."});
}

}  // namespace convert::sandbox
