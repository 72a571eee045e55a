// SPDX-License-Identifier: MIT
#pragma once

namespace convert::test {

/// From now on the calling thread gets memory so many times, and then none to its end: `std::bad_alloc`.
void fail_allocations_after(int allocations);

}  // namespace convert::test
