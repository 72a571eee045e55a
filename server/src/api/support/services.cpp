// SPDX-License-Identifier: MIT
#include "api/support/services.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "api/support/problems.hpp"

namespace convert::server::api {
namespace {

constexpr unsigned kProbeThreads = 2;

Problem busy(std::string_view detail, std::chrono::seconds retry_after) {
  return make_problem(503, "busy", detail, retry_after);
}

}  // namespace

TaskServices::TaskServices(Engine& engine, AccountStore& accounts, security::SecretProvider& secrets,
                           const ApiOptions& options, const std::function<Time()>& now, Log log,
                           std::function<void(const std::string&)> account_removed)
    : shared_list_cache_(std::make_shared<TaskListCache>()),
      quotas(engine, accounts, now),
      uploads(options.max_uploads, busy("The maximum number of uploads is running. Try again in a moment.",
                                        std::chrono::seconds(1))),
      streams(options.max_streaming_conversions,
              busy("The maximum number of streaming conversions is running. Try again soon.",
                   std::chrono::seconds(2))),
      event_streams(
          options.max_event_streams,
          busy("The maximum number of event streams is open. Poll the task instead.",
               std::chrono::seconds(5)),
          options.max_event_streams_per_account,
          make_problem(429, "too_many_listeners",
                       "Your account has the maximum number of event streams open. Close one first.",
                       std::chrono::seconds(5))),
      maintenance(MaintenanceParts{engine, accounts, quotas, secrets, now, std::move(log),
                                   std::move(account_removed)}),
      conversions(std::max(1U, options.max_streaming_conversions)),
      probe_threads(kProbeThreads) {
  changes_ = engine.watch_changes([list_cache = shared_list_cache_](std::span<const Change> changes) {
    for (const Change& change : changes) list_cache->note_revision(change.owner, change.revision);
  });
}

TaskServices::~TaskServices() { closing_.request_stop(); }

}  // namespace convert::server::api
