// SPDX-License-Identifier: MIT
#include "json/writer.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "io/utf8.hpp"

namespace convert::json {
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
  line_ += bracket;
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  line_ += bracket;
  first_ = false;
  return *this;
}

void JsonWriter::separate() {
  if (!first_) line_ += ',';
  first_ = false;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_text(name);
  line_ += ':';
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::text(std::string_view value) {
  separate();
  append_text(value);
  return *this;
}

void JsonWriter::append_text(std::string_view value) {
  line_ += '"';
  while (!value.empty()) {
    const auto length = io::utf8_length(value);
    const char c = value.front();
    if (length == 0) {
      line_ += "\xEF\xBF\xBD";
    } else if (c == '"' || c == '\\') {
      line_ += '\\';
      line_ += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      append_control(line_, c);
    } else {
      line_ += value.substr(0, length);
    }
    value.remove_prefix(length == 0 ? 1 : length);
  }
  line_ += '"';
}

JsonWriter& JsonWriter::integer(std::int64_t value) {
  separate();
  append_number(line_, value);
  return *this;
}

JsonWriter& JsonWriter::unsigned_integer(std::uint64_t value) {
  separate();
  append_number(line_, value);
  return *this;
}

JsonWriter& JsonWriter::number(double value) {
  separate();
  if (std::isfinite(value)) {
    append_number(line_, value + 0.0);  // "-0" would tell apart what is equal
  } else {
    line_ += "null";
  }
  return *this;
}

JsonWriter& JsonWriter::seconds(std::chrono::nanoseconds value) {
  separate();
  constexpr std::uint64_t second = 1'000'000'000;
  const auto count = value.count();
  // The negation is done unsigned, where the least value has one.
  const auto size = count < 0 ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
  if (count < 0) line_ += '-';
  append_number(line_, size / second);
  auto fraction = std::to_string(second + size % second);  // "1" and nine digits
  fraction.erase(fraction.find_last_not_of('0') + 1);
  if (fraction.size() > 1) line_.append(1, '.').append(fraction, 1);
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
  separate();
  line_ += value ? "true" : "false";
  return *this;
}

JsonWriter& JsonWriter::json(std::string_view value) {
  separate();
  line_ += value;
  return *this;
}

}  // namespace convert::json
