// SPDX-License-Identifier: MIT
#pragma once

#include <convert/output_spec.hpp>

#include "media/plan/media_plan.hpp"
#include "media/demuxer.hpp"

namespace convert::media {

/// Fills in what `plan` can say of size and effort.
void estimate(Plan& plan, const Demuxer& demuxer, const MediaPlan& media_plan, const OutputSpec& spec);

}  // namespace convert::media
