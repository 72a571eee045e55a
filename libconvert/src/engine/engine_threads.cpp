// SPDX-License-Identifier: MIT
#include "engine/engine_threads.hpp"

#include <fmt/format.h>

#include "engine/housekeeping.hpp"

namespace convert::engine {

EngineThreads::EngineThreads(EngineContext& context)
    : context_(context),
      heartbeat_(context),
      cancellation_poller_(context),
      job_threads_(context),
      queue_listener_(context, job_threads_),
      sweep_(context.options.sweep_interval, [this](const std::stop_token&) { sweep(); }),
      cleanup_(context.options.cleanup_interval, [this](const std::stop_token& stop) { clean_up(stop); }) {
  job_threads_.notify_work();  // what was left, or submitted before
}

EngineThreads::~EngineThreads() {
  job_threads_.close();
  context_.claims.release_all();
}

void EngineThreads::close(std::chrono::milliseconds grace) {
  job_threads_.close();
  job_threads_.wait_until_idle(grace);
}

void EngineThreads::sweep() {
  if (auto expired = expire_leases(context_); !expired) {
    context_.log.warning(0, fmt::format("Lapsed leases can't be looked for: {}", expired.error().message));
  }
  job_threads_.notify_work();
}

void EngineThreads::clean_up(const std::stop_token& stop) {
  if (auto retired = apply_retention(context_, stop); !retired) {
    context_.log.warning(0, fmt::format("Retention has to wait: {}", retired.error().message));
  }
  if (auto removed = remove_orphans(context_, stop); !removed) {
    context_.log.warning(0, fmt::format("Orphans have to wait: {}", removed.error().message));
  }
}

}  // namespace convert::engine
