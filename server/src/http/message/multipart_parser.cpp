// SPDX-License-Identifier: MIT
#include "http/message/multipart_parser.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "http/message/field_values.hpp"

namespace convert::server::http {
namespace {

constexpr std::size_t kMaxBoundaryLength = 70;
constexpr std::size_t kMaxPaddingBytes = 256;

constexpr std::string_view kPreambleTooLong = "Invalid form: the preamble before the first part is too long.";
constexpr std::string_view kEpilogueTooLong = "Invalid form: the epilogue after the last part is too long.";
constexpr std::string_view kBadDelimiter = "Invalid form: unexpected characters after a boundary.";
constexpr std::string_view kBadPartHeader = "Invalid form: the header of a part is malformed.";
constexpr std::string_view kPartHeaderTooLong = "Invalid form: the header of a part is too long.";
constexpr std::string_view kTooManyParts = "Invalid form: it has too many parts.";
constexpr std::string_view kNestedMultipart = "Invalid form: its parts must not be multipart.";
constexpr std::string_view kDuplicateDisposition =
    "Invalid form: a part has two Content-Disposition fields. Send one.";
constexpr std::string_view kEncodedPart =
    "Invalid form: Content-Transfer-Encoding must be 7bit, 8bit or binary.";
constexpr std::string_view kMissingFinalBoundary = "Invalid form: it ends before the final boundary.";

bool is_boundary_character(char byte) noexcept {
  constexpr std::string_view others = "'()+_,-./:=? ";
  return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
         others.find(byte) != others.npos;
}

bool is_part_control(char byte) noexcept {
  return (static_cast<unsigned char>(byte) < 0x20 && byte != '\t') || byte == 0x7F;
}

std::optional<Field> parse_part_field(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == line.npos || !is_token(line.substr(0, colon))) return {};
  return Field{std::string(line.substr(0, colon)), std::string(trim(line.substr(colon + 1)))};
}

/// Compares `bytes` with the start of `text`.
bool equal_bytes(std::span<const std::byte> bytes, std::string_view text) noexcept {
  return std::memcmp(bytes.data(), text.data(), bytes.size()) == 0;
}

}  // namespace

MultipartParser::MultipartParser(std::string_view boundary, MultipartLimits limits)
    : limits_(limits), delimiter_("\r\n--") {
  delimiter_ += boundary;
}

bool MultipartParser::is_boundary(std::string_view text) noexcept {
  return !text.empty() && text.size() <= kMaxBoundaryLength && text.back() != ' ' &&
         std::all_of(text.begin(), text.end(), is_boundary_character);
}

std::optional<std::string_view> MultipartParser::field(std::string_view name) const noexcept {
  for (const Field& field : fields_) {
    if (equals_ignore_case(field.name, name)) return field.value;
  }
  return {};
}

std::optional<std::string_view> MultipartParser::finish() const noexcept {
  if (position_ == Position::bad) return reason_;
  return position_ == Position::epilogue ? std::nullopt : std::optional(kMissingFinalBoundary);
}

MultipartParser::Step MultipartParser::fail(std::string_view reason) noexcept {
  position_ = Position::bad;
  reason_ = reason;
  return {Kind::bad, {}, reason};
}

MultipartParser::Step MultipartParser::next(Input& input) {
  if (position_ == Position::bad) return {Kind::bad, {}, reason_};
  while (!input.empty()) {
    Step step;
    if (position_ == Position::preamble || position_ == Position::data) {
      step = matched_ > 0 ? continue_delimiter(input) : search(input);
    } else if (position_ == Position::epilogue) {
      section_bytes_ += input.size();
      input = {};
      if (section_bytes_ > limits_.epilogue) return fail(kEpilogueTooLong);
    } else {
      const char byte = static_cast<char>(input.front());
      input = input.subspan(1);
      step = consume(byte);
    }
    if (step.kind != Kind::more) return step;
  }
  return {Kind::more};
}

/// Handles bytes that are not a delimiter: data of a part, or preamble.
MultipartParser::Step MultipartParser::emit_data(Input bytes) {
  if (position_ == Position::data) return bytes.empty() ? Step{} : Step{Kind::data, bytes};
  section_bytes_ += bytes.size();
  return section_bytes_ > limits_.preamble ? fail(kPreambleTooLong) : Step{};
}

/// Searches a delimiter. Its first byte is the only CR in it, so after a mismatch no delimiter can have
/// started inside the compared bytes.
MultipartParser::Step MultipartParser::search(Input& input) {
  std::size_t from = 0;
  while (from < input.size()) {
    const void* found = std::memchr(input.data() + from, '\r', input.size() - from);
    if (found == nullptr) break;
    const auto at = static_cast<std::size_t>(static_cast<const std::byte*>(found) - input.data());
    const std::size_t size = std::min(input.size() - at, delimiter_.size());
    if (equal_bytes(input.subspan(at, size), delimiter_)) {
      const bool whole = size == delimiter_.size();
      const Input before = input.first(at);
      // The data before a complete delimiter is returned first; the next call finds the delimiter again.
      input = input.subspan(whole && at > 0 ? at : at + size);
      if (whole && at == 0) return end_of_delimiter();
      matched_ = whole ? 0 : size;
      return emit_data(before);
    }
    from = at + 1;
  }
  return emit_data(std::exchange(input, {}));
}

/// Continues a delimiter that started in an earlier block.
MultipartParser::Step MultipartParser::continue_delimiter(Input& input) {
  const std::size_t size = std::min(input.size(), delimiter_.size() - matched_);
  const std::string_view rest = std::string_view(delimiter_).substr(matched_, size);
  if (equal_bytes(input.first(size), rest)) {
    matched_ += size;
    input = input.subspan(size);
    return matched_ == delimiter_.size() ? end_of_delimiter() : Step{};
  }
  const std::string_view kept = std::string_view(delimiter_).substr(implied_, matched_ - implied_);
  matched_ = implied_ = 0;
  return emit_data(std::as_bytes(std::span(kept)));
}

MultipartParser::Step MultipartParser::end_of_delimiter() {
  matched_ = implied_ = 0;
  section_bytes_ = 0;
  position_ = Position::delimiter;
  return {std::exchange(part_open_, false) ? Kind::part_end : Kind::more};
}

MultipartParser::Step MultipartParser::consume(char byte) {
  switch (position_) {
    case Position::padding_lf:
      return byte == '\n' ? start_header() : fail(kBadDelimiter);
    case Position::line:
      return in_line(byte);
    case Position::line_lf:
      return byte == '\n' ? end_of_line() : fail(kBadPartHeader);
    default:
      return after_delimiter(byte);
  }
}

MultipartParser::Step MultipartParser::after_delimiter(char byte) {
  if (position_ == Position::dash) {
    if (byte != '-') return fail(kBadDelimiter);
    position_ = Position::epilogue;
    return {Kind::end};
  }
  if (byte == '-' && position_ == Position::delimiter) {
    position_ = Position::dash;
    return {};
  }
  position_ = byte == '\r' ? Position::padding_lf : Position::padding;
  const bool fits = byte == '\r' || byte == ' ' || byte == '\t';
  return fits && ++section_bytes_ <= kMaxPaddingBytes ? Step{} : fail(kBadDelimiter);
}

MultipartParser::Step MultipartParser::start_header() {
  if (++parts_ > limits_.parts) return fail(kTooManyParts);
  fields_.clear();
  line_.clear();
  section_bytes_ = lines_ = 0;
  position_ = Position::line;
  return {};
}

MultipartParser::Step MultipartParser::in_line(char byte) {
  if (++section_bytes_ > limits_.header_bytes) return fail(kPartHeaderTooLong);
  if (byte == '\r') {
    position_ = Position::line_lf;
    return {};
  }
  if (is_part_control(byte)) return fail(kBadPartHeader);
  line_ += byte;
  return {};
}

MultipartParser::Step MultipartParser::end_of_line() {
  position_ = Position::line;
  if (line_.empty()) return end_of_header();
  if (++lines_ > limits_.header_lines) return fail(kPartHeaderTooLong);
  auto field = parse_part_field(line_);
  if (!field) return fail(kBadPartHeader);
  fields_.push_back(std::move(*field));
  line_.clear();
  return {};
}

MultipartParser::Step MultipartParser::end_of_header() {
  std::size_t dispositions = 0;
  for (const Field& known : fields_) {
    if (equals_ignore_case(known.name, "Content-Disposition") && ++dispositions > 1)
      return fail(kDuplicateDisposition);
    if (equals_ignore_case(known.name, "Content-Type") &&
        equals_ignore_case(known.value.substr(0, 10), "multipart/")) {
      return fail(kNestedMultipart);
    }
    if (!equals_ignore_case(known.name, "Content-Transfer-Encoding")) continue;
    const bool plain = equals_ignore_case(known.value, "binary") || equals_ignore_case(known.value, "8bit") ||
                       equals_ignore_case(known.value, "7bit");
    if (!plain) return fail(kEncodedPart);
  }
  position_ = Position::data;
  part_open_ = true;
  matched_ = implied_ = 2;  // the empty line may belong to a delimiter that follows
  return {Kind::part};
}

}  // namespace convert::server::http
