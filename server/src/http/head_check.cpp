// SPDX-License-Identifier: MIT
#include "http/head_check.hpp"

#include "http/field_values.hpp"

namespace convert::server::http {
namespace {

constexpr std::size_t longest_method = 32;
constexpr std::string_view version_form = "HTTP/d.d";

constexpr Refusal bad_line{400, "bad_request", "The request line is not valid HTTP."};
constexpr Refusal bad_target{400, "bad_request",
                             "The address has a character that must be written as a percent escape."};
constexpr Refusal long_target{414, "target_too_long", "The address is too long."};
constexpr Refusal other_version{505, "version_not_supported", "This server speaks HTTP/1.1 and HTTP/1.0."};
constexpr Refusal bad_name{400, "bad_request", "The name of a header field is not valid HTTP."};
constexpr Refusal folded{400, "bad_request", "Header fields over several lines are not accepted."};
constexpr Refusal bad_value{400, "bad_request", "A header field has a control character."};
constexpr Refusal bad_line_end{400, "bad_request", "Lines of a header end with CR LF."};
constexpr Refusal too_many{431, "header_too_large", "The request has too many header fields."};
constexpr Refusal too_large{431, "header_too_large", "The header of the request is too large."};

/// What a target may hold as it is (RFC 3986; what browsers leave as it is and no server should guess at is
/// out).
bool fits_target(unsigned char byte) noexcept {
  constexpr std::string_view never = "\"#<>\\^`{|}";
  return byte > 0x20 && byte < 0x7F && never.find(static_cast<char>(byte)) == never.npos;
}

bool fits_value(unsigned char byte) noexcept { return (byte >= 0x20 && byte != 0x7F) || byte == '\t'; }

}  // namespace

HeadCheck::State HeadCheck::look(std::string_view bytes) noexcept {
  while (state_ == State::more && seen_ < bytes.size()) {
    if (seen_ == limits_.bytes) return refuse(too_large);
    state_ = take(static_cast<unsigned char>(bytes[seen_]));
    ++seen_;
  }
  return state_;
}

HeadCheck::State HeadCheck::refuse(const Refusal& why) noexcept {
  refusal_ = why;
  return state_ = State::refused;
}

HeadCheck::State HeadCheck::take(unsigned char byte) noexcept {
  switch (place_) {
    case Place::start:
      place_ = byte == '\r' ? Place::start_lf : Place::method;
      return byte == '\r' ? State::more : in_method(byte);
    case Place::start_lf:
      begin_ = 2;
      return expect_lf(byte, Place::method);
    case Place::method:
      return in_method(byte);
    case Place::target:
      return in_target(byte);
    case Place::version:
      return in_version(byte);
    case Place::line_lf:
      return expect_lf(byte, Place::line_start);
    case Place::line_start:
      return at_line_start(byte);
    case Place::name:
      return in_name(byte);
    case Place::value:
      return in_value(byte);
    case Place::end_lf:
      return byte == '\n' ? State::complete : refuse(bad_line_end);
  }
  return State::refused;
}

HeadCheck::State HeadCheck::expect_lf(unsigned char byte, Place next) noexcept {
  if (byte != '\n') return refuse(bad_line_end);
  place_ = next;
  return State::more;
}

HeadCheck::State HeadCheck::in_method(unsigned char byte) noexcept {
  if (byte == ' ' && length_ > 0) {
    place_ = Place::target;
    length_ = 0;
    return State::more;
  }
  return is_token_character(byte) && ++length_ <= longest_method ? State::more : refuse(bad_line);
}

HeadCheck::State HeadCheck::in_target(unsigned char byte) noexcept {
  if (byte == ' ' && length_ > 0) {
    place_ = Place::version;
    length_ = 0;
    return State::more;
  }
  if (byte <= 0x20) return refuse(bad_line);
  if (!fits_target(byte)) return refuse(bad_target);
  return ++length_ <= limits_.target ? State::more : refuse(long_target);
}

HeadCheck::State HeadCheck::in_version(unsigned char byte) noexcept {
  if (length_ == version_form.size()) {
    if (byte != '\r') return refuse(bad_line);
    place_ = Place::line_lf;
    return State::more;
  }
  const char wanted = version_form[length_];
  const bool fits = wanted == 'd' ? byte >= '0' && byte <= '9' : byte == static_cast<unsigned char>(wanted);
  if (!fits) return refuse(bad_line);
  if (length_ == 5 && byte != '1') return refuse(other_version);
  ++length_;
  return State::more;
}

HeadCheck::State HeadCheck::at_line_start(unsigned char byte) noexcept {
  if (byte == '\r') {
    place_ = Place::end_lf;
    return State::more;
  }
  if (byte == ' ' || byte == '\t') return refuse(folded);
  if (!is_token_character(byte)) return refuse(bad_name);
  if (++fields_ > limits_.fields) return refuse(too_many);
  place_ = Place::name;
  return State::more;
}

HeadCheck::State HeadCheck::in_name(unsigned char byte) noexcept {
  if (byte == ':') {
    place_ = Place::value;
    return State::more;
  }
  return is_token_character(byte) ? State::more : refuse(bad_name);
}

HeadCheck::State HeadCheck::in_value(unsigned char byte) noexcept {
  if (byte == '\r') {
    place_ = Place::line_lf;
    return State::more;
  }
  return fits_value(byte) ? State::more : refuse(bad_value);
}

}  // namespace convert::server::http
