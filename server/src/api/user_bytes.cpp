// SPDX-License-Identifier: MIT
#include "api/user_bytes.hpp"

#include <algorithm>
#include <array>

#include "http/disposition.hpp"

namespace convert::server::api {
namespace {

constexpr std::array<std::string_view, 4> kRasterImages{"image/png", "image/jpeg", "image/gif", "image/webp"};

bool may_be_shown(std::string_view type) {
  return type.starts_with("audio/") || type.starts_with("video/") ||
         std::find(kRasterImages.begin(), kRasterImages.end(), type) != kRasterImages.end();
}

}  // namespace

void describe_user_bytes(Response& response, std::string_view content_type, std::string_view file_name) {
  const std::string_view type = content_type.empty() ? "application/octet-stream" : content_type;
  response.with("Content-Type", type)
      .with("Content-Disposition", http::content_disposition(!may_be_shown(type), file_name))
      .with("Content-Security-Policy", "sandbox; default-src 'none'")
      .with("Cross-Origin-Resource-Policy", "same-site")
      .with("Cache-Control", "private, no-cache");
}

}  // namespace convert::server::api
