// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/http.hpp>
#include <string>
#include <string_view>

namespace convert::server::api {

Response message(std::string_view text);  ///< 200 {"message": text}
Response no_content();                    ///< 204
/// 200 with JSON that no cache may keep: tokens, keys.
Response secret_json(std::string text);

}  // namespace convert::server::api
