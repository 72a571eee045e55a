// SPDX-License-Identifier: MIT
#include "api/formats.hpp"

#include <chrono>
#include <utility>

#include "api/format_text.hpp"
#include "api/static_text.hpp"
#include "api/wanted.hpp"

namespace convert::server::api {

Async<Response> list_formats(Services& services, Request&) {
  const auto execution = services.engine.execution();
  if (!execution) co_return service_starting();
  auto text = services.formats.get(execution);
  co_return static_text("application/json", std::move(text.json), text.tag);
}

}  // namespace convert::server::api
