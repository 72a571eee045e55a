// SPDX-License-Identifier: MIT
#include "sandbox/drain.hpp"

#include <span>
#include <utility>
#include <vector>

#include "io/without_throwing.hpp"

namespace convert::sandbox {
namespace {

constexpr std::size_t kBlock = std::size_t{256} << 10;

}  // namespace

Drain::Drain(Writer& writer, io::Descriptor pipe, MayGrow may_grow, Fault& fault)
    : writer_(writer), pipe_(std::move(pipe)), may_grow_(std::move(may_grow)), fault_(fault), thread_([this] {
        run();
      }) {}

void Drain::finish() {
  if (thread_.joinable()) thread_.join();
}

void Drain::run() {
  std::vector<std::byte> block(kBlock);
  for (;;) {
    const auto count = io::read_some(pipe_.get(), block);
    if (!count) (void)fault_.note(count.error());
    if (!count || *count == 0) break;
    in_writer_ = true;
    const auto written = write(std::span(block).first(*count));
    in_writer_ = false;
    if (!written) break;
    moved_ += *count;
  }
  pipe_ = io::Descriptor();
}

Result<void> Drain::write(std::span<const std::byte> bytes) {
  if (auto small = may_grow_(bytes.size()); !small) return fault_.note(small.error());
  auto written = io::without_throwing("Writer", [&] { return writer_.write_at(moved_, bytes); });
  if (!written) return fault_.note(written.error());
  return {};
}

}  // namespace convert::sandbox
