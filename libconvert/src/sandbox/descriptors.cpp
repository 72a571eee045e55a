// SPDX-License-Identifier: MIT
#include "sandbox/descriptors.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "sandbox/limits.hpp"

namespace convert::sandbox {
namespace {

constexpr int kAboveFixed = 10;
constexpr unsigned kLast = std::numeric_limits<unsigned>::max();

Result<void> close_from_to(unsigned first, unsigned last) {
  if (first > last || ::syscall(SYS_close_range, first, last, 0u) == 0) return {};
  return io::system_error(errno, "Cannot close what a worker must not have");
}

}  // namespace

Result<io::Descriptor> occupy_standard_streams() {
  const io::Descriptor opened = io::open_path("/dev/null", O_RDWR);
  io::Descriptor nothing(::fcntl(opened.get(), F_DUPFD_CLOEXEC, kAboveFixed));
  if (!nothing) return io::system_error(errno, "Cannot open /dev/null");
  for (int stream = 0; stream <= STDERR_FILENO; ++stream) {
    const bool closed = ::fcntl(stream, F_GETFD) < 0 || stream == opened.get();
    if (closed && stream != opened.get() && ::dup2(nothing.get(), stream) < 0) {
      return io::system_error(errno, "Cannot open a standard stream");
    }
  }
  return nothing;
}

Result<void> keep_only(int one, int other, int nothing) {
  // What sanitizers find has to be seen; what a taken-over worker would write to a terminal has not.
  const int last_stream = kSanitized ? STDOUT_FILENO : STDERR_FILENO;
  for (int stream = 0; stream <= last_stream; ++stream) {
    if (::dup2(nothing, stream) < 0) return io::system_error(errno, "Cannot close a standard stream");
  }
  const auto low = static_cast<unsigned>(std::min(one, other));
  const auto high = static_cast<unsigned>(std::max(one, other));
  auto closed = close_from_to(STDERR_FILENO + 1, low - 1);
  if (closed) closed = close_from_to(low + 1, high - 1);
  if (closed) closed = close_from_to(high + 1, kLast);
  return closed;
}

}  // namespace convert::sandbox
