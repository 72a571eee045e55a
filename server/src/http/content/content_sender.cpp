// SPDX-License-Identifier: MIT
#include "http/content/content_sender.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <memory>
#include <optional>

#include "base/try.hpp"

namespace convert::server::http {
namespace {

constexpr std::size_t kSlice = std::size_t{1} << 20;
constexpr std::size_t kBlock = std::size_t{256} << 10;
constexpr std::size_t kReadAhead = std::size_t{8} << 20;

std::optional<int> regular_file(const Reader& bytes) {
  const std::optional<int> file = bytes.native_handle();
  struct stat status {};
  if (!file || ::fstat(*file, &status) != 0 || !S_ISREG(status.st_mode)) return {};
  return file;
}

/// Whether reading this byte needs disk I/O. False if the file system cannot tell.
bool needs_disk_read(int file, std::uint64_t offset) {
  char byte = 0;
  iovec io_vector{&byte, 1};
  return ::preadv2(file, &io_vector, 1, static_cast<off_t>(offset), RWF_NOWAIT) < 0 && errno == EAGAIN;
}

/// Sends only full TCP segments during its lifetime. Partial segments may wake the client, which costs more
/// than sending.
class CorkGuard {
 public:
  explicit CorkGuard(SocketTransport& socket) : socket_(socket) { socket_.set_cork(true); }
  ~CorkGuard() { socket_.set_cork(false); }
  CorkGuard(const CorkGuard&) = delete;
  CorkGuard& operator=(const CorkGuard&) = delete;

 private:
  SocketTransport& socket_;
};

/// During its lifetime, an abort of the connection cancels the reads of a storage that does not answer.
class CancelReadsOnAbort {
 public:
  /// `socket` may be null.
  CancelReadsOnAbort(SocketTransport* socket, Reader& reader) : socket_(socket) {
    if (socket_ != nullptr) socket_->set_on_abort([&reader] { reader.cancel(); });
  }
  ~CancelReadsOnAbort() {
    if (socket_ != nullptr) socket_->set_on_abort(nullptr);
  }
  CancelReadsOnAbort(const CancelReadsOnAbort&) = delete;
  CancelReadsOnAbort& operator=(const CancelReadsOnAbort&) = delete;

 private:
  SocketTransport* socket_;
};

}  // namespace

ContentSender::ContentSender(Transport& transport, SocketTransport* socket, BlockingPool& pool,
                             const Content& content)
    : transport_(transport), socket_(socket), pool_(pool), content_(content) {}

Async<Result<void>> ContentSender::send(Range range) {
  const std::optional<int> file = socket_ == nullptr ? std::nullopt : regular_file(*content_.reader);
  if (file) co_return co_await send_file(*file, range);
  co_return co_await send_buffered(range);
}

/// Uses the pool for uncached data, since disk reads would block the other connections of this thread.
Async<Result<std::size_t>> ContentSender::send_slice(int file, std::uint64_t offset, std::size_t count) {
  if (!needs_disk_read(file, offset + count - 1)) co_return socket_->send_file_now(file, offset, count);
  ::posix_fadvise(file, static_cast<off_t>(offset), static_cast<off_t>(kReadAhead), POSIX_FADV_WILLNEED);
  auto work = [this, file, offset, count]() { return socket_->send_file_now(file, offset, count); };
  auto waiting = pool_.run(std::move(work));
  co_return co_await std::move(waiting);
}

Async<Result<void>> ContentSender::send_file(int file, Range range) {
  ::posix_fadvise(file, static_cast<off_t>(range.first), static_cast<off_t>(range.size()),
                  POSIX_FADV_SEQUENTIAL);
  const CorkGuard cork(*socket_);
  for (std::uint64_t at = range.first; at <= range.last;) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(kSlice, range.last - at + 1));
    if (socket_->is_aborted()) co_return Error{Errc::io, "The connection was aborted.", false};
    CONVERT_CO_TRY_ASSIGN(const std::size_t sent, send_slice(file, at, count));
    at += sent;
    if (sent == count) {
      co_await asio::post(socket_->executor(), asio::use_awaitable);  // yield to other connections
    } else {
      CONVERT_CO_TRY(socket_->writable());
    }
  }
  co_return Result<void>();
}

Async<Result<void>> ContentSender::send_buffered(Range range) {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(kBlock, range.size()));
  const auto block = std::make_unique_for_overwrite<std::byte[]>(size);
  const CancelReadsOnAbort cancellation(socket_, *content_.reader);
  for (std::uint64_t at = range.first; at <= range.last;) {
    const auto block_size = static_cast<std::size_t>(std::min<std::uint64_t>(size, range.last - at + 1));
    const std::span<std::byte> into(block.get(), block_size);
    auto work = [this, at, into]() { return content_.reader->read_at(at, into); };
    CONVERT_CO_TRY_ASSIGN(const std::size_t count, pool_.run(std::move(work)));
    if (count == 0) co_return Error{Errc::io, "The file was truncated.", false};
    const std::string_view bytes(reinterpret_cast<const char*>(block.get()), count);
    CONVERT_CO_TRY(transport_.write(bytes));
    at += count;
  }
  co_return Result<void>();
}

}  // namespace convert::server::http
