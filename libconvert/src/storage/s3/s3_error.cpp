// SPDX-License-Identifier: MIT
#include "storage/s3/s3_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "net/http/retry_policy.hpp"
#include "net/support/xml_element.hpp"
#include "storage/s3/s3_options.hpp"

namespace convert::storage {
namespace {

constexpr std::size_t kMaxShownMessage = 200;
constexpr std::size_t kMaxShownCode = 64;

template <std::size_t n>
bool is_one_of(std::string_view code, const std::array<std::string_view, n>& codes) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

/// The region that the service names; empty if it is no name of a region.
std::string region_named(std::string_view text) { return is_s3_region(text) ? std::string(text) : ""; }

/// The service's message as part of a sentence.
std::string shown(const S3Failure& failure) {
  std::string text = failure.message;
  while (text.ends_with('.') || text.ends_with(' ')) text.pop_back();
  if (failure.code.empty()) return fmt::format("HTTP status {}", failure.status);
  return text.empty() ? failure.code : fmt::format("{}: {}", failure.code, text);
}

/// Whether the service refuses the encryption that the options name.
bool refuses_encryption(const S3Failure& failure, const S3Place& place) {
  static constexpr std::array<std::string_view, 3> kUnsupported{"InvalidRequest", "InvalidArgument",
                                                                "NotImplemented"};
  return failure.code.starts_with("KMS.") || (place.encrypts && is_one_of(failure.code, kUnsupported));
}

/// A remedy for what an operator has to repair; empty for other failures.
std::string remedy(const S3Failure& failure, const S3Place& place) {
  const std::string bucket = fmt::format("the bucket \"{}\" at {}", place.bucket, place.endpoint);
  if (failure.is("NoSuchBucket"))
    return fmt::format("{} does not exist. Create it, or correct the URI", bucket);
  if (failure.denied()) {
    return fmt::format(
        "the credentials have no permission for it in {}. Grant s3:GetObject, s3:PutObject, "
        "s3:DeleteObject, s3:ListBucket and the multipart permissions",
        bucket);
  }
  if (failure.is("InvalidAccessKeyId") || failure.is("InvalidToken"))
    return fmt::format("{} does not know the access key. Correct the credentials", place.endpoint);
  if (failure.is("SignatureDoesNotMatch")) {
    return fmt::format("{} does not accept the signature. Correct the secret access key or the region",
                       place.endpoint);
  }
  if (failure.expired_credentials())
    return fmt::format("the credentials for {} have expired. Renew them", bucket);
  if (failure.is("RequestTimeTooSkewed")) {
    return fmt::format("the clock of this host differs too much from that of {}. Synchronize it",
                       place.endpoint);
  }
  if (!failure.region.empty() && failure.status != 404)
    return fmt::format("{} is in the region \"{}\". Correct the option region", bucket, failure.region);
  if (failure.is("AuthorizationHeaderMalformed") || failure.is("IllegalLocationConstraintException"))
    return fmt::format("{} is in another region. Correct the option region", bucket);
  if (failure.status >= 300 && failure.status < 400)
    return fmt::format("{} is at another address. Correct the options endpoint and region", bucket);
  if (refuses_encryption(failure, place)) {
    return fmt::format("{} does not accept the encryption. Correct the options sse and kms_key",
                       place.endpoint);
  }
  if (failure.is("QuotaExceeded") || failure.status == 507)
    return fmt::format("the space for {} is used up. Raise the quota, or delete data", bucket);
  return {};
}

}  // namespace

bool S3Failure::transient() const {
  static constexpr std::array<std::string_view, 9> kTransient{
      "InternalError",   "SlowDown",  "ServiceUnavailable", "RequestTimeout",           "OperationAborted",
      "TooManyRequests", "BadDigest", "IncompleteBody",     "XAmzContentSHA256Mismatch"};
  return is_one_of(code, kTransient) || net::is_transient_status(status);
}

bool S3Failure::expired_credentials() const {
  static constexpr std::array<std::string_view, 4> kExpired{"ExpiredToken", "ExpiredTokenException",
                                                            "TokenRefreshRequired", "RequestExpired"};
  return is_one_of(code, kExpired);
}

bool holds_error(const net::HttpResponse& response) {
  // Long operations are answered with spaces until their end, or with the XML declaration first.
  constexpr std::size_t kLooked = 1024;
  return std::string_view(response.body).substr(0, kLooked).find("<Error") != std::string_view::npos;
}

S3Failure read_failure(const net::HttpResponse& response) {
  S3Failure failure{response.status};
  if (const auto region = response.headers.find("x-amz-bucket-region"))
    failure.region = region_named(*region);
  std::string_view body = response.body;
  body.remove_prefix(std::min(body.find_first_not_of(" \t\r\n"), body.size()));
  const auto xml = net::parse_xml(body);
  const net::XmlElement* error = !xml ? nullptr : xml->name == "Error" ? &*xml : xml->descendant("Error");
  if (error == nullptr) return failure;
  failure.code = net::printable_text(error->child_text("Code"), kMaxShownCode);
  failure.message = net::printable_text(error->child_text("Message"), kMaxShownMessage);
  if (const auto region = error->child_text("Region"); !region.empty()) failure.region = region_named(region);
  return failure;
}

Error s3_error(const S3Failure& failure, std::string_view what, const S3Place& place) {
  if (const std::string text = remedy(failure, place); !text.empty())
    return Error{Errc::unavailable, fmt::format("{}: {} ({}).", what, text, shown(failure)), true};
  if (failure.is("EntityTooLarge")) {
    return Error{Errc::limit_exceeded,
                 fmt::format("{}: it is larger than {} allows ({}).", what, place.endpoint, shown(failure))};
  }
  if (failure.transient() || failure.status >= 500) {
    return Error{
        Errc::unavailable,
        fmt::format("{}: {} cannot do it now ({}). Try again later.", what, place.endpoint, shown(failure)),
        true};
  }
  return Error{Errc::io, fmt::format("{}: {} refuses it ({}).", what, place.endpoint, shown(failure))};
}

}  // namespace convert::storage
