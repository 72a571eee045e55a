// SPDX-License-Identifier: MIT
#include "http/message/head_validator.hpp"

#include "http/message/field_values.hpp"

namespace convert::server::http {
namespace {

constexpr std::size_t kMaxMethodLength = 32;
constexpr std::string_view kVersionForm = "HTTP/d.d";

constexpr RequestError kBadRequestLine{400, "bad_request", "Invalid request line."};
constexpr RequestError kBadTargetCharacter{400, "bad_request",
                                           "Invalid URL: a character in it must be percent-encoded."};
constexpr RequestError kTargetTooLong{414, "target_too_long", "The URL is too long."};
constexpr RequestError kUnsupportedVersion{505, "version_not_supported",
                                           "This server supports HTTP/1.1 and HTTP/1.0."};
constexpr RequestError kBadFieldName{400, "bad_request", "Invalid header field name."};
constexpr RequestError kFoldedField{400, "bad_request", "Header fields must not span several lines."};
constexpr RequestError kBadFieldValue{400, "bad_request",
                                      "Invalid header field: control characters are not allowed."};
constexpr RequestError kBadLineEnd{400, "bad_request", "Invalid line end in the header: use CR LF."};
constexpr RequestError kTooManyFields{431, "header_too_large", "The request has too many header fields."};
constexpr RequestError kHeaderTooLarge{431, "header_too_large", "The request header is too large."};

/// Characters allowed in a target (RFC 3986). Unescaped characters that some browsers send are rejected,
/// since servers interpret them differently.
bool is_target_character(unsigned char byte) noexcept {
  constexpr std::string_view never = "\"#<>\\^`{|}";
  return byte > 0x20 && byte < 0x7F && never.find(static_cast<char>(byte)) == never.npos;
}

bool is_field_value_character(unsigned char byte) noexcept {
  return (byte >= 0x20 && byte != 0x7F) || byte == '\t';
}

}  // namespace

HeadValidator::State HeadValidator::check(std::string_view bytes) noexcept {
  while (state_ == State::more && seen_ < bytes.size()) {
    if (seen_ == limits_.bytes) return reject(kHeaderTooLarge);
    state_ = take(static_cast<unsigned char>(bytes[seen_]));
    ++seen_;
  }
  return state_;
}

HeadValidator::State HeadValidator::reject(const RequestError& why) noexcept {
  error_ = why;
  return state_ = State::rejected;
}

HeadValidator::State HeadValidator::take(unsigned char byte) noexcept {
  switch (position_) {
    case Position::start:
      position_ = byte == '\r' ? Position::start_lf : Position::method;
      return byte == '\r' ? State::more : in_method(byte);
    case Position::start_lf:
      start_ = 2;
      return expect_lf(byte, Position::method);
    case Position::method:
      return in_method(byte);
    case Position::target:
      return in_target(byte);
    case Position::version:
      return in_version(byte);
    case Position::line_lf:
      return expect_lf(byte, Position::line_start);
    case Position::line_start:
      return at_line_start(byte);
    case Position::name:
      return in_name(byte);
    case Position::value:
      return in_value(byte);
    case Position::end_lf:
      return byte == '\n' ? State::complete : reject(kBadLineEnd);
  }
  return State::rejected;
}

HeadValidator::State HeadValidator::expect_lf(unsigned char byte, Position next) noexcept {
  if (byte != '\n') return reject(kBadLineEnd);
  position_ = next;
  return State::more;
}

HeadValidator::State HeadValidator::in_method(unsigned char byte) noexcept {
  if (byte == ' ' && length_ > 0) {
    position_ = Position::target;
    length_ = 0;
    return State::more;
  }
  return is_token_character(byte) && ++length_ <= kMaxMethodLength ? State::more : reject(kBadRequestLine);
}

HeadValidator::State HeadValidator::in_target(unsigned char byte) noexcept {
  if (byte == ' ' && length_ > 0) {
    position_ = Position::version;
    length_ = 0;
    return State::more;
  }
  if (byte <= 0x20) return reject(kBadRequestLine);
  if (!is_target_character(byte)) return reject(kBadTargetCharacter);
  return ++length_ <= limits_.target ? State::more : reject(kTargetTooLong);
}

HeadValidator::State HeadValidator::in_version(unsigned char byte) noexcept {
  if (length_ == kVersionForm.size()) {
    if (byte != '\r') return reject(kBadRequestLine);
    position_ = Position::line_lf;
    return State::more;
  }
  const char expected = kVersionForm[length_];
  const bool matches =
      expected == 'd' ? byte >= '0' && byte <= '9' : byte == static_cast<unsigned char>(expected);
  if (!matches) return reject(kBadRequestLine);
  if (length_ == 5 && byte != '1') return reject(kUnsupportedVersion);
  ++length_;
  return State::more;
}

HeadValidator::State HeadValidator::at_line_start(unsigned char byte) noexcept {
  if (byte == '\r') {
    position_ = Position::end_lf;
    return State::more;
  }
  if (byte == ' ' || byte == '\t') return reject(kFoldedField);
  if (!is_token_character(byte)) return reject(kBadFieldName);
  if (++fields_ > limits_.fields) return reject(kTooManyFields);
  position_ = Position::name;
  return State::more;
}

HeadValidator::State HeadValidator::in_name(unsigned char byte) noexcept {
  if (byte == ':') {
    position_ = Position::value;
    return State::more;
  }
  return is_token_character(byte) ? State::more : reject(kBadFieldName);
}

HeadValidator::State HeadValidator::in_value(unsigned char byte) noexcept {
  if (byte == '\r') {
    position_ = Position::line_lf;
    return State::more;
  }
  return is_field_value_character(byte) ? State::more : reject(kBadFieldValue);
}

}  // namespace convert::server::http
