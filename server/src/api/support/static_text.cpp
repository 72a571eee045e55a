// SPDX-License-Identifier: MIT
#include "api/support/static_text.hpp"

#include <utility>

namespace convert::server::api {

Response static_text(std::string_view type, std::shared_ptr<const std::string> text, std::string_view tag) {
  Response response;
  response.body = std::move(text);
  return std::move(response)
      .with("Content-Type", type)
      .with("ETag", tag)
      .with("Cache-Control", "public, no-cache");
}

}  // namespace convert::server::api
