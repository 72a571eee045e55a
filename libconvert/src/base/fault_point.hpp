// SPDX-License-Identifier: MIT
#pragma once

/// CONVERT_FAULT_POINT("room.step"): a named instant at which the fault tests kill the process, or make it
/// stop. Nothing in a build that does not define CONVERT_FAULT_POINTS.
#ifdef CONVERT_FAULT_POINTS
namespace convert::base {
void fault_point(const char* name);  // the test program's
}
#define CONVERT_FAULT_POINT(name) ::convert::base::fault_point(name)
#else
#define CONVERT_FAULT_POINT(name) static_cast<void>(0)
#endif
