// SPDX-License-Identifier: MIT
#include "api/support/text_tag.hpp"

#include <fmt/format.h>

namespace convert::server::api {

std::string text_tag(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;                                     // FNV's offset basis
  for (const unsigned char byte : text) hash = (hash ^ byte) * 0x100000001b3;  // FNV's prime
  return fmt::format("\"{:016x}\"", hash);
}

}  // namespace convert::server::api
