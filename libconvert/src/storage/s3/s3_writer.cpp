// SPDX-License-Identifier: MIT
#include "storage/s3/s3_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <vector>

#include "base/try.hpp"
#include "storage/s3/multipart_upload.hpp"
#include "storage/s3/objects.hpp"
#include "storage/s3/unfinished_uploads.hpp"

namespace convert::storage {
namespace {

/// A part on its way. The call ends before the buffer that it sends.
struct PartInFlight {
  UploadedPart part;
  PartBuffer buffer;
  std::optional<PendingCall> call{};
};

class S3Writer : public Writer {
 public:
  S3Writer(std::shared_ptr<S3Context> context, Key key)
      : context_(std::move(context)), key_(std::move(key)), mark_(random_name()) {}
  ~S3Writer() override;

  /// Continues what was suspended. Returns the offset.
  Result<std::uint64_t> take_over(const SuspendedUpload& suspended, const std::stop_token& stop);

  bool seekable() const override { return false; }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
    return remembered([&] { return append(offset, from); });
  }
  Result<void> commit() override {
    return remembered([this] { return publish(); });
  }
  Result<std::string> suspend() override;
  void cancel() noexcept override { stop_.request_stop(); }

 private:
  /// Runs a call, unless an earlier one has failed.
  template <class Call>
  Result<void> remembered(const Call& call) {
    if (!failure_ && stop_.stop_requested()) failure_ = Error{Errc::cancelled, "The upload was cancelled."};
    if (failure_) return *failure_;
    auto result = call();
    if (!result) failure_ = result.error();
    return result;
  }
  Result<void> append(std::uint64_t offset, std::span<const std::byte> from);
  Result<void> publish();
  Result<void> keep(SuspendedUpload& suspended);
  Result<void> send_part();
  /// Waits for the oldest part on its way.
  Result<void> finish_part();
  Result<void> finish_parts();
  Result<void> read_tail(const SuspendedUpload& suspended, const std::stop_token& stop);
  Result<void> find_parts(const SuspendedUpload& suspended, const std::stop_token& stop);
  void start_buffer();
  std::size_t part_size(int number) const;
  int next_part() const { return static_cast<int>(parts_.size() + in_flight_.size()) + 1; }
  std::span<const std::byte> unsent() const {
    return filling_ ? filling_->bytes() : std::span<const std::byte>();
  }
  S3Service& service() const { return *context_->service; }

  std::shared_ptr<S3Context> context_;
  Key key_;
  std::string mark_;
  std::stop_source stop_;
  std::uint64_t written_ = 0;
  std::optional<PartBuffer> filling_;
  std::deque<std::unique_ptr<PartInFlight>> in_flight_;
  std::vector<UploadedPart> parts_;
  std::optional<UploadId> upload_;
  std::string tail_name_;  ///< of the token from which this Writer continues
  std::optional<Error> failure_;
  bool keeps_upload_ = false;  ///< it is committed, or a token refers to it
};

S3Writer::~S3Writer() {
  in_flight_.clear();
  if (upload_ && !keeps_upload_) context_->cleaner.abort(std::move(*upload_));
}

std::size_t S3Writer::part_size(int number) const {
  const S3Sizes& sizes = context_->sizes;
  std::size_t size = sizes.part;
  for (int from = sizes.parts_per_size; from < number && size < sizes.max_part; from += sizes.parts_per_size)
    size = std::min(2 * size, sizes.max_part);
  return size;
}

void S3Writer::start_buffer() {
  if (!filling_) filling_.emplace(context_->memory, part_size(next_part()));
}

Result<void> S3Writer::append(std::uint64_t offset, std::span<const std::byte> from) {
  if (offset != written_) {
    return Error{Errc::invalid_argument,
                 fmt::format("This output must be written in order: the next offset is {}, not {}.", written_,
                             offset)};
  }
  while (!from.empty()) {
    if (filling_ && filling_->full()) CONVERT_TRY(send_part());
    start_buffer();
    CONVERT_TRY_ASSIGN(const std::size_t taken, filling_->append(from));
    from = from.subspan(taken);
    written_ += taken;
  }
  return {};
}

Result<void> S3Writer::send_part() {
  const int number = next_part();
  if (number > context_->sizes.max_parts) {
    return Error{Errc::limit_exceeded, fmt::format("A blob in this storage has at most {} parts, {} GB.",
                                                   context_->sizes.max_parts, written_ / 1'000'000'000)};
  }
  if (!upload_) {
    CONVERT_TRY_ASSIGN(upload_,
                       start_upload(service(), service().object_name(key_), mark_, stop_.get_token()));
  }
  if (in_flight_.size() >= context_->sizes.parallel_parts) CONVERT_TRY(finish_part());
  auto flight = std::make_unique<PartInFlight>(PartInFlight{{}, *std::move(filling_)});
  filling_.reset();
  flight->part.number = number;
  flight->part.size = flight->buffer.size();
  auto request = part_request(service(), *upload_, number, flight->buffer.bytes());
  flight->part.checksum = request.headers.find("x-amz-checksum-crc32c").value_or("");
  flight->call.emplace(service(), std::move(request), stop_.get_token());
  in_flight_.push_back(std::move(flight));
  return {};
}

Result<void> S3Writer::finish_part() {
  const auto flight = std::move(in_flight_.front());
  in_flight_.pop_front();
  CONVERT_TRY_ASSIGN(const auto response, flight->call->wait());
  if (response.failure) return service().error(*response.failure, "Cannot store a part of a blob");
  flight->part.etag = response.headers.find("ETag").value_or("");
  parts_.push_back(std::move(flight->part));
  return {};
}

Result<void> S3Writer::finish_parts() {
  while (!in_flight_.empty()) CONVERT_TRY(finish_part());
  return {};
}

Result<void> S3Writer::publish() {
  if (!upload_) {
    CONVERT_TRY(put_object(service(), service().object_name(key_), unsent(), stop_.get_token()));
  } else {
    if (!unsent().empty()) CONVERT_TRY(send_part());
    CONVERT_TRY(finish_parts());
    CONVERT_TRY(complete_upload(service(), *upload_, mark_, parts_, stop_.get_token()));
  }
  keeps_upload_ = true;
  if (!tail_name_.empty()) context_->cleaner.remove(tail_object(service(), key_, tail_name_));
  return {};
}

Result<std::string> S3Writer::suspend() {
  SuspendedUpload suspended;
  CONVERT_TRY(remembered([&] { return keep(suspended); }));
  keeps_upload_ = true;
  if (!tail_name_.empty()) context_->cleaner.remove(tail_object(service(), key_, tail_name_));
  return write_token(key_, suspended);
}

Result<void> S3Writer::keep(SuspendedUpload& suspended) {
  if (unsent().size() >= context_->sizes.min_part) CONVERT_TRY(send_part());
  CONVERT_TRY(finish_parts());
  suspended.mark = mark_;
  suspended.parts = static_cast<int>(parts_.size());
  for (const UploadedPart& part : parts_) suspended.part_bytes += part.size;
  if (upload_) suspended.upload_id = upload_->id;
  suspended.tail_bytes = unsent().size();
  if (upload_ && suspended.tail_bytes == 0) return {};
  suspended.tail_name = random_name();
  return put_object(service(), tail_object(service(), key_, suspended.tail_name), unsent(),
                    stop_.get_token());
}

Result<std::uint64_t> S3Writer::take_over(const SuspendedUpload& suspended, const std::stop_token& stop) {
  mark_ = suspended.mark;
  tail_name_ = suspended.tail_name;
  keeps_upload_ = !suspended.upload_id.empty();
  if (keeps_upload_) CONVERT_TRY(find_parts(suspended, stop));
  written_ = suspended.part_bytes;
  if (!suspended.tail_name.empty()) CONVERT_TRY(read_tail(suspended, stop));
  return written_;
}

Result<void> S3Writer::find_parts(const SuspendedUpload& suspended, const std::stop_token& stop) {
  upload_ = UploadId{service().object_name(key_), suspended.upload_id};
  CONVERT_TRY_ASSIGN(parts_, list_parts(service(), *upload_, stop));
  // Later parts are those of a Writer that continued and crashed.
  if (parts_.size() > static_cast<std::size_t>(suspended.parts))
    parts_.resize(static_cast<std::size_t>(suspended.parts));
  std::uint64_t bytes = 0;
  for (const UploadedPart& part : parts_) bytes += part.size;
  if (bytes != suspended.part_bytes || parts_.size() != static_cast<std::size_t>(suspended.parts))
    return Error{Errc::not_found, "Cannot continue an upload: its parts have changed. Upload again."};
  return {};
}

Result<void> S3Writer::read_tail(const SuspendedUpload& suspended, const std::stop_token& stop) {
  const std::string object = tail_object(service(), key_, suspended.tail_name);
  CONVERT_TRY_ASSIGN(const auto tail, get_object(service(), object, context_->sizes.part, stop));
  if (tail.size() != suspended.tail_bytes)
    return Error{Errc::not_found, "Cannot continue an upload: its end has changed. Upload again."};
  return append(written_, std::as_bytes(std::span(tail)));
}

}  // namespace

std::unique_ptr<Writer> s3_writer(std::shared_ptr<S3Context> context, const Key& key) {
  return std::make_unique<S3Writer>(std::move(context), key);
}

Result<ResumedWriter> resume_s3_writer(std::shared_ptr<S3Context> context, const Key& key,
                                       std::string_view token, const std::stop_token& stop) {
  const auto suspended = read_token(key, token);
  if (!suspended) return Error{Errc::not_found, "There is no suspended upload with this token."};
  auto writer = std::make_unique<S3Writer>(std::move(context), key);
  CONVERT_TRY_ASSIGN(const std::uint64_t offset, writer->take_over(*suspended, stop));
  return ResumedWriter{std::move(writer), offset};
}

}  // namespace convert::storage
