// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include <convert/job.hpp>

#include "engine/active_claims.hpp"
#include "engine/engine_context.hpp"

namespace convert::engine {

/// What became of a worker's word.
enum class RecordStatus : std::uint8_t {
  applied,     ///< the store has it
  claim_lost,  ///< the claim is no longer right: somebody else speaks for the job
  rejected,    ///< the claim is right, but this can't be recorded
  unknown,     ///< the store could not be asked to the end; whether it has it is not known
};

/// That, and why it was not taken.
struct RecordResult {
  RecordStatus status = RecordStatus::unknown;
  Job job{};  ///< after it, if it was applied
  Error error{};
};

/// Says an event of a claim to the store; while the store is busy or away, again and again as long as the
/// lease lives.
RecordResult record_event(EngineContext& context, const RunningJob& running, const Event& event);

}  // namespace convert::engine
