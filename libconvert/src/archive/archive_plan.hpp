// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include <convert/output_spec.hpp>
#include <convert/plan.hpp>

#include "archive/archive_formats.hpp"
#include "archive/conversion_context.hpp"

namespace convert::archive {

/// What a conversion to `target` would do.
Result<Plan> plan_archive(std::span<const Input> inputs, const OutputSpec& spec, ArchiveFormat target,
                          ConversionContext& context);

/// The plan for one input, for `plan` and for the report. `from`: name of its format, or "file".
StreamPlan stream_plan(int input, std::string_view from, ArchiveFormat target, const OutputSpec& spec);

}  // namespace convert::archive
