// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/http.hpp>
#include <string>
#include <string_view>

namespace convert::server::api {

/// The fields of an answer with bytes that a user has sent, or that were made of them: no browser runs them,
/// whatever they are, and shows only sound, moving pictures and raster images.
/// `by_link`: pages of any site may show them; whoever made the link gave it to them.
void set_user_content_headers(Response& response, std::string_view content_type, std::string_view file_name,
                              bool by_link, std::string_view cache_control = "private, no-cache");

}  // namespace convert::server::api
