// SPDX-License-Identifier: MIT
#include "api/convert/pipe.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <variant>

#include "base/quiet_pipe.hpp"

namespace convert::server::api {
namespace {

/// How many bytes went in, or errno.
std::variant<std::size_t, int> write_some(int pipe, std::span<const std::byte> bytes) {
  base::SigpipeBlocker signal;
  for (;;) {
    const ssize_t count = ::write(pipe, bytes.data(), bytes.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    const int code = errno;
    if (code == EPIPE) signal.discard_pending();
    if (code != EINTR) return code;
  }
}

}  // namespace

Async<Result<bool>> PipeWriter::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto written = write_some(pipe_.native_handle(), bytes);
    if (const auto* count = std::get_if<std::size_t>(&written)) {
      bytes = bytes.subspan(*count);
      continue;
    }
    const int code = std::get<int>(written);
    if (code == EPIPE) co_return false;
    if (code != EAGAIN) co_return base::system_error(code, "Writing into a pipe failed");
    boost::system::error_code failed;
    auto token = asio::redirect_error(asio::use_awaitable, failed);
    co_await pipe_.async_wait(asio::posix::stream_descriptor::wait_write, token);
    if (failed) co_return Error{Errc::io, "Waiting for a pipe failed.", false};
  }
  co_return true;
}

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return Error{Errc::unavailable, "There are too many open files.", true};
  }
  Pipe pipe{base::Descriptor(ends[0]), base::Descriptor(ends[1])};
  // Only the end that is written: the worker waits at the other.
  if (::fcntl(pipe.write_end.get(), F_SETFL, O_NONBLOCK) != 0)
    return base::system_error(errno, "Cannot set up a pipe");
  return pipe;
}

}  // namespace convert::server::api
