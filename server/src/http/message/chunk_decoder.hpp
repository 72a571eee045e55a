// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace convert::server::http {

/// Decodes a chunked body (RFC 9112, 7.1) incrementally and consumes no byte beyond its end. Strict: a chunk
/// size has 1 to 16 hexadecimal digits. Chunk extensions are validated (7.1.1; at most 256 bytes per chunk
/// and 4 KiB per body) and ignored. Trailers are validated (at most 4 KiB) and dropped. The result does not
/// depend on how the input is split.
class ChunkDecoder {
 public:
  enum class Kind : std::uint8_t { more, data, end, bad };
  struct Step {
    Kind kind = Kind::more;
    std::span<std::byte> data{};  ///< for `data`: a part of the input
    std::string_view reason{};    ///< for `bad`: a string literal
  };

  /// Consumes bytes from the front of `input`. `more`: all bytes were consumed. `data`: a piece of the body.
  /// `end`: the remaining bytes belong to the next request. `end` and `bad` are final.
  Step next(std::span<std::byte>& input) noexcept;

  /// Number of contiguous body bytes that follow. The caller may receive that many bytes straight into their
  /// destination.
  std::uint64_t remaining_in_chunk() const noexcept { return position_ == Position::data ? remaining_ : 0; }

 private:
  enum class Position : std::uint8_t {
    size,
    before_name,  // after ";"
    in_name,
    after_name,    // in whitespace
    before_value,  // after "="
    in_value,
    in_quotes,
    escaped,  // after a backslash in quotes
    after_quotes,
    before_extension,  // in whitespace after the size or a value
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer_start,
    trailer_name,
    trailer_value,
    trailer_lf,
    last_lf,
    end,
    bad,
  };
  bool consume(unsigned char byte) noexcept;
  bool in_size(unsigned char byte) noexcept;
  bool in_extension(unsigned char byte) noexcept;
  bool in_extension_name(unsigned char byte) noexcept;
  bool in_extension_value(unsigned char byte) noexcept;
  bool in_trailer(unsigned char byte) noexcept;
  bool end_of_size(unsigned char byte) noexcept;
  bool start_extension(unsigned char byte) noexcept;
  bool expect(unsigned char byte, char expected, Position next) noexcept;
  bool move_to(Position place) noexcept;
  bool fail(std::string_view reason) noexcept;

  std::string_view reason_{};
  std::uint64_t remaining_ = 0;
  std::uint32_t digits_ = 0;
  std::uint32_t extension_ = 0;   // bytes in this chunk
  std::uint32_t extensions_ = 0;  // bytes in all chunks
  std::uint32_t trailers_ = 0;
  Position position_ = Position::size;
};

}  // namespace convert::server::http
