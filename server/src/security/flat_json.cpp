// SPDX-License-Identifier: MIT
#include "security/flat_json.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace convert::server::security {
namespace {

constexpr std::size_t kMostMembers = 32;
constexpr std::size_t kMostDigits = 15;

}  // namespace

/// Reads from the front; what fails gives nothing, and the rest is of no more use.
class FlatJson::Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool skip(char mark) {
    skip_space();
    if (!rest_.starts_with(mark)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool at_end() {
    skip_space();
    return rest_.empty();
  }

  std::optional<std::string_view> text() {
    if (!skip('"')) return {};
    const auto end = std::find_if(rest_.begin(), rest_.end(), [](char c) {
      return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
    });
    if (end == rest_.end() || *end != '"') return {};
    const auto size = static_cast<std::size_t>(end - rest_.begin());
    const auto found = rest_.substr(0, size);
    rest_.remove_prefix(size + 1);
    return found;
  }

  std::optional<Value> value() {
    skip_space();
    if (rest_.starts_with('"')) {
      const auto found = text();
      return found ? std::optional<Value>(*found) : std::nullopt;
    }
    for (const std::string_view word : {"true", "false", "null"}) {
      if (!rest_.starts_with(word)) continue;
      rest_.remove_prefix(word.size());
      return Other{};
    }
    return number();
  }

 private:
  void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size())); }

  std::optional<Value> number() {
    const bool negative = rest_.starts_with('-');
    const auto digits = rest_.substr(negative ? 1 : 0);
    const auto count = std::min(digits.find_first_not_of("0123456789"), digits.size());
    if (count == 0 || count > kMostDigits || (count > 1 && digits.front() == '0')) return {};
    std::int64_t found = 0;
    std::from_chars(digits.data(), digits.data() + count, found);
    rest_ = digits.substr(count);
    return Value(negative ? -found : found);
  }

  std::string_view rest_;
};

std::optional<FlatJson> FlatJson::parse(std::string_view text) {
  Scanner scanner(text);
  FlatJson object;
  if (!scanner.skip('{')) return {};
  for (bool first = true; !scanner.skip('}'); first = false) {
    if (!first && !scanner.skip(',')) return {};
    const auto name = scanner.text();
    if (!name || object.has(*name) || object.members_.size() == kMostMembers || !scanner.skip(':')) return {};
    const auto value = scanner.value();
    if (!value) return {};
    object.members_.emplace_back(*name, *value);
  }
  if (!scanner.at_end()) return {};
  return object;
}

const FlatJson::Value* FlatJson::find(std::string_view name) const noexcept {
  for (const auto& [known, value] : members_) {
    if (known == name) return &value;
  }
  return nullptr;
}

bool FlatJson::has(std::string_view name) const noexcept { return find(name) != nullptr; }

std::optional<std::string_view> FlatJson::text(std::string_view name) const noexcept {
  const Value* value = find(name);
  const auto* found = value ? std::get_if<std::string_view>(value) : nullptr;
  return found ? std::optional(*found) : std::nullopt;
}

std::optional<std::int64_t> FlatJson::number(std::string_view name) const noexcept {
  const Value* value = find(name);
  const auto* found = value ? std::get_if<std::int64_t>(value) : nullptr;
  return found ? std::optional(*found) : std::nullopt;
}

}  // namespace convert::server::security
