// SPDX-License-Identifier: MIT
#include "http/connection/response_writer.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "http/message/field_values.hpp"
#include "http/message/status.hpp"

namespace convert::server::http {
namespace {

bool is_field_byte(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

void append(std::string& out, std::uint64_t number) {
  char digits[20];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
  out.append(std::begin(digits), end);
}

}  // namespace

void ResponseHeadWriter::status(unsigned status) {
  if (status == 200) {  // nearly always
    out_ += "HTTP/1.1 200 OK\r\n";
    return;
  }
  out_ += "HTTP/1.1 ";
  append(out_, status);
  out_ += ' ';
  out_ += reason_phrase(status);
  out_ += "\r\n";
}

bool ResponseHeadWriter::fits(std::string_view name, std::string_view value) noexcept {
  return is_token(name) && std::all_of(value.begin(), value.end(), is_field_byte);
}

void ResponseHeadWriter::field(std::string_view name, std::string_view value) {
  if (fits(name, value)) out_.append(name).append(": ").append(value).append("\r\n");
}

void ResponseHeadWriter::field(std::string_view name, std::uint64_t value) {
  out_.append(name).append(": ");
  append(out_, value);
  out_ += "\r\n";
}

}  // namespace convert::server::http
