// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace convert::server::http {

/// Takes the chunks (RFC 9112, 7.1) off a body as its bytes come, and reads no byte beyond its end. Strict: a
/// size has 1 to 16 hexadecimal digits; extensions are checked (7.1.1), at most 256 bytes a chunk and 4 KiB a
/// body, and mean nothing; trailers are checked, at most 4 KiB, and dropped. What it finds does not depend on
/// how the bytes were cut into pieces.
class ChunkDecoder {
 public:
  enum class Kind : std::uint8_t { more, data, end, bad };
  struct Step {
    Kind kind = Kind::more;
    std::span<std::byte> data{};  ///< of `data`: lies in the input
    std::string_view reason{};    ///< of `bad`: a literal, a sentence
  };

  /// Takes bytes off the front of `input`. `more`: all were taken, give it others. `data`: a piece of the
  /// body. `end`: what is left belongs to the next request. `end` and `bad` are final.
  Step next(std::span<std::byte>& input) noexcept;

  /// How many bytes of the body come next without anything in between: so many may be received straight into
  /// where they are wanted.
  std::uint64_t remaining_in_chunk() const noexcept { return position_ == Position::data ? remaining_ : 0; }

 private:
  enum class Position : std::uint8_t {
    size,
    before_name,  // behind ";"
    in_name,
    behind_name,   // in spaces
    before_value,  // behind "="
    in_value,
    in_quotes,
    escaped,  // behind a backslash in quotes
    behind_quotes,
    before_extension,  // in spaces: behind the size or a value
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
  std::uint32_t extension_ = 0;   // bytes of this chunk's
  std::uint32_t extensions_ = 0;  // of all
  std::uint32_t trailers_ = 0;
  Position position_ = Position::size;
};

}  // namespace convert::server::http
