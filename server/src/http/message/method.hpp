// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include <convert/server/field.hpp>

namespace convert::server::http {

/// Of a request line; methods are case-sensitive (RFC 9110, 9.1). Unknown ones are `other`.
Method parse_method(std::string_view text) noexcept;

}  // namespace convert::server::http
