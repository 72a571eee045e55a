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

/// The part of a plan or report that tells what happens to one input. `from` is its format's name or "file".
StreamPlan stream_plan(int input, std::string_view from, ArchiveFormat target, const OutputSpec& spec);

}  // namespace convert::archive
