// SPDX-License-Identifier: MIT
#include "api/support/openapi.hpp"

#include <memory>
#include <string>

#include "api/support/static_text.hpp"
#include "api/support/text_tag.hpp"

namespace convert::server::api {

Async<Response> show_openapi(Services&, Request&) {
  static const auto text = std::make_shared<const std::string>(openapi_text());
  static const std::string tag = text_tag(*text);
  co_return static_text("application/json", text, tag);
}

}  // namespace convert::server::api
