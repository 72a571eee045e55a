// SPDX-License-Identifier: MIT
#include "sandbox/host/pipe_pump.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "sandbox/host/descriptor_handover.hpp"

namespace convert::sandbox {
namespace {

constexpr std::size_t kPumpBlockBytes = std::size_t{256} << 10;

}  // namespace

PipeFeeder::PipeFeeder(conversion::GuardedReader& reader, base::Descriptor pipe,
                       conversion::FirstError& first_error)
    : reader_(reader), pipe_(std::move(pipe)), first_error_(first_error), thread_([this] { run(); }) {}

bool PipeFeeder::is_waiting() const {
  const std::lock_guard lock(mutex_);
  return in_reader_ && bytes_waiting(pipe_) == 0;
}

void PipeFeeder::run() {
  std::vector<std::byte> block(kPumpBlockBytes);
  for (;;) {
    in_reader_ = true;
    const auto count = reader_.read_at(bytes_moved_, block);
    in_reader_ = false;
    if (!count || *count == 0) break;
    // Fails only if the worker has ended or has closed its end.
    if (!base::write_all(pipe_.get(), std::span(block).first(*count))) break;
    bytes_moved_ += *count;
  }
  if (first_error_.get()) return;  // an input that failed must not look complete
  const std::lock_guard lock(mutex_);
  pipe_ = base::Descriptor();
}

PipeDrain::PipeDrain(Writer& writer, base::Descriptor pipe, EventFd finished, conversion::OutputLimit& limit,
                     conversion::FirstError& first_error)
    : writer_(writer),
      pipe_(std::move(pipe)),
      finished_(std::move(finished)),
      limit_(limit),
      first_error_(first_error),
      thread_([this] { run(); }) {}

void PipeDrain::finish() {
  finished_.set();
  if (thread_.joinable()) thread_.join();
}

void PipeDrain::run() {
  std::vector<std::byte> block(kPumpBlockBytes);
  bool more = true;
  while (more && wait()) more = move(block) > 0;
  // Only what the pipe holds now: its other end may still be written to.
  for (std::size_t left = more ? bytes_waiting(pipe_) : 0; left > 0;) {
    const std::size_t moved = move(std::span(block).first(std::min(left, block.size())));
    if (moved == 0) break;
    left -= moved;
  }
  pipe_ = base::Descriptor();
}

/// Waits until the pipe can be read or has ended. False after `finish`.
bool PipeDrain::wait() {
  std::array<pollfd, 2> entries{pollfd{pipe_.get(), POLLIN, 0}, pollfd{finished_.descriptor(), POLLIN, 0}};
  while (::poll(entries.data(), entries.size(), -1) < 0 && errno == EINTR) continue;
  return entries[1].revents == 0;
}

/// Moves up to a block and returns its size; 0 at the end of the pipe or after an error.
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
  if (auto added = limit_.add(bytes.size()); !added) return first_error_.record(added.error());
  return conversion::write_to(writer_, bytes_moved_, bytes, first_error_);
}

}  // namespace convert::sandbox
