// SPDX-License-Identifier: MIT
#include "api/convert/convert_stream.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <convert/io.hpp>

#include "api/support/services.hpp"
#include "base/file_descriptor.hpp"
#include "base/try.hpp"
#include "http/connection/blocking_pool.hpp"
#include "http/content/byte_queue.hpp"

namespace convert::server::api {
namespace {

/// The read end of a pipe as a conversion's input. A confined worker reads the pipe itself, without a copy.
class PipeReader final : public Reader {
 public:
  PipeReader(base::Descriptor pipe, std::optional<std::uint64_t> size)
      : pipe_(std::move(pipe)), size_(size) {}

  std::optional<std::uint64_t> size() const override { return size_; }
  bool seekable() const override { return false; }
  Result<std::size_t> read_at(std::uint64_t, std::span<std::byte> into) override {
    return base::read_some(pipe_.get(), into);
  }
  std::optional<int> native_handle() const override { return pipe_.get(); }

 private:
  base::Descriptor pipe_;
  std::optional<std::uint64_t> size_;
};

/// The write end of a pipe for a coroutine: waits while the pipe is full, without blocking a thread.
class PipeWriter {
 public:
  /// `pipe` is non-blocking.
  PipeWriter(const asio::any_io_executor& executor, base::Descriptor pipe) : pipe_(executor, pipe.get()) {
    (void)pipe.release();
  }

  /// Writes everything; false if the read end is closed.
  Async<Result<bool>> write(std::span<const std::byte> bytes);

 private:
  asio::posix::stream_descriptor pipe_;
};

struct Pipe {
  base::Descriptor read_end;
  base::Descriptor write_end;  ///< non-blocking
};

/// The number of bytes written, or errno.
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

/// Errors: `unavailable` (too many open files).
Result<Pipe> make_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return Error{Errc::unavailable, "There are too many open files.", true};
  }
  Pipe pipe{base::Descriptor(ends[0]), base::Descriptor(ends[1])};
  // Only the write end: the worker blocks on the read end.
  if (::fcntl(pipe.write_end.get(), F_SETFL, O_NONBLOCK) != 0)
    return base::system_error(errno, "Cannot create a pipe");
  return pipe;
}

constexpr std::size_t kOutputQueueBytes = std::size_t{256} << 10;  // bytes of the result
constexpr std::size_t kReceiveBlockBytes = std::size_t{64} << 10;  // of the body

/// Commit does nothing: the queue ends only after a successful conversion.
class QueueWriter final : public Writer {
 public:
  explicit QueueWriter(std::shared_ptr<http::ByteQueue> queue) : queue_(std::move(queue)) {}

  bool seekable() const override { return false; }
  Result<void> write_at(std::uint64_t, std::span<const std::byte> from) override {
    return queue_->write(from);
  }
  Result<void> commit() override { return {}; }

 private:
  std::shared_ptr<http::ByteQueue> queue_;
};

/// The one output of a streaming conversion, which is sent as it is written.
class StreamOutputs final : public Outputs {
 public:
  /// `on_name` is called with the output's name before the first byte is written.
  StreamOutputs(std::shared_ptr<http::ByteQueue> queue, std::function<void(std::string_view)> on_name)
      : queue_(std::move(queue)), on_name_(std::move(on_name)) {}

  Result<std::unique_ptr<Writer>> create(std::string_view name) override {
    if (std::exchange(created_, true)) {
      return Error{Errc::unsupported,
                   "This conversion has several results, which cannot be streamed. Use POST /api/tasks.",
                   false};
    }
    on_name_(name);
    return std::unique_ptr<Writer>(std::make_unique<QueueWriter>(queue_));
  }

 private:
  std::shared_ptr<http::ByteQueue> queue_;
  std::function<void(std::string_view)> on_name_;
  bool created_ = false;
};

class ConvertResponseStream final : public ResponseStream {
 public:
  ConvertResponseStream(std::shared_ptr<ConvertStream> stream, std::shared_ptr<http::ByteQueue> queue)
      : stream_(std::move(stream)), queue_(std::move(queue)) {}
  ~ConvertResponseStream() override { stream_->stop(); }
  ConvertResponseStream(const ConvertResponseStream&) = delete;
  ConvertResponseStream& operator=(const ConvertResponseStream&) = delete;

  Async<Result<std::string_view>> next() override { co_return co_await queue_->next(); }

 private:
  std::shared_ptr<ConvertStream> stream_;
  std::shared_ptr<http::ByteQueue> queue_;
};

/// Stops the conversion before the pipe closes unless the body is complete: the worker would take the closed
/// pipe for the end of the file.
class StopUnlessComplete {
 public:
  explicit StopUnlessComplete(ConvertStream& stream) : stream_(stream) {}
  ~StopUnlessComplete() {
    if (!complete_) stream_.stop();
  }
  StopUnlessComplete(const StopUnlessComplete&) = delete;
  StopUnlessComplete& operator=(const StopUnlessComplete&) = delete;
  void complete() { complete_ = true; }

 private:
  ConvertStream& stream_;
  bool complete_ = false;
};

Error input_too_large(std::uint64_t max_bytes) {
  return Error{Errc::limit_exceeded,
               "The upload is larger than the " + std::to_string(max_bytes) + " bytes that one may have.",
               false};
}

}  // namespace

ConvertStream::ConvertStream(Services& services, std::shared_ptr<const Execution> execution,
                             const Request& request, StreamRequest stream_request, Slot slot,
                             QuotaReservation& reservation)
    : services_(services),
      executor_(request.executor),
      execution_(std::move(execution)),
      stream_request_(std::move(stream_request)),
      slot_(std::move(slot)),
      principal_(reservation.principal()),
      reservation_id_(reservation.detach_id()),
      queue_(http::ByteQueue::make(request.executor, kOutputQueueBytes)),
      stop_on_disconnect_(request.client_disconnected, StopOnDisconnect{this}) {}

Result<std::shared_ptr<ConvertStream>> ConvertStream::start(Services& services,
                                                            std::shared_ptr<const Execution> execution,
                                                            const Request& request,
                                                            StreamRequest stream_request, Slot slot,
                                                            QuotaReservation& reservation) {
  CONVERT_TRY_ASSIGN(auto pipe, make_pipe());
  const std::shared_ptr<ConvertStream> stream(new ConvertStream(
      services, std::move(execution), request, std::move(stream_request), std::move(slot), reservation));
  auto out = std::make_shared<base::Descriptor>(std::move(pipe.read_end));
  services.tasks.conversions.post([stream, out] { stream->run(std::move(*out)); });
  asio::co_spawn(request.executor, receive(stream, request.body, std::move(pipe.write_end)), asio::detached);
  return stream;
}

void ConvertStream::run(base::Descriptor pipe) {
  const auto report = convert(std::move(pipe));
  const auto settled = services_.tasks.quotas.settle(principal_, reservation_id_);
  if (!settled)
    services_.log(LogLine::Level::warning, "Settling a reservation failed: " + settled.error().message);
  if (report) {
    queue_->end();
  } else {
    queue_->fail(report.error());
  }
}

Result<Report> ConvertStream::convert(base::Descriptor pipe) {
  PipeReader reader(std::move(pipe), stream_request_.size);
  StreamOutputs outputs(queue_, [this](std::string_view name) { set_output_name(name); });
  const std::stop_callback closing(services_.tasks.closing(), [this] { stop(); });
  ConvertOptions options;
  options.limits = services_.engine.limits();
  options.stop = stop_.get_token();
  const Input input{&reader, stream_request_.name};
  return execution_->convert(std::span(&input, 1), outputs, stream_request_.spec, options);
}

/// If the worker stops reading, the rest of the body is received and dropped.
Async<void> ConvertStream::receive(std::shared_ptr<ConvertStream> stream, std::shared_ptr<Body> body,
                                   base::Descriptor pipe) {
  PipeWriter writer(stream->executor_, std::move(pipe));
  StopUnlessComplete ending(*stream);
  std::vector<std::byte> block(kReceiveBlockBytes);
  const std::uint64_t max_bytes = stream->stream_request_.max_bytes;
  for (bool read = true;;) {
    const auto count = co_await body->read(block);
    if (!count) co_return stream->set_upload_error(count.error());
    if (*count == 0) break;
    if (max_bytes > 0 && body->received() > max_bytes)
      co_return stream->set_upload_error(input_too_large(max_bytes));
    if (!read) continue;
    const auto written = co_await writer.write(std::span(block).first(*count));
    if (!written) co_return stream->set_upload_error(written.error());
    read = *written;
  }
  ending.complete();
}

void ConvertStream::set_upload_error(Error error) {
  const std::lock_guard lock(mutex_);
  upload_error_ = std::move(error);
}

std::optional<Error> ConvertStream::upload_error() const {
  const std::lock_guard lock(mutex_);
  return upload_error_;
}

void ConvertStream::set_output_name(std::string_view output) {
  const std::lock_guard lock(mutex_);
  output_name_ = output;
}

std::string ConvertStream::output_name() const {
  const std::lock_guard lock(mutex_);
  return output_name_;
}

Async<Result<bool>> ConvertStream::wait_for_output() { return queue_->wait_for_data(); }

std::unique_ptr<ResponseStream> ConvertStream::source() {
  return std::make_unique<ConvertResponseStream>(shared_from_this(), queue_);
}

void ConvertStream::stop() {
  stop_.request_stop();
  queue_->close_reader();
}

}  // namespace convert::server::api
