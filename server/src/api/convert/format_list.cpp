// SPDX-License-Identifier: MIT
#include "api/convert/format_list.hpp"

#include <chrono>
#include <utility>

#include <convert/json.hpp>

#include "api/convert/parse_output_spec.hpp"
#include "api/handlers.hpp"
#include "api/support/problems.hpp"
#include "api/support/responses.hpp"

namespace convert::server::api {

FormatListCache::Text FormatListCache::get(const std::shared_ptr<Execution>& execution) {
  const std::scoped_lock lock(mutex_);
  if (execution_.lock() != execution) {
    text_.json = std::make_shared<const std::string>(to_json(execution->formats()));
    text_.tag = text_tag(*text_.json);
    execution_ = execution;
  }
  return text_;
}

Async<Outcome<Response>> list_formats(Services& services, Request&) {
  const auto execution = services.engine.execution();
  if (!execution) co_return service_starting();
  auto text = services.formats.get(execution);
  co_return static_text("application/json", std::move(text.json), text.tag);
}

}  // namespace convert::server::api
