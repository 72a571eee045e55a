// SPDX-License-Identifier: MIT
#pragma once

namespace convert::test {

/// After `allocations` more allocations, every allocation of the calling thread throws `std::bad_alloc`.
void fail_allocations_after(int allocations);

}  // namespace convert::test
