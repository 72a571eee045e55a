// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/http.hpp>
#include <memory>
#include <string>
#include <string_view>

namespace convert::server::api {

/// 200 with a text that is the same for everybody, and may be kept as long as its ETag is asked for.
Response static_text(std::string_view type, std::shared_ptr<const std::string> text, std::string_view tag);

}  // namespace convert::server::api
