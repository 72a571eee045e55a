// SPDX-License-Identifier: MIT
#pragma once

/// CONVERT_FAULT_POINT("room.step"): a named step at which the fault tests kill or stop the process. Expands
/// to nothing unless CONVERT_FAULT_POINTS is defined.
#ifdef CONVERT_FAULT_POINTS
namespace convert::base {
void fault_point(const char* name);  // defined by the test program
}
#define CONVERT_FAULT_POINT(name) ::convert::base::fault_point(name)
#else
#define CONVERT_FAULT_POINT(name) static_cast<void>(0)
#endif
