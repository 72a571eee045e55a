// SPDX-License-Identifier: MIT
#include "net/aws/aws_signature.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "net/support/digest.hpp"

namespace convert::net {
namespace {

using std::chrono::seconds;

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr seconds kMaxPresignedTime = std::chrono::hours(7 * 24);

struct SigningDate {
  std::string day;   // "20130524"
  std::string time;  // "20130524T000000Z"
};

SigningDate signing_date(std::chrono::sys_seconds time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  SigningDate result;
  result.day = fmt::format("{:04}{:02}{:02}", static_cast<int>(date.year()),
                           static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  result.time = fmt::format("{}T{:02}{:02}{:02}Z", result.day, clock.hours().count(), clock.minutes().count(),
                            clock.seconds().count());
  return result;
}

std::string credential_scope(const SigningDate& date, const AwsSigning& signing) {
  return fmt::format("{}/{}/{}/aws4_request", date.day, signing.region, signing.service);
}

/// The path without empty and dot segments, which all services but S3 sign.
std::string normalized_path(std::string_view path) {
  std::vector<std::string_view> segments;
  const bool folder = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view segment = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (segment.empty() || segment == ".") continue;
    if (segment == "..") {
      if (!segments.empty()) segments.pop_back();
    } else {
      segments.push_back(segment);
    }
  }
  std::string result;
  for (const std::string_view segment : segments) result.append("/").append(segment);
  if (folder || result.empty()) result += '/';
  return result;
}

/// S3 signs the path as it is sent; other services sign it normalized and encoded once more.
std::string canonical_path(const Url& url, const AwsSigning& signing) {
  if (signing.service == "s3") return url.path.empty() ? "/" : url.path;
  return encode_path(normalized_path(url.path));
}

std::string canonical_query(const Url& url) {
  std::vector<std::pair<std::string, std::string>> parameters;
  for (const auto& [name, value] : url.query) {
    parameters.emplace_back(encode_component(name), encode_component(value));
  }
  std::sort(parameters.begin(), parameters.end());
  std::string result;
  for (const auto& [name, value] : parameters) {
    if (!result.empty()) result += '&';
    result.append(name).append("=").append(value);
  }
  return result;
}

/// Without spaces at both ends; several spaces become one.
std::string canonical_value(std::string_view value) {
  std::string result;
  for (const char c : value) {
    const bool space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!space) {
      result += c;
    } else if (!result.empty() && result.back() != ' ') {
      result += ' ';
    }
  }
  if (result.ends_with(' ')) result.pop_back();
  return result;
}

struct CanonicalHeaders {
  std::string text;   // "name:value\n" each
  std::string names;  // "name;name"
};

/// Headers that this client's library or a proxy sets or changes.
bool is_signed_header(std::string_view lower_name) {
  constexpr std::array<std::string_view, 15> kUnsigned{"accept",     "accept-encoding", "authorization",
                                                       "connection", "content-length",  "expect",
                                                       "host",       "keep-alive",      "te",
                                                       "trailer",    "user-agent",      "upgrade",
                                                       "via",        "forwarded",       "transfer-encoding"};
  return std::find(kUnsigned.begin(), kUnsigned.end(), lower_name) == kUnsigned.end();
}

CanonicalHeaders canonical_headers(const HttpRequest& request) {
  std::vector<std::pair<std::string, std::string>> fields;
  const auto host = request.headers.find("Host");
  fields.emplace_back("host", host ? std::string(*host) : request.url.authority());
  for (const auto& [name, value] : request.headers) {
    std::string lower = base::lower_case(name);
    if (is_signed_header(lower)) fields.emplace_back(std::move(lower), canonical_value(value));
  }
  std::stable_sort(fields.begin(), fields.end(),
                   [](const auto& left, const auto& right) { return left.first < right.first; });
  CanonicalHeaders result;
  std::string_view before;
  for (const auto& [name, value] : fields) {
    if (name == before) {  // fields of one name are joined
      result.text.pop_back();
      result.text.append(",").append(value).append("\n");
      continue;
    }
    result.text.append(name).append(":").append(value).append("\n");
    if (!result.names.empty()) result.names += ';';
    result.names += name;
    before = name;
  }
  return result;
}

std::string canonical_request(std::string_view method, const Url& url, const CanonicalHeaders& headers,
                              const AwsSigning& signing, std::string_view payload_hash) {
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", method, canonical_path(url, signing), canonical_query(url),
                     headers.text, headers.names, payload_hash);
}

std::string signature_of(std::string_view canonical, const SigningDate& date,
                         const AwsCredentials& credentials, const AwsSigning& signing) {
  const std::string text = fmt::format("{}\n{}\n{}\n{}", kAlgorithm, date.time,
                                       credential_scope(date, signing), hex(sha256(canonical)));
  const std::string secret = "AWS4" + credentials.secret_access_key;
  Digest256 key = hmac_sha256(std::as_bytes(std::span(secret)), date.day);
  key = hmac_sha256(key, signing.region);
  key = hmac_sha256(key, signing.service);
  key = hmac_sha256(key, "aws4_request");
  return hex(hmac_sha256(key, text));
}

}  // namespace

void sign(HttpRequest& request, const AwsCredentials& credentials, const AwsSigning& signing) {
  const SigningDate date = signing_date(signing.time);
  const std::string payload_hash =
      signing.payload_hash.empty() ? hex(sha256(request.body)) : signing.payload_hash;
  request.headers.remove("Authorization");
  request.headers.remove("X-Amz-Security-Token");
  request.headers.set("X-Amz-Date", date.time);
  if (signing.service == "s3") request.headers.set("X-Amz-Content-Sha256", payload_hash);
  if (!credentials.session_token.empty()) {
    request.headers.set("X-Amz-Security-Token", credentials.session_token);
  }
  const CanonicalHeaders headers = canonical_headers(request);
  const std::string canonical =
      canonical_request(request.method, request.url, headers, signing, payload_hash);
  request.headers.set("Authorization",
                      fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", kAlgorithm,
                                  credentials.access_key_id, credential_scope(date, signing), headers.names,
                                  signature_of(canonical, date, credentials, signing)));
}

Url presign(std::string_view method, Url url, const AwsCredentials& credentials, const AwsSigning& signing,
            seconds valid) {
  const SigningDate date = signing_date(signing.time);
  const seconds time = std::clamp(valid, seconds(1), kMaxPresignedTime);
  url.query.emplace_back("X-Amz-Algorithm", kAlgorithm);
  url.query.emplace_back("X-Amz-Credential",
                         fmt::format("{}/{}", credentials.access_key_id, credential_scope(date, signing)));
  url.query.emplace_back("X-Amz-Date", date.time);
  url.query.emplace_back("X-Amz-Expires", fmt::format("{}", time.count()));
  if (!credentials.session_token.empty()) {
    url.query.emplace_back("X-Amz-Security-Token", credentials.session_token);
  }
  url.query.emplace_back("X-Amz-SignedHeaders", "host");
  CanonicalHeaders headers;
  headers.text = fmt::format("host:{}\n", url.authority());
  headers.names = "host";
  const std::string_view payload_hash =
      signing.payload_hash.empty() ? kUnsignedPayload : std::string_view(signing.payload_hash);
  const std::string canonical = canonical_request(method, url, headers, signing, payload_hash);
  url.query.emplace_back("X-Amz-Signature", signature_of(canonical, date, credentials, signing));
  return url;
}

}  // namespace convert::net
