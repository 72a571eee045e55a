// SPDX-License-Identifier: MIT
#include "sandbox/worker/descriptors.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "sandbox/confinement/resource_limits.hpp"

namespace convert::sandbox {
namespace {

constexpr int kFirstFreeNumber = 10;
constexpr unsigned kLastDescriptor = std::numeric_limits<unsigned>::max();

Result<void> close_descriptor_range(unsigned first, unsigned last) {
  if (first > last || ::syscall(SYS_close_range, first, last, 0u) == 0) return {};
  return base::system_error(errno, "Cannot close what a worker must not have");
}

}  // namespace

Result<base::Descriptor> occupy_standard_streams() {
  const base::Descriptor opened = base::open_path("/dev/null", O_RDWR);
  base::Descriptor null_device(::fcntl(opened.get(), F_DUPFD_CLOEXEC, kFirstFreeNumber));
  if (!null_device) return base::system_error(errno, "Cannot open /dev/null");
  for (int stream = 0; stream <= STDERR_FILENO; ++stream) {
    const bool closed = ::fcntl(stream, F_GETFD) < 0 || stream == opened.get();
    if (closed && stream != opened.get() && ::dup2(null_device.get(), stream) < 0) {
      return base::system_error(errno, "Cannot open a standard stream");
    }
  }
  return null_device;
}

Result<void> close_other_descriptors(int one, int other, int null_device) {
  // What sanitizers find has to be seen; what a taken-over worker would write to a terminal has not.
  const int last_stream = kSanitized ? STDOUT_FILENO : STDERR_FILENO;
  for (int stream = 0; stream <= last_stream; ++stream) {
    if (::dup2(null_device, stream) < 0) return base::system_error(errno, "Cannot close a standard stream");
  }
  const auto low = static_cast<unsigned>(std::min(one, other));
  const auto high = static_cast<unsigned>(std::max(one, other));
  auto closed = close_descriptor_range(STDERR_FILENO + 1, low - 1);
  if (closed) closed = close_descriptor_range(low + 1, high - 1);
  if (closed) closed = close_descriptor_range(high + 1, kLastDescriptor);
  return closed;
}

}  // namespace convert::sandbox
