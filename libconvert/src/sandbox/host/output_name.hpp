// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace convert::sandbox {

/// What `Outputs::create` may be given: a relative path in UTF-8, of at most 4096 bytes, whose parts are
/// neither empty nor "." nor "..".
bool is_output_name(std::string_view name);

}  // namespace convert::sandbox
