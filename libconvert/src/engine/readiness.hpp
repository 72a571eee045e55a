// SPDX-License-Identifier: MIT
#pragma once

#include "engine/engine_context.hpp"

namespace convert::engine {

/// Whether everything that running a job takes is there. Errors: as Engine::ready.
Result<void> check_ready(const EngineContext& context);

}  // namespace convert::engine
