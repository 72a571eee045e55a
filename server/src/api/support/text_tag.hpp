// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace convert::server::api {

/// An ETag for a text of ours, with its quotes: FNV-1a of 64 bits, which serves to see changes and no more.
std::string text_tag(std::string_view text);

}  // namespace convert::server::api
