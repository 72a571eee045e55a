// SPDX-License-Identifier: MIT
#include "base/file_descriptor.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <system_error>

namespace convert::base {
namespace {

Errc errc_of_errno(int code) {
  switch (code) {
    case ENOENT:
    case ENOTDIR:
      return Errc::not_found;
    case EISDIR:
    case ENAMETOOLONG:
    case ELOOP:
      return Errc::invalid_argument;
    default:
      return Errc::io;
  }
}

std::string_view hint_of(int code) {
  switch (code) {
    case ENOENT:
    case ENOTDIR:
      return " Check the name and its folder.";
    case EACCES:
    case EPERM:
      return " Check the permissions.";
    case ENOSPC:
    case EDQUOT:
      return " Free some space and try again.";
    case EFBIG:
      return " The file system, or a limit on file sizes, does not allow a file that large.";
    case EMFILE:
    case ENFILE:
      return " Close other files, or raise the limit on open files.";
    case EPIPE:
      return " The reading end is closed.";
    default:
      return "";
  }
}

bool is_retryable_errno(int code) {
  return code == ENOSPC || code == EDQUOT || code == EMFILE || code == ENFILE || code == ENOMEM;
}

/// Waits until a non-blocking descriptor is ready.
void wait_until_ready(int descriptor, short events) {
  pollfd entry{descriptor, events, 0};
  ::poll(&entry, 1, -1);
}

constexpr std::uint64_t kLastOffset = static_cast<std::uint64_t>(std::numeric_limits<off_t>::max());

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

Error system_error(int code, std::string_view what) {
  return Error{errc_of_errno(code),
               fmt::format("{}: {}.{}", what, std::generic_category().message(code), hint_of(code)),
               is_retryable_errno(code)};
}

Descriptor open_path(const std::filesystem::path& path, int flags, unsigned mode) {
  int number = -1;
  do {
    number = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (number < 0 && errno == EINTR);
  return Descriptor(number);
}

Result<std::size_t> read_some(int descriptor, std::span<std::byte> into) {
  for (;;) {
    const ssize_t count = ::read(descriptor, into.data(), into.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno == EAGAIN) {
      wait_until_ready(descriptor, POLLIN);
    } else if (errno != EINTR) {
      return system_error(errno, "Reading failed");
    }
  }
}

Result<std::size_t> read_some_at(int descriptor, std::uint64_t offset, std::span<std::byte> into) {
  if (offset > kLastOffset) return std::size_t{0};
  for (;;) {
    const ssize_t count = ::pread(descriptor, into.data(), into.size(), static_cast<off_t>(offset));
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) return system_error(errno, "Reading failed");
  }
}

Result<void> write_all(int descriptor, std::span<const std::byte> from) {
  SigpipeBlocker signal;
  while (!from.empty()) {
    const ssize_t count = ::write(descriptor, from.data(), from.size());
    if (count >= 0) {
      from = from.subspan(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {
      wait_until_ready(descriptor, POLLOUT);
    } else if (errno != EINTR) {
      const int code = errno;
      if (code == EPIPE) signal.discard_pending();
      return system_error(code, "Writing failed");
    }
  }
  return {};
}

Result<void> write_all_at(int descriptor, std::uint64_t offset, std::span<const std::byte> from) {
  if (offset > kLastOffset || from.size() > kLastOffset - offset)
    return system_error(EFBIG, "Writing failed");
  while (!from.empty()) {
    const ssize_t count = ::pwrite(descriptor, from.data(), from.size(), static_cast<off_t>(offset));
    if (count >= 0) {
      from = from.subspan(static_cast<std::size_t>(count));
      offset += static_cast<std::uint64_t>(count);
    } else if (errno != EINTR) {
      return system_error(errno, "Writing failed");
    }
  }
  return {};
}

}  // namespace convert::base
