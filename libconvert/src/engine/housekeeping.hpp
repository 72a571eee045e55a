// SPDX-License-Identifier: MIT
#pragma once

#include <stop_token>

#include "engine/engine_context.hpp"

/// What has to be done from time to time, by any engine, whether it runs jobs or not. Doing it twice, or in
/// two engines at once, does no harm.
namespace convert::engine {

/// Finds leases that have run out; the jobs are queued again.
Result<void> expire_leases(EngineContext& context);

/// Retention: drops inputs, outputs, records and lines of the log whose time has come.
Result<void> apply_retention(EngineContext& context, const std::stop_token& stop);

/// Removes blobs that are old enough and belong to no job.
Result<void> remove_orphans(EngineContext& context, const std::stop_token& stop);

}  // namespace convert::engine
