// SPDX-License-Identifier: MIT
#include "api/support/user_bytes.hpp"

#include "http/message/content_disposition.hpp"

namespace convert::server::api {
namespace {

/// Anything drawn by a program is a program.
bool is_displayable(std::string_view type) {
  return type.starts_with("audio/") || type.starts_with("video/") ||
         (type.starts_with("image/") && type != "image/svg+xml");
}

}  // namespace

void set_user_content_headers(Response& response, std::string_view content_type, std::string_view file_name,
                              bool by_link, std::string_view cache_control) {
  const std::string_view type = content_type.empty() ? "application/octet-stream" : content_type;
  response.with("Content-Type", type)
      .with("Content-Disposition", http::content_disposition(!is_displayable(type), file_name))
      .with("Content-Security-Policy", "sandbox; default-src 'none'")
      .with("Cross-Origin-Resource-Policy", by_link ? "cross-origin" : "same-site")
      .with("Cache-Control", cache_control);
}

}  // namespace convert::server::api
