// SPDX-License-Identifier: MIT
#include "api/convert/formats.hpp"

#include <chrono>
#include <utility>

#include "api/convert/format_list.hpp"
#include "api/support/static_text.hpp"
#include "api/convert/parse_output_spec.hpp"

namespace convert::server::api {

Async<Response> list_formats(Services& services, Request&) {
  const auto execution = services.engine.execution();
  if (!execution) co_return service_starting();
  auto text = services.formats.get(execution);
  co_return static_text("application/json", std::move(text.json), text.tag);
}

}  // namespace convert::server::api
