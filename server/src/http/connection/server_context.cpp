// SPDX-License-Identifier: MIT
#include "http/connection/server_context.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <random>

namespace convert::server::http {
namespace {

bool is_id_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == '-';
}

}  // namespace

RequestIdGenerator::RequestIdGenerator() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::random_device random;
  std::uniform_int_distribution<std::size_t> any(0, digits.size() - 1);
  for (int i = 0; i < 12; ++i) prefix_ += digits[any(random)];
  prefix_ += '-';
}

std::string RequestIdGenerator::make() const {
  char digits[16];
  const std::uint64_t number = next_.fetch_add(1, std::memory_order_relaxed);
  const auto end = std::to_chars(std::begin(digits), std::end(digits), number, 16).ptr;
  std::string id = prefix_;
  return id.append(std::begin(digits), end);
}

bool RequestIdGenerator::is_valid(std::string_view id) noexcept {
  return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), is_id_character);
}

}  // namespace convert::server::http
