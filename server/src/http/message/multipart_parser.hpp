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

struct MultipartLimits {
  std::size_t preamble = 1 << 10;
  std::size_t epilogue = 4 << 10;
  std::size_t header_bytes = 8 << 10;  ///< of a part
  std::size_t header_lines = 16;       ///< of a part
  std::size_t parts = 1'100;
};

/// Takes `multipart/form-data` (RFC 7578, 2046) apart as its bytes come: bytes in, events out; it keeps at
/// most the header of a part and the beginning of a delimiter. The events do not depend on how the bytes were
/// cut into pieces, but for where data is cut.
///
/// Strict: lines end with CRLF; parts are not nested, and have one Content-Disposition at most;
/// Content-Transfer-Encoding is 7bit, 8bit or binary.
/// What a value may be, and how many files there may be, the caller counts.
class MultipartParser {
 public:
  enum class Kind : std::uint8_t { more, part, data, part_end, end, bad };
  struct Step {
    Kind kind = Kind::more;
    std::span<const std::byte> data{};  ///< of `data`: in the input, or in this object until the next call
    std::string_view reason{};          ///< of `bad`: a literal, a sentence
  };

  /// `boundary`: the parameter of the Content-Type, unquoted. See `is_boundary`.
  explicit MultipartParser(std::string_view boundary, MultipartLimits limits = {});

  /// 1 to 70 of the characters that RFC 2046 has for it, the last no space.
  static bool is_boundary(std::string_view text) noexcept;

  /// Takes bytes off the front of `input`. `more`: all were taken, give it others; if there are none, it ends
  /// with `finish`. `part`: its header is in `fields`. `end` (the last delimiter) and `bad` are not final
  /// for the body: what follows the end, at most `epilogue`, is to be given as well, and `more` or `bad`
  /// come.
  Step next(std::span<const std::byte>& input);

  /// The body has ended. nullopt: well; else why it is bad (the last delimiter is missing), a literal.
  std::optional<std::string_view> finish() const noexcept;

  /// Of the part that has begun last: names as sent, values trimmed.
  const std::vector<Field>& fields() const noexcept { return fields_; }
  std::optional<std::string_view> field(std::string_view name) const noexcept;

 private:
  enum class Position : std::uint8_t {
    preamble,
    delimiter,  // behind the boundary
    dash,       // behind "-" behind the boundary
    padding,    // spaces behind a delimiter
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
  std::size_t matched_ = 2;  // bytes of the delimiter that the input so far ends with
  std::size_t implied_ = 2;  // of these: CR LF that was not there, or that belongs to what stood before
  std::string line_;
  std::vector<Field> fields_;
  std::string_view reason_{};
  std::size_t section_bytes_ = 0;  // bytes of the preamble, the padding, the part's header or the epilogue
  std::size_t lines_ = 0;
  std::size_t parts_ = 0;
  Position position_ = Position::preamble;
  bool part_open_ = false;  // a part has begun and not ended
};

}  // namespace convert::server::http
