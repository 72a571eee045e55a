// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include <convert/format.hpp>
#include <convert/output_spec.hpp>
#include <convert/result.hpp>

namespace convert::engine {

/// Checks a spec as far as that can be done without the inputs, and calls its format by its own name. Without
/// formats (nobody who converts is known yet) only what holds for every format is checked. Errors:
/// `invalid_argument`, `unsupported`.
Result<OutputSpec> normalize_spec(OutputSpec spec, std::span<const Format> formats);

}  // namespace convert::engine
