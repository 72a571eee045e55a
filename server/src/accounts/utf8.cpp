// SPDX-License-Identifier: MIT
#include "accounts/utf8.hpp"

#include "base/utf8.hpp"

namespace convert::server::accounts {

std::optional<std::vector<char32_t>> code_points_of(std::string_view text) {
  std::vector<char32_t> characters;
  if (!base::is_utf8(text)) return {};
  while (!text.empty()) characters.push_back(base::take_code_point(text));
  return characters;
}

}  // namespace convert::server::accounts
