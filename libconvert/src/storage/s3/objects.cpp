// SPDX-License-Identifier: MIT
#include "storage/s3/objects.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/try.hpp"
#include "net/http/url.hpp"
#include "net/support/xml_element.hpp"
#include "storage/s3/crc32c.hpp"
#include "storage/s3/multipart_upload.hpp"
#include "storage/s3/s3_time.hpp"

namespace convert::storage {
namespace {

/// As in lists with "encoding-type=url". Leaves an invalid "%" as it is.
std::string decode_name(std::string_view text) {
  std::string name;
  for (std::size_t at = 0; at < text.size(); ++at) {
    unsigned value = 0;
    const std::string_view digits = text.substr(at).substr(text[at] == '%' ? 1 : 0, 2);
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (text[at] == '%' && digits.size() == 2 && failure == std::errc() &&
        end == digits.data() + digits.size()) {
      name += static_cast<char>(value);
      at += 2;
    } else {
      name += text[at] == '+' ? ' ' : text[at];
    }
  }
  return name;
}

ObjectInfo read_listed(const net::XmlElement& element) {
  ObjectInfo info;
  info.name = decode_name(element.child_text("Key"));
  const std::string_view size = element.child_text("Size");
  std::from_chars(size.data(), size.data() + size.size(), info.size);
  info.etag = element.child_text("ETag");
  info.modified = parse_s3_time(element.child_text("LastModified")).value_or(Time());
  return info;
}

}  // namespace

bool is_missing_object(S3Service& service, const S3Failure& failure) {
  return failure.no_such_object() || (failure.denied() && !service.may_list());
}

Result<ObjectInfo> object_info(S3Service& service, const std::string& object, std::string_view what,
                               const std::stop_token& stop) {
  S3Request request;
  request.method = "HEAD";
  request.object = object;
  CONVERT_TRY_ASSIGN(auto response, service.call(request, stop));
  if (response.failure && response.status != 404) {
    // The response to HEAD has no body, and with it no reason.
    request.method = "GET";
    request.headers.add("Range", "bytes=0-0");
    CONVERT_TRY_ASSIGN(const auto explained, service.call(request, stop));
    if (explained.failure) response.failure = explained.failure;
  }
  if (response.failure) {
    if (is_missing_object(service, *response.failure))
      return Error{Errc::not_found, fmt::format("{}: it does not exist.", what)};
    return service.error(*response.failure, what);
  }
  ObjectInfo info;
  info.name = object;
  info.size = response.content_length.value_or(0);
  info.etag = response.headers.find("ETag").value_or("");
  info.modified = parse_s3_time(response.headers.find("Last-Modified").value_or("")).value_or(Time());
  info.upload_mark = response.headers.find(kUploadMark).value_or("");
  return info;
}

bool uploaded_in_parts(std::string_view etag) {
  const auto is_digit = [](char letter) {
    return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f') || letter == '"';
  };
  constexpr std::size_t kQuotedMd5 = 34;
  return etag.size() > kQuotedMd5 || !std::all_of(etag.begin(), etag.end(), is_digit);
}

Result<void> put_object(S3Service& service, const std::string& object, std::span<const std::byte> bytes,
                        const std::stop_token& stop) {
  S3Request request;
  request.method = "PUT";
  request.object = object;
  request.body = bytes;
  request.headers.add("Content-Type", "application/octet-stream");
  if (service.checksums()) request.headers.add("x-amz-checksum-crc32c", crc32c_text(bytes));
  service.add_encryption(request.headers);
  CONVERT_TRY_ASSIGN(const auto response, service.call(request, stop));
  if (response.failure) return service.error(*response.failure, "Cannot store a blob");
  return {};
}

Result<std::string> get_object(S3Service& service, const std::string& object, std::size_t max_size,
                               const std::stop_token& stop) {
  constexpr std::string_view kWhat = "Cannot read an object";
  S3Request request;
  request.object = object;
  request.max_body = std::max(max_size, request.max_body);
  CONVERT_TRY_ASSIGN(auto response, service.call(request, stop));
  if (!response.failure) return std::move(response.body);
  if (is_missing_object(service, *response.failure))
    return Error{Errc::not_found, fmt::format("{}: it does not exist.", kWhat)};
  return service.error(*response.failure, kWhat);
}

Result<void> delete_object(S3Service& service, const std::string& object, const std::stop_token& stop) {
  S3Request request;
  request.method = "DELETE";
  request.object = object;
  CONVERT_TRY_ASSIGN(const auto response, service.call(request, stop));
  if (!response.failure || response.failure->no_such_object()) return {};
  return service.error(*response.failure, "Cannot remove a blob");
}

Result<ObjectPage> list_objects(S3Service& service, const std::string& prefix, const std::string& after,
                                std::size_t max) {
  constexpr std::string_view kWhat = "Cannot list the blobs";
  S3Request request;
  request.query = {{"list-type", "2"},
                   {"encoding-type", "url"},
                   {"max-keys", std::to_string(std::min<std::size_t>(max, 1000))},
                   {"prefix", prefix}};
  if (!after.empty()) request.query.emplace_back("start-after", after);
  CONVERT_TRY_ASSIGN(const auto response, service.call(request));
  if (response.failure) return service.error(*response.failure, kWhat);
  CONVERT_TRY_ASSIGN(const auto answer, net::parse_xml(response.body));
  ObjectPage page;
  page.more = answer.child_text("IsTruncated") == "true";
  for (const auto& element : answer.children) {
    if (element.name == "Contents") page.objects.push_back(read_listed(element));
  }
  return page;
}

}  // namespace convert::storage
