// SPDX-License-Identifier: MIT
#include "api/tasks/upload_receiver.hpp"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <functional>
#include <utility>
#include <vector>

#include "api/support/problems.hpp"
#include "base/try.hpp"
#include "http/connection/async_event.hpp"
#include "http/connection/blocking_pool.hpp"
#include "http/message/field_values.hpp"
#include "http/message/file_name.hpp"

namespace convert::server::api {
namespace {

constexpr std::size_t kSmallBlock = std::size_t{64} << 10;
constexpr std::size_t kLargeBlock = std::size_t{256} << 10;  // for the rest of large bodies
constexpr std::uint64_t kLargeBodyBytes = std::uint64_t{1} << 20;

}  // namespace

PendingInputs::~PendingInputs() {
  if (inputs_.empty()) return;
  services_.transfers.post([&services = services_, inputs = std::move(inputs_)] {
    const auto discarded = services.engine.discard(inputs);
    if (discarded) return;
    services.log(LogLine::Level::warning,
                 "Deleting the files of a refused upload failed (housekeeping retries it): " +
                     discarded.error().message);
  });
}

Problem upload_too_large(std::uint64_t max_bytes) {
  return make_problem(413, "too_large",
                      fmt::format("The upload is larger than the {} bytes that one may have.", max_bytes));
}

Outcome<void> check_raw_body(const Request& request, const EffectiveQuota& limits) {
  const auto type = http::parse_media_type(request.field("Content-Type").value_or(""));
  if (type && type->type == "multipart/form-data") {
    return make_problem(415, "unsupported_type",
                        "Send the file itself as the body (curl -T file), not a form that contains it.");
  }
  const auto length = request.body->length();
  if (!length) return {};
  if (*length == 0) return Error{Errc::empty_input, "The body is empty. Send the file as the body.", false};
  if (limits.file_bytes == 0 || *length <= limits.file_bytes) return {};
  return upload_too_large(limits.file_bytes);
}

std::string raw_name(const Request& request) {
  auto clean = http::sanitize_file_name(request.query_parameter("filename").value_or("input"));
  return clean ? std::move(*clean) : "input";
}

/// Owns everything that the writing thread uses, since it may outlive the coroutine.
struct AsyncUploadWriter::PendingWrite {
  explicit PendingWrite(const asio::any_io_executor& executor) : written(executor) {}

  std::shared_ptr<Upload> upload;
  Bytes block;
  std::span<const std::byte> piece;
  Result<void> result;
  bool done = false;         // used on the executor only
  http::AsyncEvent written;  // set when done
};

AsyncUploadWriter::AsyncUploadWriter(http::BlockingPool& pool, asio::any_io_executor executor)
    : pool_(pool), executor_(std::move(executor)) {}

Async<Result<void>> AsyncUploadWriter::write(const std::shared_ptr<Upload>& upload, const Bytes& block,
                                             std::span<const std::byte> piece) {
  auto before = co_await flush();
  if (!before) co_return before;
  auto work = std::make_shared<PendingWrite>(executor_);
  work->upload = upload;
  work->block = block;
  work->piece = piece;
  pending_ = work;
  pool_.post([work = std::move(work), executor = executor_] {
    work->result = work->upload->write(work->piece);
    work->upload.reset();
    asio::post(executor, [work] {
      work->done = true;
      work->written.set();
    });
  });
  co_return Result<void>();
}

Async<Result<void>> AsyncUploadWriter::flush() {
  if (!pending_) co_return Result<void>();
  const auto work = std::move(pending_);
  while (!work->done) co_await work->written.wait();
  co_return work->result;
}

bool AsyncUploadWriter::uses(const Bytes& block) const noexcept {
  return pending_ && pending_->block == block;
}

UploadReceiver::UploadReceiver(Services& services, Request& request)
    : services_(services), request_(request), writer_(services.transfers, request.executor) {}

UploadReceiver::~UploadReceiver() {
  if (!file_) return;
  file_->cancel();                                         // a write may still wait for the storage
  services_.transfers.post([file = std::move(file_)] {});  // closing a file may block
}

Async<Outcome<std::span<const std::byte>>> UploadReceiver::receive() {
  std::swap(block_, previous_block_);
  if (block_ && writer_.uses(block_)) {
    CONVERT_CO_TRY(writer_.flush());
  }
  const std::size_t size = request_.body->received() < kLargeBodyBytes ? kSmallBlock : kLargeBlock;
  if (!block_ || block_->size() < size) block_ = std::make_shared<std::vector<std::byte>>(size);
  const auto count = co_await request_.body->read(*block_);
  if (!count) co_return body_problem(count.error());
  co_return std::span<const std::byte>(*block_).first(*count);
}

Async<Outcome<void>> UploadReceiver::start_file() {
  auto open = [this] { return services_.engine.upload({services_.options.max_hashed_bytes}); };
  CONVERT_CO_TRY_ASSIGN(auto upload, services_.transfers.run(open));
  file_ = std::move(upload);
  co_return Outcome<void>();
}

bool UploadReceiver::is_in_block(std::span<const std::byte> bytes) const noexcept {
  const std::less_equal<const std::byte*> before;
  return block_ && before(block_->data(), bytes.data()) &&
         before(bytes.data() + bytes.size(), block_->data() + block_->size());
}

Async<Outcome<void>> UploadReceiver::write(std::span<const std::byte> bytes) {
  written_ += bytes.size();
  AsyncUploadWriter::Bytes block = block_;
  if (!is_in_block(bytes)) {
    block = std::make_shared<const std::vector<std::byte>>(bytes.begin(), bytes.end());
    bytes = *block;
  }
  co_return co_await writer_.write(file_, block, bytes);
}

Async<Outcome<JobInput>> UploadReceiver::finish_file(std::string name) {
  CONVERT_CO_TRY(writer_.flush());
  auto finish = [file = std::move(file_), name = std::move(name)]() mutable {
    auto input = file->finish(std::move(name));
    file.reset();
    return input;
  };
  co_return co_await services_.transfers.run(std::move(finish));
}

}  // namespace convert::server::api
