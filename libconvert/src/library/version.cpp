// SPDX-License-Identifier: MIT
#include <convert/version.hpp>

namespace convert {

std::string_view version() noexcept { return CONVERT_VERSION; }

}  // namespace convert
