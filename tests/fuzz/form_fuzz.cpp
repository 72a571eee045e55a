// SPDX-License-Identifier: MIT
// Untrusted forms and field values: the parsed values are text and survive a round trip.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/utf8.hpp"
#include "fuzz_support.hpp"
#include "http/message/field_values.hpp"
#include "http/message/url.hpp"

namespace {

using namespace convert::server;
using namespace convert::server::http;
using convert::fuzz::fail;

void check_form(std::string_view text) {
  const auto pairs = parse_form(text, 20);
  if (!pairs) return convert::fuzz::check_refusal(pairs.error());
  if (pairs->size() > 20) fail("too many pairs");
  std::string plain;
  for (const Field& pair : *pairs) {
    if (!convert::base::is_utf8(pair.name) || !convert::base::is_utf8(pair.value))
      fail("a pair that is not UTF-8");
    plain += '&' + percent_encode(pair.name) + '=' + percent_encode(pair.value);
  }
  const auto again = parse_form(plain, 20);
  if (!again || again->size() != pairs->size()) fail("pairs that a round trip changes");
  for (std::size_t i = 0; i < pairs->size(); ++i) {
    if ((*again)[i].name != (*pairs)[i].name || (*again)[i].value != (*pairs)[i].value) fail("another pair");
  }
}

bool has_control(std::string_view text) {
  for (const char byte : text) {
    if ((static_cast<unsigned char>(byte) < 0x20 && byte != '\t') || byte == 0x7F) return true;
  }
  return false;
}

void check_media_type(std::string_view text) {
  const auto type = parse_media_type(text);
  if (!type) return;
  std::string plain = type->type;
  for (const Field& parameter : type->parameters) {
    if (!is_token(parameter.name) || has_control(parameter.value)) fail("an invalid parameter");
    plain += ';' + parameter.name + '=' + http::quote_string(parameter.value);
  }
  const auto again = parse_media_type(plain);
  if (!again || again->type != type->type || again->parameters.size() != type->parameters.size()) {
    fail("a type that a round trip changes");
  }
  for (const Field& parameter : type->parameters) {
    if (again->parameter(parameter.name) != parameter.value) fail("another parameter");
  }
}

void check_lists(std::string_view text) {
  for (const std::string_view element : list_elements(text)) {
    if (element.empty() || trim(element) != element) fail("an invalid element");
    if (!list_contains(text, element)) fail("an element that is not in its list");
  }
  if (coding_quality(text, "gzip") > 1'000 || coding_quality(text, "identity") > 1'000)
    fail("a quality above 1");
  if (is_host(text) && (has_control(text) || text.find_first_of("/@ ") != text.npos)) fail("an invalid host");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = convert::fuzz::text_of(data, size);
  check_form(text);
  check_media_type(text);
  check_lists(text);
  return 0;
}
