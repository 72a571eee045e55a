// SPDX-License-Identifier: MIT
#include "api/support/services.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace convert::server::api {
namespace {

constexpr unsigned kProbeThreads = 2;

}  // namespace

TaskServices::TaskServices(Engine& engine, AccountStore& accounts, security::SecretProvider& secrets,
                           const ApiOptions& options, std::function<Time()> now, Log log,
                           std::function<void(const std::string&)> account_removed)
    : shared_list_cache_(std::make_shared<TaskListCache>()),
      quotas(engine, accounts, now),
      uploads(options.max_uploads),
      streams(options.max_streaming_conversions),
      event_streams(options.max_event_streams, options.max_event_streams_per_account),
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
