// SPDX-License-Identifier: MIT
#include "sandbox/host/pipe_pump.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "base/catch_exceptions.hpp"
#include "sandbox/host/descriptor_handover.hpp"

namespace convert::sandbox {
namespace {

constexpr std::size_t kDrainBlock = std::size_t{256} << 10;

}  // namespace

PipeDrain::PipeDrain(Writer& writer, base::Descriptor pipe, EventFd finished, GrowCheck grow_check,
                     FirstError& first_error)
    : writer_(writer),
      pipe_(std::move(pipe)),
      finished_(std::move(finished)),
      grow_check_(std::move(grow_check)),
      first_error_(first_error),
      thread_([this] { run(); }) {}

void PipeDrain::finish() {
  finished_.set();
  if (thread_.joinable()) thread_.join();
}

void PipeDrain::run() {
  std::vector<std::byte> block(kDrainBlock);
  bool more = true;
  while (more && wait()) more = move(block) > 0;
  // What is in the pipe now, and no more: somebody may go on to fill it.
  for (std::size_t left = more ? bytes_waiting(pipe_) : 0; left > 0;) {
    const std::size_t bytes_moved = move(std::span(block).first(std::min(left, block.size())));
    if (bytes_moved == 0) break;
    left -= bytes_moved;
  }
  pipe_ = base::Descriptor();
}

/// Waits until there is something to read, or the pipe has ended; false: `finish` was called.
bool PipeDrain::wait() {
  std::array<pollfd, 2> entries{pollfd{pipe_.get(), POLLIN, 0}, pollfd{finished_.descriptor(), POLLIN, 0}};
  while (::poll(entries.data(), entries.size(), -1) < 0 && errno == EINTR) continue;
  return entries[1].revents == 0;
}

/// How many bytes went from the pipe to the Writer; 0: there is an end to it.
std::size_t PipeDrain::move(std::span<std::byte> block) {
  const auto count = base::read_some(pipe_.get(), block);
  if (!count) (void)first_error_.record(count.error());
  if (!count || *count == 0) return 0;
  in_writer_ = true;
  const auto written = write(block.first(*count));
  in_writer_ = false;
  if (!written) return 0;
  bytes_moved_ += *count;
  return *count;
}

Result<void> PipeDrain::write(std::span<const std::byte> bytes) {
  if (auto small = grow_check_(bytes.size()); !small) return first_error_.record(small.error());
  auto written = base::catch_exceptions("Writer", [&] { return writer_.write_at(bytes_moved_, bytes); });
  if (!written) return first_error_.record(written.error());
  return {};
}

}  // namespace convert::sandbox
