// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <convert/io.hpp>
#include <convert/json.hpp>
#include <convert/result.hpp>

namespace convert::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Removes and returns the first byte; 0 if there is none.
inline std::uint8_t take_byte(std::string_view& text) {
  if (text.empty()) return 0;
  const auto byte = static_cast<std::uint8_t>(text.front());
  text.remove_prefix(1);
  return byte;
}

/// Removes and returns the first line, without its end.
inline std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

/// Splits a text into pieces whose sizes depend on the seed. Each piece is a copy, so that sanitizers notice
/// reads beyond it.
class InputPieces {
 public:
  InputPieces(std::string_view text, std::uint8_t seed) : text_(text), state_(seed) {}
  bool done() const { return text_.empty(); }
  std::string next() {
    state_ = state_ * 1'103'515'245U + 12'345U;
    const std::size_t size = state_ % 4 == 0 ? 1 : 1 + (state_ >> 16) % 40;
    std::string piece(text_.substr(0, size));
    text_.remove_prefix(piece.size());
    return piece;
  }

 private:
  std::string_view text_;
  std::uint32_t state_;
};

/// Reads memory once from front to back, in pieces of odd sizes like a socket.
class ForwardReader : public Reader {
 public:
  explicit ForwardReader(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::optional<std::uint64_t> size() const override { return {}; }
  bool seekable() const override { return false; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    if (offset != position_) return Error{Errc::internal, "A forward-only Reader was asked to seek."};
    const auto count = std::min({into.size(), bytes_.size() - position_, std::size_t{4099}});
    if (count > 0) std::memcpy(into.data(), bytes_.data() + position_, count);
    position_ += count;
    return count;
  }

 private:
  std::span<const std::byte> bytes_;
  std::size_t position_ = 0;
};

/// Prints the reason and aborts, so that the fuzzer keeps the input.
[[noreturn]] inline void fail(const char* why) {
  std::fprintf(stderr, "Broken promise: %s\n", why);
  std::abort();
}

/// An error must have a message and must not be an internal one.
inline void check_refusal(const Error& error) {
  if (error.message.empty()) fail("an error without a message");
  if (error.code == Errc::internal) fail(to_json(error).c_str());
}

/// A Reader of the fuzzer's bytes, seekable or not.
inline std::unique_ptr<Reader> make_reader(std::span<const std::byte> bytes, bool forward_only) {
  if (forward_only) return std::make_unique<ForwardReader>(bytes);
  return memory_reader(bytes);
}

}  // namespace convert::fuzz
