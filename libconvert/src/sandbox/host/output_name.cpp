// SPDX-License-Identifier: MIT
#include "sandbox/host/output_name.hpp"

#include <cstddef>

#include "base/utf8.hpp"

namespace convert::sandbox {
namespace {

constexpr std::size_t kMaxOutputNameBytes = 4096;

}  // namespace

bool is_output_name(std::string_view name) {
  if (name.size() > kMaxOutputNameBytes || name.find('\0') != std::string_view::npos || !base::is_utf8(name))
    return false;
  for (std::string_view rest = name;;) {
    const auto slash = rest.find('/');
    const auto part = rest.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (slash == std::string_view::npos) return true;
    rest.remove_prefix(slash + 1);
  }
}

}  // namespace convert::sandbox
