// SPDX-License-Identifier: MIT
#include "postgresql/parameters.hpp"

#include <fmt/format.h>

namespace convert::postgresql {
namespace {

void append_quoted(std::string& array, std::string_view text) {
  array += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') array += '\\';
    array += c;
  }
  array += '"';
}

/// An array in PostgreSQL's text format (its documentation, 8.15.6): {1,2,3}.
template <class Values, class Append>
std::string array_text(const Values& values, const Append& append) {
  std::string array = "{";
  for (const auto& value : values) {
    if (array.size() > 1) array += ',';
    append(array, value);
  }
  return array += '}';
}

}  // namespace

// The shortest text that reads back as the same number; "inf" and "nan" are PostgreSQL's spelling too.
void Parameters::add(double value) { add_text(fmt::format("{}", value), kDouble); }

void Parameters::add(const Bytes& value) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "\\x";
  text.reserve(2 + 2 * value.data.size());
  for (const char c : value.data) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  add_text(std::move(text), kBytea);
}

void Parameters::add(std::span<const std::int64_t> values) {
  add_text(
      array_text(values, [](std::string& array,
                            std::int64_t value) { fmt::format_to(std::back_inserter(array), "{}", value); }),
      kBigintArray);
}

void Parameters::add(std::span<const double> values) {
  add_text(array_text(values, [](std::string& array,
                                 double value) { fmt::format_to(std::back_inserter(array), "{}", value); }),
           kDoubleArray);
}

void Parameters::add(std::span<const std::string> values) {
  add_text(
      array_text(values, [](std::string& array, const std::string& value) { append_quoted(array, value); }),
      kTextArray);
}

void Parameters::add(std::span<const std::optional<std::string>> values) {
  add_text(array_text(values,
                      [](std::string& array, const std::optional<std::string>& value) {
                        if (value) {
                          append_quoted(array, *value);
                        } else {
                          array += "NULL";
                        }
                      }),
           kTextArray);
}

std::vector<const char*> Parameters::values() const {
  std::vector<const char*> pointers;
  pointers.reserve(texts_.size());
  for (const auto& text : texts_) pointers.push_back(text ? text->c_str() : nullptr);
  return pointers;
}

}  // namespace convert::postgresql
