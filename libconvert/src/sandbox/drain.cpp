// SPDX-License-Identifier: MIT
#include "sandbox/drain.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "io/without_throwing.hpp"
#include "sandbox/hand_over.hpp"

namespace convert::sandbox {
namespace {

constexpr std::size_t kDrainBlock = std::size_t{256} << 10;

}  // namespace

Drain::Drain(Writer& writer, io::Descriptor pipe, Event finished, MayGrow may_grow, Fault& fault)
    : writer_(writer),
      pipe_(std::move(pipe)),
      finished_(std::move(finished)),
      may_grow_(std::move(may_grow)),
      fault_(fault),
      thread_([this] { run(); }) {}

void Drain::finish() {
  finished_.set();
  if (thread_.joinable()) thread_.join();
}

void Drain::run() {
  std::vector<std::byte> block(kDrainBlock);
  bool goes_on = true;
  while (goes_on && wait()) goes_on = move(block) > 0;
  // What is in the pipe now, and no more: somebody may go on to fill it.
  for (std::size_t left = goes_on ? bytes_waiting(pipe_) : 0; left > 0;) {
    const std::size_t moved = move(std::span(block).first(std::min(left, block.size())));
    if (moved == 0) break;
    left -= moved;
  }
  pipe_ = io::Descriptor();
}

/// Waits until there is something to read, or the pipe has ended; false: `finish` was called.
bool Drain::wait() {
  std::array<pollfd, 2> entries{pollfd{pipe_.get(), POLLIN, 0}, pollfd{finished_.descriptor(), POLLIN, 0}};
  while (::poll(entries.data(), entries.size(), -1) < 0 && errno == EINTR) continue;
  return entries[1].revents == 0;
}

/// How many bytes went from the pipe to the Writer; 0: there is an end to it.
std::size_t Drain::move(std::span<std::byte> block) {
  const auto count = io::read_some(pipe_.get(), block);
  if (!count) (void)fault_.note(count.error());
  if (!count || *count == 0) return 0;
  in_writer_ = true;
  const auto written = write(block.first(*count));
  in_writer_ = false;
  if (!written) return 0;
  moved_ += *count;
  return *count;
}

Result<void> Drain::write(std::span<const std::byte> bytes) {
  if (auto small = may_grow_(bytes.size()); !small) return fault_.note(small.error());
  auto written = io::without_throwing("Writer", [&] { return writer_.write_at(moved_, bytes); });
  if (!written) return fault_.note(written.error());
  return {};
}

}  // namespace convert::sandbox
