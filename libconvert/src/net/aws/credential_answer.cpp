// SPDX-License-Identifier: MIT
#include "net/aws/credential_answer.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <charconv>
#include <string>

#include "base/try.hpp"
#include "net/http/server_clock.hpp"

namespace convert::net {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

/// The number in the digits of `text` at `at`; -1 if there are others.
int digits_at(std::string_view text, std::size_t at, std::size_t count) {
  int value = 0;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::string json_text(const boost::json::object& object, std::string_view name) {
  const auto* const value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace

std::optional<sys_seconds> parse_iso_time(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
      text[16] != ':')
    return {};
  std::string_view zone = text.substr(19);
  if (zone.front() == '.') {
    zone.remove_prefix(1);
    zone.remove_prefix(std::min(zone.find_first_not_of("0123456789"), zone.size()));
  }
  if (zone != "Z" && zone != "+00:00") return {};
  const int year = digits_at(text, 0, 4);
  const int month = digits_at(text, 5, 2);
  const int day = digits_at(text, 8, 2);
  const int hour = digits_at(text, 11, 2);
  const int minute = digits_at(text, 14, 2);
  const int second = digits_at(text, 17, 2);
  if (year < 0 || month < 0 || day < 0 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
      second > 60)
    return {};
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return {};
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         seconds(second);
}

std::chrono::steady_clock::time_point expiry_time(sys_seconds expiration, const HttpResponseHead& answer) {
  const auto issued = parse_http_date(answer.headers.find("Date").value_or(""))
                          .value_or(std::chrono::floor<seconds>(std::chrono::system_clock::now()));
  return std::chrono::steady_clock::now() + (expiration - issued);
}

Result<AwsCredentials> parse_credential_json(const HttpResponse& answer, std::string_view source) {
  boost::system::error_code failure;
  const auto document = boost::json::parse(answer.body, failure);
  const auto* const object = failure ? nullptr : document.if_object();
  const auto invalid = [&](std::string_view why) {
    return Error{Errc::unavailable, fmt::format("{} gave no usable AWS credentials: {}.", source, why), true};
  };
  if (!object) return invalid("its answer is not a JSON object");
  const std::string code = json_text(*object, "Code");
  if (!code.empty() && code != "Success") return invalid("its answer has not the code Success");
  AwsCredentials credentials{json_text(*object, "AccessKeyId"),
                             json_text(*object, "SecretAccessKey"),
                             json_text(*object, "Token"),
                             {}};
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty())
    return invalid("AccessKeyId or SecretAccessKey is missing");
  const std::string expiration = json_text(*object, "Expiration");
  if (expiration.empty()) return credentials;
  const auto time = parse_iso_time(expiration);
  if (!time) return invalid("Expiration is not a time");
  credentials.expires = expiry_time(*time, answer);
  return credentials;
}

Result<HttpResponse> request_metadata(HttpClient& client, const HttpRequest& request, std::string_view source,
                                      const std::stop_token& stop) {
  HttpRequest limited = request;
  limited.bypass_proxy = true;
  limited.timeouts = {std::chrono::milliseconds(1'000), std::chrono::milliseconds(2'000),
                      std::chrono::milliseconds(5'000)};
  CallOptions options;
  options.retry.max_attempts = 3;
  options.retry.max_elapsed = std::chrono::milliseconds(10'000);
  options.max_body = std::size_t{64} << 10;
  options.stop = stop;
  auto answer = client.perform(limited, options);
  if (!answer) {
    auto& error = answer.error();
    if (error.code == Errc::cancelled) return error;
    return Error{error.retryable ? Errc::unavailable : error.code,
                 fmt::format("{} gave no AWS credentials. {}", source, error.message), error.retryable};
  }
  if (answer->status < 500) return answer;
  return Error{
      Errc::unavailable,
      fmt::format("{} gave no AWS credentials: it answered with the status {}.", source, answer->status),
      true};
}

}  // namespace convert::net
