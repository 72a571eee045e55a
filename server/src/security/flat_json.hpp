// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace convert::server::security {

/// A JSON object (RFC 8259) of texts without escapes, whole numbers of at most 15 digits, true, false and
/// null: all that a token of ours has. Views into the text.
class FlatJson {
 public:
  /// Nothing if it is something else, has a name twice, or anything after its end.
  static std::optional<FlatJson> parse(std::string_view text);

  bool has(std::string_view name) const noexcept;
  std::optional<std::string_view> text(std::string_view name) const noexcept;
  std::optional<std::int64_t> number(std::string_view name) const noexcept;

 private:
  struct Other {};
  using Value = std::variant<Other, std::string_view, std::int64_t>;
  class Scanner;
  const Value* find(std::string_view name) const noexcept;

  std::vector<std::pair<std::string_view, Value>> members_;
};

}  // namespace convert::server::security
