// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace convert::server::http {

/// What a status is called (RFC 9110, 15; RFC 6585): "Not Found". Unknown ones by their class.
std::string_view reason_phrase(unsigned status) noexcept;

}  // namespace convert::server::http
