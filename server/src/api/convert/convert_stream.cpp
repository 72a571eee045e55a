// SPDX-License-Identifier: MIT
#include "api/convert/convert_stream.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <span>
#include <utility>
#include <vector>

#include "api/convert/pipe.hpp"
#include "api/convert/stream_outputs.hpp"
#include "api/support/task_services.hpp"
#include "http/connection/blocking_pool.hpp"

namespace convert::server::api {
namespace {

constexpr std::size_t kOutputQueueBytes = std::size_t{256} << 10;  // bytes of the result
constexpr std::size_t kReceiveBlockBytes = std::size_t{64} << 10;  // of the body

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

/// Stops the conversion before the pipe is closed, unless all of the body is in it: an end alone would look
/// like that of the file.
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

Error input_too_large(std::uint64_t most) {
  return Error{Errc::limit_exceeded,
               "The upload is larger than the " + std::to_string(most) + " bytes that one may have.", false};
}

}  // namespace

ConvertStream::ConvertStream(Services& services, const Request& request, StreamRequest stream_request,
                             Slot slot, QuotaReservation& reservation)
    : services_(services),
      executor_(request.executor),
      execution_(services.engine),
      stream_request_(std::move(stream_request)),
      slot_(std::move(slot)),
      principal_(reservation.principal()),
      reservation_id_(reservation.detach_id()),
      queue_(http::ByteQueue::make(request.executor, kOutputQueueBytes)),
      stop_on_disconnect_(request.client_disconnected, StopOnDisconnect{this}) {}

Result<std::shared_ptr<ConvertStream>> ConvertStream::start(Services& services, const Request& request,
                                                            StreamRequest stream_request, Slot slot,
                                                            QuotaReservation& reservation) {
  auto pipe = make_pipe();
  if (!pipe) return std::move(pipe).error();
  const std::shared_ptr<ConvertStream> stream(
      new ConvertStream(services, request, std::move(stream_request), std::move(slot), reservation));
  auto out = std::make_shared<base::Descriptor>(std::move(pipe->read_end));
  services.tasks.conversions.post([stream, out] { stream->run(std::move(*out)); });
  asio::co_spawn(request.executor, receive(stream, request.body, std::move(pipe->write_end)), asio::detached);
  return stream;
}

void ConvertStream::run(base::Descriptor pipe) {
  const auto report = convert(std::move(pipe));
  const auto settled = services_.tasks.quotas.settle(principal_, reservation_id_);
  if (!settled) services_.log(LogLine::Level::warning, "settling a reservation: " + settled.error().message);
  if (report) {
    queue_->end();
  } else {
    queue_->fail(report.error());
  }
}

Result<Report> ConvertStream::convert(base::Descriptor pipe) {
  PipeReader reader(std::move(pipe), stream_request_.size);
  StreamOutputs outputs(*this, queue_);
  const std::stop_callback closing(services_.tasks.closing(), [this] { stop(); });
  ConvertOptions options;
  options.limits = services_.engine.limits();
  options.stop = stop_.get_token();
  const Input input{&reader, stream_request_.name};
  return execution_.execution().convert(std::span(&input, 1), outputs, stream_request_.spec, options);
}

/// What the worker wants no more is received to the end and dropped.
Async<void> ConvertStream::receive(std::shared_ptr<ConvertStream> stream, std::shared_ptr<Body> body,
                                   base::Descriptor pipe) {
  PipeWriter writer(stream->executor_, std::move(pipe));
  StopUnlessComplete ending(*stream);
  std::vector<std::byte> block(kReceiveBlockBytes);
  const std::uint64_t most = stream->stream_request_.max_bytes;
  for (bool read = true;;) {
    const auto count = co_await body->read(block);
    if (!count) co_return stream->set_upload_error(count.error());
    if (*count == 0) break;
    if (most > 0 && body->received() > most) co_return stream->set_upload_error(input_too_large(most));
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
