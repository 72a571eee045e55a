// SPDX-License-Identifier: MIT
#include "http/message/url.hpp"

#include <algorithm>
#include <utility>

#include "http/message/target.hpp"
#include "base/utf8.hpp"

namespace convert::server::http {
namespace {

Error form_error(const char* sentence) { return {Errc::invalid_argument, sentence, false}; }

Result<std::string> decode_form_text(std::string_view text) {
  auto value = percent_decode(text, true);
  if (!value) return form_error("A percent sign in a form has to be followed by two hexadecimal digits.");
  if (!base::is_utf8(*value) || value->find('\0') != value->npos) {
    return form_error("A form has to be UTF-8 without zero bytes.");
  }
  return std::move(*value);
}

}  // namespace

Result<std::vector<Field>> parse_form(std::string_view text, std::size_t max_fields) {
  std::vector<Field> pairs;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    if (pair.empty()) continue;
    if (pairs.size() == max_fields) return form_error("The form has too many fields.");
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto name = decode_form_text(pair.substr(0, equals));
    if (!name) return std::move(name).error();
    auto value = decode_form_text(pair.substr(std::min(equals + 1, pair.size())));
    if (!value) return std::move(value).error();
    pairs.push_back({std::move(*name), std::move(*value)});
  }
  return pairs;
}

}  // namespace convert::server::http
