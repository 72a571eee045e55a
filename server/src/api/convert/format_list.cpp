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
namespace {

constexpr std::chrono::seconds kRetryElsewhere{60};  // a balancer may choose another host

}  // namespace

Outcome<std::shared_ptr<const Execution>> local_execution(const Services& services) {
  if (auto execution = services.engine.execution()) {
    return std::shared_ptr<const Execution>(std::move(execution));
  }
  if (!services.options.jobs_run_elsewhere) return service_starting();
  return make_problem(
      503, "no_workers",
      "This host has no workers of its own for probes, plans and streaming conversions. Create "
      "a task instead: POST /api/tasks.",
      kRetryElsewhere);
}

FormatListCache::Text FormatListCache::get(std::span<const Format> formats) {
  const std::scoped_lock lock(mutex_);
  if (formats_ != formats.data()) {
    text_.json = std::make_shared<const std::string>(to_json(formats));
    text_.tag = text_tag(*text_.json);
    formats_ = formats.data();
  }
  return text_;
}

Async<Outcome<Response>> list_formats(Services& services, Request&) {
  const KnownFormats formats(services.engine);
  if (!formats) co_return service_starting();
  auto text = services.formats.get(formats.rows());
  co_return static_text("application/json", std::move(text.json), text.tag);
}

}  // namespace convert::server::api
