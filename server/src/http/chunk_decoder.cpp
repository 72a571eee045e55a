// SPDX-License-Identifier: MIT
#include "http/chunk_decoder.hpp"

#include <algorithm>

#include "http/field_values.hpp"

namespace convert::server::http {
namespace {

constexpr std::uint32_t size_digits = 16;
constexpr std::uint32_t chunk_extension = 256;
constexpr std::uint32_t body_extensions = 4 << 10;
constexpr std::uint32_t trailer_bytes = 4 << 10;

constexpr std::string_view bad_size = "The size of a chunk has to be 1 to 16 hexadecimal digits.";
constexpr std::string_view bad_extension = "The extension of a chunk is not valid, or too long.";
constexpr std::string_view bad_end = "A chunk does not end where its size says.";
constexpr std::string_view bad_trailer = "The trailer behind the chunks is not valid, or too long.";

int hexadecimal(unsigned char byte) noexcept {
  if (byte >= '0' && byte <= '9') return byte - '0';
  if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
  if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
  return -1;
}

bool fits_value(unsigned char byte) noexcept { return (byte >= 0x20 && byte != 0x7F) || byte == '\t'; }

bool is_space(unsigned char byte) noexcept { return byte == ' ' || byte == '\t'; }

}  // namespace

ChunkDecoder::Step ChunkDecoder::next(std::span<std::byte>& input) noexcept {
  if (place_ == Place::end) return {Kind::end};
  if (place_ == Place::bad) return {Kind::bad, {}, why_};
  while (!input.empty()) {
    if (place_ == Place::data) {
      const auto piece = input.first(static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size())));
      input = input.subspan(piece.size());
      left_ -= piece.size();
      if (left_ == 0) place_ = Place::data_cr;
      return {Kind::data, piece};
    }
    const auto byte = std::to_integer<unsigned char>(input.front());
    input = input.subspan(1);
    if (!take(byte)) {
      place_ = Place::bad;
      return {Kind::bad, {}, why_};
    }
    if (place_ == Place::end) return {Kind::end};
  }
  return {Kind::more};
}

bool ChunkDecoder::take(unsigned char byte) noexcept {
  switch (place_) {
    case Place::size:
      return in_size(byte);
    case Place::before_name:
    case Place::in_name:
    case Place::behind_name:
    case Place::before_value:
    case Place::in_value:
    case Place::in_quotes:
    case Place::escaped:
    case Place::behind_quotes:
    case Place::before_extension:
      return in_extension(byte);
    case Place::size_lf:
      why_ = bad_size;
      return expect(byte, '\n', left_ == 0 ? Place::trailer_start : Place::data);
    case Place::data_cr:
      why_ = bad_end;
      return expect(byte, '\r', Place::data_lf);
    case Place::data_lf:
      why_ = bad_end;
      digits_ = extension_ = 0;
      return expect(byte, '\n', Place::size);
    default:
      return in_trailer(byte);
  }
}

bool ChunkDecoder::expect(unsigned char byte, char wanted, Place next) noexcept {
  place_ = next;
  return byte == static_cast<unsigned char>(wanted);
}

bool ChunkDecoder::go(Place place) noexcept {
  place_ = place;
  return true;
}

bool ChunkDecoder::refuse(std::string_view why) noexcept {
  why_ = why;
  return false;
}

bool ChunkDecoder::in_size(unsigned char byte) noexcept {
  const int digit = hexadecimal(byte);
  if (digit < 0) return digits_ > 0 && end_of_size(byte) ? true : refuse(bad_size);
  if (++digits_ > size_digits) return refuse(bad_size);
  left_ = (left_ << 4) | static_cast<std::uint64_t>(digit);
  return true;
}

/// Behind the size, a name or a value.
bool ChunkDecoder::end_of_size(unsigned char byte) noexcept {
  return byte == '\r' ? go(Place::size_lf) : next_extension(byte);
}

bool ChunkDecoder::next_extension(unsigned char byte) noexcept {
  if (byte == ';') return go(Place::before_name);
  return is_space(byte) && go(Place::before_extension);
}

bool ChunkDecoder::in_extension(unsigned char byte) noexcept {
  why_ = bad_extension;
  if (++extension_ > chunk_extension || ++extensions_ > body_extensions) return false;
  switch (place_) {
    case Place::before_name:
    case Place::in_name:
    case Place::behind_name:
      return in_extension_name(byte);
    case Place::before_extension:
      return next_extension(byte);
    default:
      return in_extension_value(byte);
  }
}

bool ChunkDecoder::in_extension_name(unsigned char byte) noexcept {
  if (place_ == Place::before_name) {
    return is_space(byte) || (is_token_character(byte) && go(Place::in_name));
  }
  if (byte == '=') return go(Place::before_value);
  if (is_space(byte)) return go(Place::behind_name);
  if (place_ == Place::behind_name) return next_extension(byte);
  return is_token_character(byte) || end_of_size(byte);
}

bool ChunkDecoder::in_extension_value(unsigned char byte) noexcept {
  switch (place_) {
    case Place::before_value:
      if (byte == '"') return go(Place::in_quotes);
      return is_space(byte) || (is_token_character(byte) && go(Place::in_value));
    case Place::in_quotes:
      if (byte == '"') return go(Place::behind_quotes);
      return byte == '\\' ? go(Place::escaped) : fits_value(byte);
    case Place::escaped:
      return fits_value(byte) && go(Place::in_quotes);
    case Place::in_value:
      return is_token_character(byte) || end_of_size(byte);
    default:
      return end_of_size(byte);
  }
}

bool ChunkDecoder::in_trailer(unsigned char byte) noexcept {
  why_ = bad_trailer;
  if (++trailers_ > trailer_bytes) return false;
  switch (place_) {
    case Place::trailer_start:
      if (byte == '\r') return go(Place::last_lf);
      return is_token_character(byte) && go(Place::trailer_name);
    case Place::trailer_name:
      return byte == ':' ? go(Place::trailer_value) : is_token_character(byte);
    case Place::trailer_value:
      return byte == '\r' ? go(Place::trailer_lf) : fits_value(byte);
    case Place::trailer_lf:
      return expect(byte, '\n', Place::trailer_start);
    default:
      return expect(byte, '\n', Place::end);
  }
}

}  // namespace convert::server::http
