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

#include <convert/io.hpp>
#include <convert/json.hpp>
#include <convert/result.hpp>

namespace convert::fuzz {

/// Gives memory out once, from front to back, in pieces of odd sizes, as a socket does.
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

/// Ends the process, so that the fuzzer keeps the input, and says why.
[[noreturn]] inline void fail(const char* why) {
  std::fprintf(stderr, "Broken promise: %s\n", why);
  std::abort();
}

/// A refusal has to be the input's fault and to say so: never a defect.
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
