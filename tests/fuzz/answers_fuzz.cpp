// SPDX-License-Identifier: MIT
// Answers of remote services: XML, failures of S3, URLs, dates, and the files of AWS's profiles; URIs of
// buckets and tokens of suspended uploads. What is read, written and read again is the same.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <convert/s3_storage.hpp>

#include "base/utf8.hpp"
#include "fuzz_support.hpp"
#include "net/aws/aws_profiles.hpp"
#include "net/aws/credential_answer.hpp"
#include "net/http/retry_policy.hpp"
#include "net/http/server_clock.hpp"
#include "net/http/url.hpp"
#include "net/support/xml_element.hpp"
#include "storage/s3/s3_error.hpp"
#include "storage/s3/s3_storage.hpp"
#include "storage/s3/s3_time.hpp"
#include "storage/s3/unfinished_uploads.hpp"

namespace {

using namespace convert::net;
using convert::fuzz::fail;

std::string text_of_element(const XmlElement& element) {
  std::string text = "<" + element.name + ">" + escape_xml(element.text);
  for (const XmlElement& child : element.children) text += text_of_element(child);
  return text + "</" + element.name + ">";
}

void check_xml(std::string_view text) {
  const auto root = parse_xml(text);
  if (!root) return;
  const std::string written = text_of_element(*root);
  const auto again = parse_xml(written);
  if (!again) fail("an element that cannot be read again");
  if (text_of_element(*again) != written) fail("an element that a round trip changes");
}

void check_url(std::string_view text) {
  const auto url = parse_url(text);
  if (!url) return;
  const auto again = parse_url(url->text());
  if (!again) fail("a URL that cannot be read again");
  if (again->text() != url->text()) fail("a URL that a round trip changes");
  if (again->host != url->host || again->query != url->query) fail("a URL with another host or query");
}

/// The first byte chooses the status.
void check_failure(std::string_view text) {
  constexpr std::array kStatus{200, 301, 400, 403, 404, 412, 500, 503};
  HttpResponse response;
  response.status = kStatus[convert::fuzz::take_byte(text) % kStatus.size()];
  response.body = text;
  convert::storage::holds_error(response);
  const auto failure = convert::storage::read_failure(response);
  const auto error = convert::storage::s3_error(failure, "Cannot read", {"bucket", "https://host"});
  if (!convert::base::is_utf8(error.message)) fail("a message that is not valid UTF-8");
  for (const char letter : error.message) {
    if (static_cast<unsigned char>(letter) < 0x20) fail("a message with a control character");
  }
}

void check_bucket(std::string_view text) {
  const auto options = convert::parse_s3_uri(text);
  if (options && (options->prefix.starts_with('/') || options->prefix.ends_with('/'))) fail("a bad prefix");
  convert::storage::read_token("key", text);
  if (convert::storage::list_start(text).size() > text.size()) fail("a start of a list that grows");
}

void check_dates(std::string_view text) {
  convert::storage::parse_s3_time(text);
  parse_iso_time(text);
  const auto date = parse_http_date(text);
  if (date && parse_http_date(format_http_date(*date)) != date) fail("a date that a round trip changes");
  const auto wait = retry_after({{"Retry-After", std::string(text)}});
  if (wait && (*wait < std::chrono::milliseconds(0) || *wait > std::chrono::hours(24)))
    fail("an endless wait");
}

void check_profiles(std::string_view text) {
  const auto profiles = parse_aws_profiles(text, "credentials", true);
  if (!profiles && profiles.error().message.size() > 200) fail("a message that shows a line");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto bytes = convert::fuzz::text_of(data, size);
  switch (convert::fuzz::take_byte(bytes) % 6) {
    case 0:
      check_xml(bytes);
      break;
    case 1:
      check_url(bytes);
      break;
    case 2:
      check_dates(bytes);
      break;
    case 3:
      check_profiles(bytes);
      break;
    case 4:
      check_failure(bytes);
      break;
    default:
      check_bucket(bytes);
  }
  return 0;
}
