// SPDX-License-Identifier: MIT
#pragma once

#include <stop_token>

#include "engine/engine_context.hpp"

/// Periodic work. Any engine can do it, started or not. Doing it twice, or in two engines at once, is
/// harmless.
namespace convert::engine {

/// Expires leases; their jobs are queued again.
Result<void> expire_leases(EngineContext& context);

/// Deletes inputs, outputs, records and log entries that are older than their retention.
Result<void> apply_retention(EngineContext& context, const std::stop_token& stop);

/// Deletes blobs that no job references and that are old enough.
Result<void> remove_orphans(EngineContext& context, const std::stop_token& stop);

/// Deletes what uploads and outputs left unfinished in the Storage.
Result<void> remove_unfinished(EngineContext& context);

}  // namespace convert::engine
