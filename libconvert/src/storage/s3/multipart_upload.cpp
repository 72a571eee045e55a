// SPDX-License-Identifier: MIT
#include "storage/s3/multipart_upload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/try.hpp"
#include "net/support/xml_element.hpp"
#include "storage/s3/crc32c.hpp"
#include "storage/s3/objects.hpp"
#include "storage/s3/s3_time.hpp"

namespace convert::storage {
namespace {

constexpr std::chrono::seconds kMinCompletionTime{30};
constexpr std::chrono::minutes kMaxCompletionTime{5};
constexpr std::uint64_t kCompletionRate = std::uint64_t{64} << 20;  // bytes a second
constexpr int kMaxAborts = 3;

/// Services may copy the parts of a large object before they answer. A small one's answer that is lost must
/// not make its client wait for minutes.
std::chrono::milliseconds completion_time(const std::vector<UploadedPart>& parts) {
  std::uint64_t size = 0;
  for (const UploadedPart& part : parts) size += part.size;
  const std::chrono::seconds copying{size / kCompletionRate};
  return std::min<std::chrono::milliseconds>(kMinCompletionTime + copying, kMaxCompletionTime);
}

Error unexpected_answer(std::string_view what) {
  return Error{Errc::io, fmt::format("{}: the answer of the service is incomplete.", what)};
}

std::string completion_body(const std::vector<UploadedPart>& parts) {
  std::string body = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  for (const UploadedPart& part : parts) {
    body += fmt::format("<Part><ETag>{}</ETag>", net::escape_xml(part.etag));
    if (!part.checksum.empty())
      body += fmt::format("<ChecksumCRC32C>{}</ChecksumCRC32C>", net::escape_xml(part.checksum));
    body += fmt::format("<PartNumber>{}</PartNumber></Part>", part.number);
  }
  return body + "</CompleteMultipartUpload>";
}

template <class Number>
Number number_in(std::string_view text) {
  Number value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

UploadedPart read_part(const net::XmlElement& element) {
  UploadedPart part;
  part.number = number_in<int>(element.child_text("PartNumber"));
  part.size = number_in<std::uint64_t>(element.child_text("Size"));
  part.etag = element.child_text("ETag");
  part.checksum = element.child_text("ChecksumCRC32C");
  part.written = parse_s3_time(element.child_text("LastModified")).value_or(Time());
  return part;
}

}  // namespace

Result<UploadId> start_upload(S3Service& service, const std::string& object, const std::string& mark,
                              const std::stop_token& stop) {
  S3Request request;
  request.method = "POST";
  request.object = object;
  request.query = {{"uploads", ""}};
  request.headers.add(std::string(kUploadMark), mark);
  if (service.checksums()) request.headers.add("x-amz-checksum-algorithm", "CRC32C");
  service.add_encryption(request.headers);
  CONVERT_TRY_ASSIGN(const auto response, service.call(request, stop));
  if (response.failure) return service.error(*response.failure, "Cannot begin an upload");
  CONVERT_TRY_ASSIGN(const auto answer, net::parse_xml(response.body));
  UploadId upload{object, std::string(answer.child_text("UploadId"))};
  if (upload.id.empty()) return unexpected_answer("Cannot begin an upload");
  return upload;
}

S3Request part_request(const S3Service& service, const UploadId& upload, int number,
                       std::span<const std::byte> bytes) {
  S3Request request;
  request.method = "PUT";
  request.object = upload.object;
  request.query = {{"partNumber", std::to_string(number)}, {"uploadId", upload.id}};
  request.body = bytes;
  if (service.checksums()) request.headers.add("x-amz-checksum-crc32c", crc32c_text(bytes));
  return request;
}

Result<void> complete_upload(S3Service& service, const UploadId& upload, const std::string& mark,
                             const std::vector<UploadedPart>& parts, const std::stop_token& stop) {
  constexpr std::string_view kWhat = "Cannot complete an upload";
  const std::string body = completion_body(parts);
  S3Request request;
  request.method = "POST";
  request.object = upload.object;
  request.query = {{"uploadId", upload.id}};
  request.headers.add("Content-Type", "application/xml");
  request.body = std::as_bytes(std::span(body));
  request.may_hold_error = true;
  request.idle = completion_time(parts);
  CONVERT_TRY_ASSIGN(const auto response, service.call(request, stop));
  if (!response.failure) return {};
  const S3Failure& failure = *response.failure;
  if (failure.no_such_upload()) {
    // An earlier attempt has succeeded, and its answer was lost.
    auto info = object_info(service, upload.object, kWhat, stop);
    if (info && info->upload_mark == mark) return {};
    if (!info && info.error().code != Errc::not_found) return std::move(info).error();
    return Error{Errc::not_found,
                 fmt::format("{}: it was aborted, or another one has replaced its blob.", kWhat)};
  }
  if (failure.is("InvalidPart") || failure.is("InvalidPartOrder"))
    return Error{Errc::conflict, fmt::format("{}: another writer has changed its parts.", kWhat)};
  return service.error(failure, kWhat);
}

Result<void> abort_upload(S3Service& service, const UploadId& upload, const std::stop_token& stop) {
  constexpr std::string_view kWhat = "Cannot abort an upload";
  S3Request request;
  request.method = "DELETE";
  request.object = upload.object;
  request.query = {{"uploadId", upload.id}};
  for (int time = 0; time < kMaxAborts; ++time) {
    CONVERT_TRY_ASSIGN(const auto response, service.call(request, stop));
    if (response.failure && !response.failure->no_such_upload())
      return service.error(*response.failure, kWhat);
    // A part that was on its way may have kept the upload.
    const auto left = list_parts(service, upload, stop);
    if (!left && left.error().code == Errc::not_found) return {};
    if (!left) return left.error();
  }
  return Error{Errc::unavailable, fmt::format("{}: its parts are still there.", kWhat), true};
}

Result<std::vector<UploadedPart>> list_parts(S3Service& service, const UploadId& upload,
                                             const std::stop_token& stop) {
  constexpr std::string_view kWhat = "Cannot list the parts of an upload";
  std::vector<UploadedPart> parts;
  std::string after;
  for (;;) {
    S3Request request;
    request.object = upload.object;
    request.query = {{"uploadId", upload.id}};
    if (!after.empty()) request.query.emplace_back("part-number-marker", after);
    CONVERT_TRY_ASSIGN(const auto response, service.call(request, stop));
    if (response.failure && response.failure->no_such_upload())
      return Error{Errc::not_found, fmt::format("{}: it does not exist.", kWhat)};
    if (response.failure) return service.error(*response.failure, kWhat);
    CONVERT_TRY_ASSIGN(const auto answer, net::parse_xml(response.body));
    for (const auto& element : answer.children) {
      if (element.name == "Part") parts.push_back(read_part(element));
    }
    if (answer.child_text("IsTruncated") != "true") break;
    const std::string next(answer.child_text("NextPartNumberMarker"));
    if (next.empty() || next == after) return unexpected_answer(kWhat);
    after = next;
  }
  std::sort(parts.begin(), parts.end(),
            [](const UploadedPart& a, const UploadedPart& b) { return a.number < b.number; });
  return parts;
}

}  // namespace convert::storage
