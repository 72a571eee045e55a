// SPDX-License-Identifier: MIT
#include "api/convert_stream.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <span>
#include <utility>
#include <vector>

#include "api/pipe.hpp"
#include "api/stream_outputs.hpp"
#include "api/task_services.hpp"
#include "http/pool.hpp"

namespace convert::server::api {
namespace {

constexpr std::size_t kWaiting = std::size_t{256} << 10;  // bytes of the result
constexpr std::size_t kBlock = std::size_t{64} << 10;     // of the body

class StreamSource final : public Source {
 public:
  StreamSource(std::shared_ptr<ConvertStream> stream, std::shared_ptr<http::ByteQueue> queue)
      : stream_(std::move(stream)), queue_(std::move(queue)) {}
  ~StreamSource() override { stream_->stop(); }
  StreamSource(const StreamSource&) = delete;
  StreamSource& operator=(const StreamSource&) = delete;

  Async<Result<std::string_view>> next() override { co_return co_await queue_->next(); }

 private:
  std::shared_ptr<ConvertStream> stream_;
  std::shared_ptr<http::ByteQueue> queue_;
};

/// Stops the conversion before the pipe is closed, unless all of the body is in it: an end alone would look
/// like that of the file.
class WholeOrStopped {
 public:
  explicit WholeOrStopped(ConvertStream& stream) : stream_(stream) {}
  ~WholeOrStopped() {
    if (!whole_) stream_.stop();
  }
  WholeOrStopped(const WholeOrStopped&) = delete;
  WholeOrStopped& operator=(const WholeOrStopped&) = delete;
  void whole() { whole_ = true; }

 private:
  ConvertStream& stream_;
  bool whole_ = false;
};

Error too_large(std::uint64_t most) {
  return Error{Errc::limit_exceeded,
               "The upload is larger than the " + std::to_string(most) + " bytes that one may have.", false};
}

}  // namespace

ConvertStream::ConvertStream(Services& services, const Request& request, StreamRequest wanted, Slot slot,
                             Room& room)
    : services_(services),
      executor_(request.executor),
      execution_(services.engine),
      wanted_(std::move(wanted)),
      slot_(std::move(slot)),
      asker_(room.asker()),
      reservation_(room.hand_over()),
      queue_(http::ByteQueue::make(request.executor, kWaiting)),
      gone_(request.gone, Gone{this}) {}

Result<std::shared_ptr<ConvertStream>> ConvertStream::start(Services& services, const Request& request,
                                                            StreamRequest wanted, Slot slot, Room& room) {
  auto pipe = make_pipe();
  if (!pipe) return std::move(pipe).error();
  const std::shared_ptr<ConvertStream> stream(
      new ConvertStream(services, request, std::move(wanted), std::move(slot), room));
  auto out = std::make_shared<io::Descriptor>(std::move(pipe->out));
  services.tasks.conversions.post([stream, out] { stream->run(std::move(*out)); });
  asio::co_spawn(request.executor, receive(stream, request.body, std::move(pipe->in)), asio::detached);
  return stream;
}

void ConvertStream::run(io::Descriptor pipe) {
  const auto report = convert(std::move(pipe));
  const auto settled = services_.tasks.quotas.settle(asker_, reservation_);
  if (!settled) services_.log(LogLine::Level::warning, "settling a reservation: " + settled.error().message);
  if (report) {
    queue_->end();
  } else {
    queue_->fail(report.error());
  }
}

Result<Report> ConvertStream::convert(io::Descriptor pipe) {
  PipeReader reader(std::move(pipe), wanted_.size);
  StreamOutputs outputs(*this, queue_);
  const std::stop_callback closing(services_.tasks.closing(), [this] { stop(); });
  ConvertOptions options;
  options.limits = services_.engine.limits();
  options.stop = stop_.get_token();
  const Input input{&reader, wanted_.name};
  return execution_.execution().convert(std::span(&input, 1), outputs, wanted_.spec, options);
}

/// What the worker wants no more is received to the end and dropped.
Async<void> ConvertStream::receive(std::shared_ptr<ConvertStream> stream, std::shared_ptr<Body> body,
                                   io::Descriptor pipe) {
  PipeWriter writer(stream->executor_, std::move(pipe));
  WholeOrStopped ending(*stream);
  std::vector<std::byte> block(kBlock);
  const std::uint64_t most = stream->wanted_.most;
  for (bool read = true;;) {
    const auto count = co_await body->read(block);
    if (!count) co_return stream->upload_failed(count.error());
    if (*count == 0) break;
    if (most > 0 && body->received() > most) co_return stream->upload_failed(too_large(most));
    if (!read) continue;
    const auto written = co_await writer.write(std::span(block).first(*count));
    if (!written) co_return stream->upload_failed(written.error());
    read = *written;
  }
  ending.whole();
}

void ConvertStream::upload_failed(Error error) {
  const std::lock_guard lock(mutex_);
  upload_error_ = std::move(error);
}

std::optional<Error> ConvertStream::upload_error() const {
  const std::lock_guard lock(mutex_);
  return upload_error_;
}

void ConvertStream::named(std::string_view output) {
  const std::lock_guard lock(mutex_);
  output_name_ = output;
}

std::string ConvertStream::output_name() const {
  const std::lock_guard lock(mutex_);
  return output_name_;
}

Async<Result<bool>> ConvertStream::begun() { return queue_->begun(); }

std::unique_ptr<Source> ConvertStream::source() {
  return std::make_unique<StreamSource>(shared_from_this(), queue_);
}

void ConvertStream::stop() {
  stop_.request_stop();
  queue_->cut();
}

}  // namespace convert::server::api
