// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <convert/server/field.hpp>

namespace convert::server::http {

/// Limits of a multipart body, in bytes unless the name says otherwise.
struct MultipartLimits {
  std::size_t preamble = 1 << 10;
  std::size_t epilogue = 4 << 10;
  std::size_t header_bytes = 8 << 10;  ///< per part
  std::size_t header_lines = 16;       ///< per part
  std::size_t parts = 1'100;
};

/// Parses `multipart/form-data` (RFC 7578, 2046) incrementally: bytes in, events out. Buffers at most the
/// header of a part and a partial delimiter. The events do not depend on how the input is split, except for
/// the boundaries between pieces of data.
///
/// Strict: lines end with CRLF; parts are not nested and have at most one Content-Disposition;
/// Content-Transfer-Encoding is 7bit, 8bit or binary. Limits on values and on the number of files are the
/// caller's task.
class MultipartParser {
 public:
  enum class Kind : std::uint8_t { more, part, data, part_end, end, bad };
  struct Step {
    Kind kind = Kind::more;
    std::span<const std::byte> data{};  ///< for `data`: in the input, or in this object until the next call
    std::string_view reason{};          ///< for `bad`: a string literal
  };

  /// `boundary` is the unquoted parameter of Content-Type; see `is_boundary`.
  explicit MultipartParser(std::string_view boundary, MultipartLimits limits = {});

  /// Whether the text is a valid boundary: 1 to 70 characters of RFC 2046, the last not a space.
  static bool is_boundary(std::string_view text) noexcept;

  /// Consumes bytes from the front of `input`. `more`: all bytes were consumed. `part`: a part begins, see
  /// `fields`. `end`: the final delimiter was read; further input is the epilogue, which must be passed in
  /// too (at most `epilogue` bytes). After the last input call `finish`.
  Step next(std::span<const std::byte>& input);

  /// Reports the end of the body. nullopt: the form is complete; else a string literal with the reason (such
  /// as a missing final delimiter).
  std::optional<std::string_view> finish() const noexcept;

  /// Header fields of the current part: names as sent, values trimmed.
  const std::vector<Field>& fields() const noexcept { return fields_; }
  std::optional<std::string_view> field(std::string_view name) const noexcept;

 private:
  enum class Position : std::uint8_t {
    preamble,
    delimiter,  // after the boundary
    dash,       // after "-" after the boundary
    padding,    // whitespace after a delimiter
    padding_lf,
    line,  // in a part's header
    line_lf,
    data,
    epilogue,
    bad,
  };
  using Input = std::span<const std::byte>;
  Step fail(std::string_view reason) noexcept;
  Step search(Input& input);
  Step continue_delimiter(Input& input);
  Step emit_data(Input bytes);
  Step end_of_delimiter();
  Step consume(char byte);
  Step after_delimiter(char byte);
  Step start_header();
  Step in_line(char byte);
  Step end_of_line();
  Step end_of_header();

  MultipartLimits limits_;
  std::string delimiter_;    // CR LF "--" boundary
  std::size_t matched_ = 2;  // bytes of the delimiter matched at the end of the input so far
  std::size_t implied_ = 2;  // leading CR LF of them that is no data: absent, or the header's end
  std::string line_;
  std::vector<Field> fields_;
  std::string_view reason_{};
  std::size_t section_bytes_ = 0;  // bytes of the preamble, the padding, the part's header or the epilogue
  std::size_t lines_ = 0;
  std::size_t parts_ = 0;
  Position position_ = Position::preamble;
  bool part_open_ = false;  // inside a part
};

}  // namespace convert::server::http
