// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "option.hpp"

namespace convertd {

/// What one source says of one option.
struct Said {
  const Option* option = nullptr;
  std::string text;
  std::string where;  ///< for messages: "--listen", "CONVERTD_LISTEN", "/etc/convertd.conf, line 3, listen"
};

/// What one source says of it; null: nothing.
inline const Said* find_said(const std::vector<Said>& all, const Option& option) {
  for (const auto& said : all) {
    if (said.option == &option) return &said;
  }
  return nullptr;
}

/// Adds to what a source has said so far. Of a list, what is said again comes behind; of others it is an
/// error.
Result<void> add(std::vector<Said>& all, Said said);

}  // namespace convertd
