// SPDX-License-Identifier: MIT
#include "storage/s3/object_copy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "base/try.hpp"
#include "net/support/xml_element.hpp"
#include "storage/s3/multipart_upload.hpp"
#include "storage/s3/objects.hpp"
#include "storage/s3/unfinished_uploads.hpp"

namespace convert::storage {
namespace {

constexpr std::string_view kCopyWhat = "Cannot copy a blob";
// The service may say nothing until it has copied everything.
constexpr std::chrono::minutes kCopyTime{10};

S3Request copy_request(const S3Service& service, const std::string& from, const std::string& to) {
  S3Request request;
  request.method = "PUT";
  request.object = to;
  request.headers.add("x-amz-copy-source", service.copy_source(from));
  request.may_hold_error = true;
  request.idle = kCopyTime;
  return request;
}

struct CopiedRange {
  UploadedPart part;
  PendingCall call;
};

/// Copies ranges of an object as the parts of an upload, a few at a time.
class CopyInParts {
 public:
  CopyInParts(S3Context& context, const ObjectInfo& from, const UploadId& to, const std::stop_token& stop)
      : context_(context), from_(from), to_(to), stop_(stop) {}

  Result<std::vector<UploadedPart>> run() {
    const std::uint64_t step = std::max<std::uint64_t>(
        context_.sizes.copy_part, from_.size / static_cast<std::uint64_t>(context_.sizes.max_parts) + 1);
    for (std::uint64_t at = 0; at < from_.size; at += step) {
      if (in_flight_.size() >= context_.sizes.parallel_parts) CONVERT_TRY(finish_one());
      start(at, std::min(step, from_.size - at));
    }
    while (!in_flight_.empty()) CONVERT_TRY(finish_one());
    return std::move(parts_);
  }

 private:
  void start(std::uint64_t at, std::uint64_t size) {
    const int number = static_cast<int>(parts_.size() + in_flight_.size()) + 1;
    S3Request request = copy_request(*context_.service, from_.name, to_.object);
    request.query = {{"partNumber", std::to_string(number)}, {"uploadId", to_.id}};
    request.headers.add("x-amz-copy-source-range", fmt::format("bytes={}-{}", at, at + size - 1));
    // All parts are of one version of the source.
    request.headers.add("x-amz-copy-source-if-match", from_.etag);
    in_flight_.push_back(std::make_unique<CopiedRange>(
        CopiedRange{UploadedPart{number, size}, PendingCall(*context_.service, std::move(request), stop_)}));
  }

  Result<void> finish_one() {
    const auto range = std::move(in_flight_.front());
    in_flight_.pop_front();
    CONVERT_TRY_ASSIGN(const auto response, range->call.wait());
    if (response.failure) {
      if (response.failure->status == 412 || is_missing_object(*context_.service, *response.failure))
        return Error{Errc::not_found, fmt::format("{}: it was removed or replaced.", kCopyWhat)};
      return context_.service->error(*response.failure, kCopyWhat);
    }
    CONVERT_TRY_ASSIGN(const auto answer, net::parse_xml(response.body));
    range->part.etag = answer.child_text("ETag");
    range->part.checksum = answer.child_text("ChecksumCRC32C");
    parts_.push_back(range->part);
    return {};
  }

  S3Context& context_;
  const ObjectInfo& from_;
  const UploadId& to_;
  std::stop_token stop_;
  std::deque<std::unique_ptr<CopiedRange>> in_flight_;
  std::vector<UploadedPart> parts_;
};

/// Whether CopyObject refuses the source for its size.
bool is_too_large(const S3Failure& failure) {
  return failure.is("EntityTooLarge") ||
         (failure.is("InvalidRequest") &&
          failure.message.find("larger than the maximum") != std::string::npos);
}

}  // namespace

Result<void> copy_object_in_parts(S3Context& context, const std::string& from, const std::string& to,
                                  const std::stop_token& stop) {
  CONVERT_TRY_ASSIGN(const auto source, object_info(*context.service, from, kCopyWhat, stop));
  const std::string mark = random_name();
  CONVERT_TRY_ASSIGN(const auto upload, start_upload(*context.service, to, mark, stop));
  const auto copied = [&]() -> Result<void> {
    CONVERT_TRY_ASSIGN(const auto parts, CopyInParts(context, source, upload, stop).run());
    return complete_upload(*context.service, upload, mark, parts, stop);
  }();
  if (!copied) context.cleaner.abort(upload);
  return copied;
}

Result<void> copy_object(S3Context& context, const std::string& from, const std::string& to,
                         const std::stop_token& stop) {
  S3Service& service = *context.service;
  S3Request request = copy_request(service, from, to);
  // A copy of an object onto itself needs a change; the blob has no metadata that could be lost.
  request.headers.add("x-amz-metadata-directive", "REPLACE");
  request.headers.add("Content-Type", "application/octet-stream");
  service.add_encryption(request.headers);
  CONVERT_TRY_ASSIGN(const auto response, service.call(request, stop));
  if (!response.failure) return {};
  if (is_too_large(*response.failure)) return copy_object_in_parts(context, from, to, stop);
  if (is_missing_object(service, *response.failure))
    return Error{Errc::not_found, fmt::format("{}: it does not exist.", kCopyWhat)};
  return service.error(*response.failure, kCopyWhat);
}

}  // namespace convert::storage
