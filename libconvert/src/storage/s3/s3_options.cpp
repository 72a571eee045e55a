// SPDX-License-Identifier: MIT
#include "storage/s3/s3_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/backend_uri.hpp"
#include "base/try.hpp"
#include "base/utf8.hpp"
#include "net/http/url.hpp"

namespace convert {
namespace storage {
namespace {

constexpr std::size_t kMaxPrefixLength = 400;  // leaves space for a key of 512 in S3's 1024
constexpr std::array<std::string_view, 8> kUriOptions{"ca",     "checksum",   "endpoint",        "kms_key",
                                                      "region", "path_style", "public_endpoint", "sse"};

Error bad_option(std::string text) { return Error{Errc::invalid_argument, std::move(text)}; }

bool is_digit_or_lower(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
}

/// Older buckets have capitals and "_"; other services allow them.
bool is_bucket_name(std::string_view name) {
  const auto allowed = [](char letter) {
    return is_digit_or_lower(letter) || (letter >= 'A' && letter <= 'Z') || letter == '.' || letter == '-' ||
           letter == '_';
  };
  return name.size() >= 3 && name.size() <= 255 && std::all_of(name.begin(), name.end(), allowed) &&
         name.front() != '.' && name.front() != '-' && name.back() != '.' && name.back() != '-' &&
         name.find("..") == std::string_view::npos;
}

Result<void> check_prefix(std::string_view prefix) {
  if (prefix.empty()) return {};
  if (prefix.size() > kMaxPrefixLength)
    return bad_option(fmt::format("The prefix in the bucket is longer than {} bytes.", kMaxPrefixLength));
  if (!base::is_utf8(prefix)) return bad_option("The prefix in the bucket is not valid UTF-8.");
  for (std::string_view rest = prefix;;) {
    const std::size_t slash = rest.find('/');
    const std::string_view segment = rest.substr(0, slash);
    const bool control = std::any_of(segment.begin(), segment.end(),
                                     [](char letter) { return static_cast<unsigned char>(letter) < 0x20; });
    if (segment.empty() || segment == "." || segment == ".." || control) {
      return bad_option(
          "The prefix in the bucket has an empty segment, \".\", \"..\" or a control character.");
    }
    if (slash == std::string_view::npos) return {};
    rest.remove_prefix(slash + 1);
  }
}

Result<void> check_endpoint(std::string_view name, const std::string& endpoint) {
  if (endpoint.empty()) return {};
  auto url = net::parse_url(endpoint);
  if (!url) {
    return bad_option(fmt::format("The option {} must be a URL such as \"https://s3.example.org\": {}", name,
                                  url.error().message));
  }
  if ((url->path != "/" && !url->path.empty()) || !url->query.empty()) {
    return bad_option(
        fmt::format("The option {} must have neither a path nor a query. The bucket is named "
                    "by s3://BUCKET.",
                    name));
  }
  return {};
}

/// The value of an option of the URI, or empty.
std::string uri_option(const base::Uri& uri, std::string_view name) {
  const auto option = uri.options.find(name);
  return option == uri.options.end() ? std::string() : option->second;
}

Result<void> parse_path_style(const base::Uri& uri, S3Options& options) {
  const std::string text = uri_option(uri, "path_style");
  if (text.empty()) return {};
  if (text != "true" && text != "false") return base::invalid_option("path_style", "true or false", text);
  options.path_style = text == "true";
  return {};
}

Result<void> parse_encryption(const base::Uri& uri, S3Options& options) {
  const std::string text = uri_option(uri, "sse");
  options.kms_key = uri_option(uri, "kms_key");
  if (text == "AES256") {
    options.encryption = S3Encryption::s3;
  } else if (text == "aws:kms") {
    options.encryption = S3Encryption::kms;
  } else if (!text.empty()) {
    return base::invalid_option("sse", "AES256 or aws:kms", text);
  }
  return {};
}

Result<void> parse_checksum(const base::Uri& uri, S3Options& options) {
  const std::string text = uri_option(uri, "checksum");
  if (!text.empty() && text != "crc32c" && text != "none")
    return base::invalid_option("checksum", "crc32c or none", text);
  options.checksums = text != "none";
  return {};
}

}  // namespace

bool is_s3_region(std::string_view name) {
  // Other services have names such as "RegionOne".
  return name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char letter) {
           return is_digit_or_lower(letter) || (letter >= 'A' && letter <= 'Z') || letter == '-' ||
                  letter == '_';
         });
}

Result<void> check_s3_options(const S3Options& options) {
  if (!is_bucket_name(options.bucket)) {
    return bad_option(
        "The bucket's name must have 3 to 255 letters, digits, \".\", \"-\" or \"_\". Write "
        "s3://BUCKET or s3://BUCKET/PREFIX.");
  }
  CONVERT_TRY(check_prefix(options.prefix));
  CONVERT_TRY(check_endpoint("endpoint", options.endpoint));
  CONVERT_TRY(check_endpoint("public_endpoint", options.public_endpoint));
  if (!is_s3_region(options.region)) {
    return bad_option("The option region must be the name of a region, such as \"eu-central-1\".");
  }
  if (options.path_style == false && options.bucket.find('_') != std::string::npos)
    return bad_option("A bucket with \"_\" in its name cannot be part of a host name. Use path_style=true.");
  if (!options.kms_key.empty() && options.encryption != S3Encryption::kms)
    return bad_option("The option kms_key needs sse=aws:kms.");
  const auto breaks_header = [](char letter) { return letter <= 0x20 || letter >= 0x7f; };
  if (std::any_of(options.kms_key.begin(), options.kms_key.end(), breaks_header))
    return bad_option("The option kms_key must be the identifier or the ARN of a key.");
  return {};
}

}  // namespace storage

Result<S3Options> parse_s3_uri(std::string_view text) {
  CONVERT_TRY_ASSIGN(const auto scheme, base::uri_scheme(text));
  std::string_view rest = text.substr(scheme.size() + 1);
  if (scheme != "s3" || !rest.starts_with("//")) {
    return Error{Errc::invalid_argument,
                 "Write the URI of a bucket as \"s3://BUCKET/PREFIX\", with options as in "
                 "\"?endpoint=https://s3.example.org&region=eu-central-1\"."};
  }
  rest.remove_prefix(2);
  if (rest.substr(0, rest.find_first_of("/?")).find('@') != std::string_view::npos) {
    return Error{Errc::invalid_argument,
                 "Credentials do not belong into the URI of a bucket. Set AWS_ACCESS_KEY_ID and "
                 "AWS_SECRET_ACCESS_KEY, or a profile."};
  }
  CONVERT_TRY_ASSIGN(const auto uri, base::parse_uri(fmt::format("s3:{}", rest)));
  CONVERT_TRY(base::check_uri(uri, "storage", true, storage::kUriOptions));
  S3Options options;
  const std::size_t slash = uri.path.find('/');
  options.bucket = uri.path.substr(0, slash);
  if (slash != std::string::npos) options.prefix = uri.path.substr(slash + 1);
  if (options.prefix.ends_with('/')) options.prefix.pop_back();
  options.endpoint = storage::uri_option(uri, "endpoint");
  options.public_endpoint = storage::uri_option(uri, "public_endpoint");
  options.region = storage::uri_option(uri, "region");
  options.ca_file = storage::uri_option(uri, "ca");
  CONVERT_TRY(storage::parse_path_style(uri, options));
  CONVERT_TRY(storage::parse_encryption(uri, options));
  CONVERT_TRY(storage::parse_checksum(uri, options));
  CONVERT_TRY(storage::check_s3_options(options));
  return options;
}

}  // namespace convert
