// SPDX-License-Identifier: MIT
#include "sandbox/host/descriptor_handover.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

namespace convert::sandbox {
namespace {

constexpr int kPipeBytes = 1 << 20;  // capacity, where the system allows that much

struct DescriptorInfo {
  bool regular = false;
  bool pipe = false;
  int access = O_RDWR;
  bool appends = false;
};

DescriptorInfo inspect_descriptor(int descriptor) {
  DescriptorInfo info;
  struct stat status {};
  const int flags = ::fcntl(descriptor, F_GETFL);
  if (flags < 0 || ::fstat(descriptor, &status) != 0) return info;
  info.regular = S_ISREG(status.st_mode);
  info.pipe = S_ISFIFO(status.st_mode);
  info.access = flags & O_ACCMODE;
  info.appends = (flags & O_APPEND) != 0;
  return info;
}

base::Descriptor duplicate_descriptor(int descriptor) {
  return base::Descriptor(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
}

base::Descriptor reopen(int descriptor, int access) {
  return base::open_path(fmt::format("/proc/self/fd/{}", descriptor), access);
}

/// Duplicates the descriptor if the file cannot be opened again, for lack of /proc or of permissions.
base::Descriptor reopen_or_duplicate(int descriptor, const DescriptorInfo& info, int access) {
  base::Descriptor again = reopen(descriptor, access);
  return again || info.access != access ? std::move(again) : duplicate_descriptor(descriptor);
}

}  // namespace

base::Descriptor descriptor_for_reading(const Reader& reader) {
  const auto descriptor = reader.native_handle();
  if (!descriptor) return {};
  const DescriptorInfo info = inspect_descriptor(*descriptor);
  if (reader.seekable()) {
    return info.regular ? reopen_or_duplicate(*descriptor, info, O_RDONLY) : base::Descriptor();
  }
  if (!info.pipe || info.access != O_RDONLY) return {};
  return duplicate_descriptor(*descriptor);
}

base::Descriptor descriptor_for_writing(const Writer& writer) {
  const auto descriptor = writer.native_handle();
  if (!descriptor || !writer.seekable()) return {};
  const DescriptorInfo info = inspect_descriptor(*descriptor);
  if (!info.regular || info.appends) return {};
  return reopen_or_duplicate(*descriptor, info, O_WRONLY);
}

std::pair<base::Descriptor, base::Descriptor> make_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  (void)::fcntl(ends[1], F_SETPIPE_SZ, kPipeBytes);  // a smaller pipe works too
  return {base::Descriptor(ends[0]), base::Descriptor(ends[1])};
}

std::size_t bytes_waiting(const base::Descriptor& pipe) {
  int count = 0;
  return ::ioctl(pipe.get(), FIONREAD, &count) == 0 && count > 0 ? static_cast<std::size_t>(count) : 0;
}

}  // namespace convert::sandbox
