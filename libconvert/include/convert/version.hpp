// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include <convert/export.hpp>

namespace convert {

/// The library's version, "MAJOR.MINOR.PATCH" (semver.org).
CONVERT_API std::string_view version() noexcept;

}  // namespace convert
