// SPDX-License-Identifier: MIT
#include "sandbox/hand_over.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

namespace convert::sandbox {
namespace {

constexpr int kPipe = 1 << 20;  // bytes that may wait in a pipe, where that much is allowed

struct Opened {
  bool regular = false;
  bool pipe = false;
  int access = O_RDWR;
  bool appends = false;
};

Opened look_at(int descriptor) {
  Opened opened;
  struct stat status {};
  const int flags = ::fcntl(descriptor, F_GETFL);
  if (flags < 0 || ::fstat(descriptor, &status) != 0) return opened;
  opened.regular = S_ISREG(status.st_mode);
  opened.pipe = S_ISFIFO(status.st_mode);
  opened.access = flags & O_ACCMODE;
  opened.appends = (flags & O_APPEND) != 0;
  return opened;
}

io::Descriptor copy_of(int descriptor) { return io::Descriptor(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0)); }

io::Descriptor opened_again(int descriptor, int access) {
  return io::open_path(fmt::format("/proc/self/fd/{}", descriptor), access);
}

/// Without /proc, or without the permission that the descriptor was opened with, it is shared.
io::Descriptor again_or_shared(int descriptor, const Opened& opened, int access) {
  io::Descriptor again = opened_again(descriptor, access);
  return again || opened.access != access ? std::move(again) : copy_of(descriptor);
}

}  // namespace

io::Descriptor readable_copy(const Reader& reader) {
  const auto descriptor = reader.native_handle();
  if (!descriptor) return {};
  const Opened opened = look_at(*descriptor);
  if (reader.seekable()) {
    return opened.regular ? again_or_shared(*descriptor, opened, O_RDONLY) : io::Descriptor();
  }
  if (!opened.pipe || opened.access != O_RDONLY) return {};
  return copy_of(*descriptor);
}

io::Descriptor writable_copy(const Writer& writer) {
  const auto descriptor = writer.native_handle();
  if (!descriptor || !writer.seekable()) return {};
  const Opened opened = look_at(*descriptor);
  if (!opened.regular || opened.appends) return {};
  return again_or_shared(*descriptor, opened, O_WRONLY);
}

std::pair<io::Descriptor, io::Descriptor> make_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  (void)::fcntl(ends[1], F_SETPIPE_SZ, kPipe);  // it works with less too
  return {io::Descriptor(ends[0]), io::Descriptor(ends[1])};
}

std::size_t bytes_waiting(const io::Descriptor& pipe) {
  int count = 0;
  return ::ioctl(pipe.get(), FIONREAD, &count) == 0 && count > 0 ? static_cast<std::size_t>(count) : 0;
}

}  // namespace convert::sandbox
