// SPDX-License-Identifier: MIT
#include "base/json_writer.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "base/utf8.hpp"

namespace convert::base {
namespace {

template <class T>
void append_number(std::string& line, T value) {
  std::array<char, 64> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  line.append(buffer.data(), end);
}

void append_control(std::string& line, char c) {
  constexpr std::string_view hex = "0123456789abcdef";
  switch (c) {
    case '\n':
      line += "\\n";
      break;
    case '\r':
      line += "\\r";
      break;
    case '\t':
      line += "\\t";
      break;
    default:
      line += "\\u00";
      line += hex[static_cast<unsigned char>(c) >> 4];
      line += hex[static_cast<unsigned char>(c) & 15];
  }
}

}  // namespace

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  text_ += bracket;
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  text_ += bracket;
  first_ = false;
  return *this;
}

void JsonWriter::separate() {
  if (!first_) text_ += ',';
  first_ = false;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_text(name);
  text_ += ':';
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::text(std::string_view value) {
  separate();
  append_text(value);
  return *this;
}

void JsonWriter::append_text(std::string_view value) {
  text_ += '"';
  while (!value.empty()) {
    const auto length = base::utf8_sequence_length(value);
    const char c = value.front();
    if (length == 0) {
      text_ += "\xEF\xBF\xBD";
    } else if (c == '"' || c == '\\') {
      text_ += '\\';
      text_ += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      append_control(text_, c);
    } else {
      text_ += value.substr(0, length);
    }
    value.remove_prefix(length == 0 ? 1 : length);
  }
  text_ += '"';
}

JsonWriter& JsonWriter::integer(std::int64_t value) {
  separate();
  append_number(text_, value);
  return *this;
}

JsonWriter& JsonWriter::unsigned_integer(std::uint64_t value) {
  separate();
  append_number(text_, value);
  return *this;
}

JsonWriter& JsonWriter::number(double value) {
  separate();
  if (std::isfinite(value)) {
    append_number(text_, value + 0.0);  // -0 becomes 0: equal numbers give equal text
  } else {
    text_ += "null";
  }
  return *this;
}

JsonWriter& JsonWriter::seconds(std::chrono::nanoseconds value) {
  separate();
  constexpr std::uint64_t second = 1'000'000'000;
  const auto count = value.count();
  // Negated as unsigned: the smallest value has no positive counterpart.
  const auto size = count < 0 ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
  if (count < 0) text_ += '-';
  append_number(text_, size / second);
  auto fraction = std::to_string(second + size % second);  // "1" and nine digits
  fraction.erase(fraction.find_last_not_of('0') + 1);
  if (fraction.size() > 1) text_.append(1, '.').append(fraction, 1);
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
  separate();
  text_ += value ? "true" : "false";
  return *this;
}

JsonWriter& JsonWriter::json(std::string_view value) {
  separate();
  text_ += value;
  return *this;
}

}  // namespace convert::base
