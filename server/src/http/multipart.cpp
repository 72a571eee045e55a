// SPDX-License-Identifier: MIT
#include "http/multipart.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "http/field_values.hpp"

namespace convert::server::http {
namespace {

constexpr std::size_t longest_boundary = 70;
constexpr std::size_t longest_padding = 256;

constexpr std::string_view long_preamble = "There is too much before the first part of the form.";
constexpr std::string_view long_epilogue = "There is too much behind the last part of the form.";
constexpr std::string_view bad_delimiter =
    "A line of the form begins as a boundary does and goes on otherwise.";
constexpr std::string_view bad_header = "The header of a part of the form is not valid.";
constexpr std::string_view long_header = "The header of a part of the form is too long.";
constexpr std::string_view many_parts = "The form has too many parts.";
constexpr std::string_view nested = "The parts of a form may not be multipart themselves.";
constexpr std::string_view doubled = "A part of the form has two fields Content-Disposition. Send one.";
constexpr std::string_view encoded = "The parts of a form have to be sent as they are (8bit or binary).";
constexpr std::string_view cut = "The form ends before its last boundary.";

bool is_boundary_character(char byte) noexcept {
  constexpr std::string_view others = "'()+_,-./:=? ";
  return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
         others.find(byte) != others.npos;
}

bool is_control(char byte) noexcept {
  return (static_cast<unsigned char>(byte) < 0x20 && byte != '\t') || byte == 0x7F;
}

std::optional<Field> parse_line(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == line.npos || !is_token(line.substr(0, colon))) return {};
  return Field{std::string(line.substr(0, colon)), std::string(trimmed(line.substr(colon + 1)))};
}

/// As few bytes as they are, compared by the processor's best way.
bool same(std::span<const std::byte> bytes, std::string_view text) noexcept {
  return std::memcmp(bytes.data(), text.data(), bytes.size()) == 0;
}

}  // namespace

Multipart::Multipart(std::string_view boundary, MultipartLimits limits)
    : limits_(limits), delimiter_("\r\n--") {
  delimiter_ += boundary;
}

bool Multipart::is_boundary(std::string_view text) noexcept {
  return !text.empty() && text.size() <= longest_boundary && text.back() != ' ' &&
         std::all_of(text.begin(), text.end(), is_boundary_character);
}

std::optional<std::string_view> Multipart::field(std::string_view name) const noexcept {
  for (const Field& field : fields_) {
    if (same_text(field.name, name)) return field.value;
  }
  return {};
}

std::optional<std::string_view> Multipart::finish() const noexcept {
  if (place_ == Place::bad) return why_;
  return place_ == Place::epilogue ? std::nullopt : std::optional(cut);
}

Multipart::Step Multipart::refuse(std::string_view why) noexcept {
  place_ = Place::bad;
  why_ = why;
  return {Kind::bad, {}, why};
}

Multipart::Step Multipart::next(Input& input) {
  if (place_ == Place::bad) return {Kind::bad, {}, why_};
  while (!input.empty()) {
    Step step;
    if (place_ == Place::preamble || place_ == Place::data) {
      step = matched_ > 0 ? go_on(input) : search(input);
    } else if (place_ == Place::epilogue) {
      counted_ += input.size();
      input = {};
      if (counted_ > limits_.epilogue) return refuse(long_epilogue);
    } else {
      const char byte = static_cast<char>(input.front());
      input = input.subspan(1);
      step = take(byte);
    }
    if (step.kind != Kind::more) return step;
  }
  return {Kind::more};
}

/// Bytes that are no delimiter: data of a part, or nothing worth keeping.
Multipart::Step Multipart::pass(Input bytes) {
  if (place_ == Place::data) return bytes.empty() ? Step{} : Step{Kind::data, bytes};
  counted_ += bytes.size();
  return counted_ > limits_.preamble ? refuse(long_preamble) : Step{};
}

/// A delimiter begins with the only CR in it: where one ends early, none can have begun within.
Multipart::Step Multipart::search(Input& input) {
  std::size_t from = 0;
  while (from < input.size()) {
    const void* found = std::memchr(input.data() + from, '\r', input.size() - from);
    if (found == nullptr) break;
    const auto at = static_cast<std::size_t>(static_cast<const std::byte*>(found) - input.data());
    const std::size_t size = std::min(input.size() - at, delimiter_.size());
    if (same(input.subspan(at, size), delimiter_)) {
      const bool whole = size == delimiter_.size();
      const Input before = input.first(at);
      // What stands before a whole one goes out first; the delimiter is found again.
      input = input.subspan(whole && at > 0 ? at : at + size);
      if (whole && at == 0) return delimited();
      matched_ = whole ? 0 : size;
      return pass(before);
    }
    from = at + 1;
  }
  return pass(std::exchange(input, {}));
}

/// Goes on with a delimiter whose beginning was in an earlier block.
Multipart::Step Multipart::go_on(Input& input) {
  const std::size_t size = std::min(input.size(), delimiter_.size() - matched_);
  const std::string_view rest = std::string_view(delimiter_).substr(matched_, size);
  if (same(input.first(size), rest)) {
    matched_ += size;
    input = input.subspan(size);
    return matched_ == delimiter_.size() ? delimited() : Step{};
  }
  const std::string_view kept = std::string_view(delimiter_).substr(borrowed_, matched_ - borrowed_);
  matched_ = borrowed_ = 0;
  return pass(std::as_bytes(std::span(kept)));
}

Multipart::Step Multipart::delimited() {
  matched_ = borrowed_ = 0;
  counted_ = 0;
  place_ = Place::delimiter;
  return {std::exchange(open_, false) ? Kind::part_end : Kind::more};
}

Multipart::Step Multipart::take(char byte) {
  switch (place_) {
    case Place::padding_lf:
      return byte == '\n' ? begin_header() : refuse(bad_delimiter);
    case Place::line:
      return in_line(byte);
    case Place::line_lf:
      return byte == '\n' ? end_of_line() : refuse(bad_header);
    default:
      return behind_delimiter(byte);
  }
}

Multipart::Step Multipart::behind_delimiter(char byte) {
  if (place_ == Place::dash) {
    if (byte != '-') return refuse(bad_delimiter);
    place_ = Place::epilogue;
    return {Kind::end};
  }
  if (byte == '-' && place_ == Place::delimiter) {
    place_ = Place::dash;
    return {};
  }
  place_ = byte == '\r' ? Place::padding_lf : Place::padding;
  const bool fits = byte == '\r' || byte == ' ' || byte == '\t';
  return fits && ++counted_ <= longest_padding ? Step{} : refuse(bad_delimiter);
}

Multipart::Step Multipart::begin_header() {
  if (++parts_ > limits_.parts) return refuse(many_parts);
  fields_.clear();
  line_.clear();
  counted_ = lines_ = 0;
  place_ = Place::line;
  return {};
}

Multipart::Step Multipart::in_line(char byte) {
  if (++counted_ > limits_.header_bytes) return refuse(long_header);
  if (byte == '\r') {
    place_ = Place::line_lf;
    return {};
  }
  if (is_control(byte)) return refuse(bad_header);
  line_ += byte;
  return {};
}

Multipart::Step Multipart::end_of_line() {
  place_ = Place::line;
  if (line_.empty()) return end_of_header();
  if (++lines_ > limits_.header_lines) return refuse(long_header);
  auto field = parse_line(line_);
  if (!field) return refuse(bad_header);
  fields_.push_back(std::move(*field));
  line_.clear();
  return {};
}

Multipart::Step Multipart::end_of_header() {
  std::size_t dispositions = 0;
  for (const Field& known : fields_) {
    if (same_text(known.name, "Content-Disposition") && ++dispositions > 1) return refuse(doubled);
    if (same_text(known.name, "Content-Type") && same_text(known.value.substr(0, 10), "multipart/")) {
      return refuse(nested);
    }
    if (!same_text(known.name, "Content-Transfer-Encoding")) continue;
    const bool plain =
        same_text(known.value, "binary") || same_text(known.value, "8bit") || same_text(known.value, "7bit");
    if (!plain) return refuse(encoded);
  }
  place_ = Place::data;
  open_ = true;
  matched_ = borrowed_ = 2;  // the empty line may be the beginning of the delimiter that follows
  return {Kind::part};
}

}  // namespace convert::server::http
