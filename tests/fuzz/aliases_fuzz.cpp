// SPDX-License-Identifier: MIT
// Untrusted request fields as JSON, form and multipart: no field keeps a former name, and the same pairs give
// the same fields in all three.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/support/field_parsers.hpp"
#include "api/support/request_fields.hpp"
#include "base/utf8.hpp"
#include "fuzz_support.hpp"
#include "http/message/url.hpp"

namespace {

using namespace convert::server;
using namespace convert::server::api;
using convert::fuzz::fail;

void check(const Outcome<void>& added) {
  if (added) return;
  if (added.error().detail.empty()) fail("an error without a detail");
  if (added.error().status >= 500) fail(added.error().code.c_str());
  if (!convert::base::is_utf8(added.error().detail)) fail("a message that is not UTF-8");
}

void check_older_names(const Fields& fields, FieldContext about) {
  for (const std::string_view name : {"user", "nombre", "extension_convertir", "max_tasks"}) {
    if (field_name(about, name) != name && fields.find(name)) fail("a field with a former name");
  }
}

std::string in_multipart(const std::vector<Field>& pairs) {
  std::string body;
  for (const Field& pair : pairs) {
    body +=
        "--xyz\r\nContent-Disposition: form-data; name=\"" + pair.name + "\"\r\n\r\n" + pair.value + "\r\n";
  }
  return body + "--xyz--\r\n";
}

/// Names that need neither quotes nor escapes.
bool is_plain(const std::vector<Field>& pairs) {
  for (const Field& pair : pairs) {
    if (pair.name.size() > 200 || pair.name.find_first_of("\\\"") != pair.name.npos ||
        pair.value.find("--xyz") != pair.value.npos)
      return false;
    for (const char byte : pair.name) {
      if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F) return false;
    }
  }
  return true;
}

void compare(const std::vector<Field>& pairs, FieldContext about) {
  Fields form(about);
  Fields parts(about);
  Outcome<void> added;
  for (const Field& pair : pairs) {
    added = form.add(pair.name, pair.value);
    if (!added) break;
  }
  const auto in_parts = add_multipart("xyz", in_multipart(pairs), parts);
  if (added.has_value() != in_parts.has_value()) fail("a form that is valid in one encoding only");
  for (const Field& pair : pairs) {
    const auto name = field_name(about, pair.name);
    if (added && form.find(name) != parts.find(name)) fail("a field that differs");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = convert::fuzz::text_of(data, size);
  const auto about = static_cast<FieldContext>(convert::fuzz::take_byte(text) % 8);
  Fields json(about);
  check(add_json(text, json));
  check_older_names(json, about);
  Fields parts(about);
  check(add_multipart("xyz", text, parts));
  check_older_names(parts, about);
  const auto pairs = http::parse_form(text, 20);
  if (pairs && is_plain(*pairs)) compare(*pairs, about);
  return 0;
}
