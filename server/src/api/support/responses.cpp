// SPDX-License-Identifier: MIT
#include "api/support/responses.hpp"

#include <utility>

#include "base/json_writer.hpp"

namespace convert::server::api {

Response message(std::string_view text) {
  base::JsonWriter writer;
  writer.begin_object().key("message").text(text).end_object();
  return server::json_response(200, std::move(writer).take());
}

Response no_content() {
  Response response;
  response.status = 204;
  return response;
}

Response secret_json(std::string text) {
  return server::json_response(200, std::move(text)).with("Cache-Control", "no-store");
}

}  // namespace convert::server::api
