// SPDX-License-Identifier: MIT
#include "http/message/chunk_decoder.hpp"

#include <algorithm>

#include "http/message/field_values.hpp"

namespace convert::server::http {
namespace {

constexpr std::uint32_t kMaxSizeDigits = 16;
constexpr std::uint32_t kMaxChunkExtensionBytes = 256;
constexpr std::uint32_t kMaxBodyExtensionBytes = 4 << 10;
constexpr std::uint32_t kMaxTrailerBytes = 4 << 10;

constexpr std::string_view kBadChunkSize = "Invalid chunk size: it must have 1 to 16 hexadecimal digits.";
constexpr std::string_view kBadChunkExtension = "Invalid or too long chunk extension.";
constexpr std::string_view kBadChunkEnd = "Invalid chunk: its data does not end where its size says.";
constexpr std::string_view kBadTrailer = "Invalid or too long trailer section.";

int chunk_hex_digit(unsigned char byte) noexcept {
  if (byte >= '0' && byte <= '9') return byte - '0';
  if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
  if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
  return -1;
}

bool is_chunk_value_character(unsigned char byte) noexcept {
  return (byte >= 0x20 && byte != 0x7F) || byte == '\t';
}

bool is_chunk_space(unsigned char byte) noexcept { return byte == ' ' || byte == '\t'; }

}  // namespace

ChunkDecoder::Step ChunkDecoder::next(std::span<std::byte>& input) noexcept {
  if (position_ == Position::end) return {Kind::end};
  if (position_ == Position::bad) return {Kind::bad, {}, reason_};
  while (!input.empty()) {
    if (position_ == Position::data) {
      const auto piece =
          input.first(static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size())));
      input = input.subspan(piece.size());
      remaining_ -= piece.size();
      if (remaining_ == 0) position_ = Position::data_cr;
      return {Kind::data, piece};
    }
    const auto byte = std::to_integer<unsigned char>(input.front());
    input = input.subspan(1);
    if (!consume(byte)) {
      position_ = Position::bad;
      return {Kind::bad, {}, reason_};
    }
    if (position_ == Position::end) return {Kind::end};
  }
  return {Kind::more};
}

bool ChunkDecoder::consume(unsigned char byte) noexcept {
  switch (position_) {
    case Position::size:
      return in_size(byte);
    case Position::before_name:
    case Position::in_name:
    case Position::after_name:
    case Position::before_value:
    case Position::in_value:
    case Position::in_quotes:
    case Position::escaped:
    case Position::after_quotes:
    case Position::before_extension:
      return in_extension(byte);
    case Position::size_lf:
      reason_ = kBadChunkSize;
      return expect(byte, '\n', remaining_ == 0 ? Position::trailer_start : Position::data);
    case Position::data_cr:
      reason_ = kBadChunkEnd;
      return expect(byte, '\r', Position::data_lf);
    case Position::data_lf:
      reason_ = kBadChunkEnd;
      digits_ = extension_ = 0;
      return expect(byte, '\n', Position::size);
    default:
      return in_trailer(byte);
  }
}

bool ChunkDecoder::expect(unsigned char byte, char expected, Position next) noexcept {
  position_ = next;
  return byte == static_cast<unsigned char>(expected);
}

bool ChunkDecoder::move_to(Position place) noexcept {
  position_ = place;
  return true;
}

bool ChunkDecoder::fail(std::string_view reason) noexcept {
  reason_ = reason;
  return false;
}

bool ChunkDecoder::in_size(unsigned char byte) noexcept {
  const int digit = chunk_hex_digit(byte);
  if (digit < 0) return digits_ > 0 && end_of_size(byte) ? true : fail(kBadChunkSize);
  if (++digits_ > kMaxSizeDigits) return fail(kBadChunkSize);
  remaining_ = (remaining_ << 4) | static_cast<std::uint64_t>(digit);
  return true;
}

/// After the size, a name or a value.
bool ChunkDecoder::end_of_size(unsigned char byte) noexcept {
  return byte == '\r' ? move_to(Position::size_lf) : start_extension(byte);
}

bool ChunkDecoder::start_extension(unsigned char byte) noexcept {
  if (byte == ';') return move_to(Position::before_name);
  return is_chunk_space(byte) && move_to(Position::before_extension);
}

bool ChunkDecoder::in_extension(unsigned char byte) noexcept {
  reason_ = kBadChunkExtension;
  if (++extension_ > kMaxChunkExtensionBytes || ++extensions_ > kMaxBodyExtensionBytes) return false;
  switch (position_) {
    case Position::before_name:
    case Position::in_name:
    case Position::after_name:
      return in_extension_name(byte);
    case Position::before_extension:
      return start_extension(byte);
    default:
      return in_extension_value(byte);
  }
}

bool ChunkDecoder::in_extension_name(unsigned char byte) noexcept {
  if (position_ == Position::before_name) {
    return is_chunk_space(byte) || (is_token_character(byte) && move_to(Position::in_name));
  }
  if (byte == '=') return move_to(Position::before_value);
  if (is_chunk_space(byte)) return move_to(Position::after_name);
  if (position_ == Position::after_name) return start_extension(byte);
  return is_token_character(byte) || end_of_size(byte);
}

bool ChunkDecoder::in_extension_value(unsigned char byte) noexcept {
  switch (position_) {
    case Position::before_value:
      if (byte == '"') return move_to(Position::in_quotes);
      return is_chunk_space(byte) || (is_token_character(byte) && move_to(Position::in_value));
    case Position::in_quotes:
      if (byte == '"') return move_to(Position::after_quotes);
      return byte == '\\' ? move_to(Position::escaped) : is_chunk_value_character(byte);
    case Position::escaped:
      return is_chunk_value_character(byte) && move_to(Position::in_quotes);
    case Position::in_value:
      return is_token_character(byte) || end_of_size(byte);
    default:
      return end_of_size(byte);
  }
}

bool ChunkDecoder::in_trailer(unsigned char byte) noexcept {
  reason_ = kBadTrailer;
  if (++trailers_ > kMaxTrailerBytes) return false;
  switch (position_) {
    case Position::trailer_start:
      if (byte == '\r') return move_to(Position::last_lf);
      return is_token_character(byte) && move_to(Position::trailer_name);
    case Position::trailer_name:
      return byte == ':' ? move_to(Position::trailer_value) : is_token_character(byte);
    case Position::trailer_value:
      return byte == '\r' ? move_to(Position::trailer_lf) : is_chunk_value_character(byte);
    case Position::trailer_lf:
      return expect(byte, '\n', Position::trailer_start);
    default:
      return expect(byte, '\n', Position::end);
  }
}

}  // namespace convert::server::http
