// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace convert::server::http {

/// Writes the header of an answer behind what `out` has. Names and values that could end their line, and so
/// say what nobody meant, are left out.
class ResponseHeadWriter {
 public:
  explicit ResponseHeadWriter(std::string& out) : out_(out) {}

  /// Whether a field can be written: it has a name, and no control character.
  static bool fits(std::string_view name, std::string_view value) noexcept;

  void status(unsigned status);
  void field(std::string_view name, std::string_view value);
  void field(std::string_view name, std::uint64_t value);
  void end() { out_ += "\r\n"; }

 private:
  std::string& out_;
};

}  // namespace convert::server::http
