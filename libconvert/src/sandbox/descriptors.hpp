// SPDX-License-Identifier: MIT
#pragma once

#include <convert/result.hpp>

#include "io/system.hpp"

namespace convert::sandbox {

/// Opens /dev/null above the numbers of the standard streams, and makes it those of them that are closed, so
/// that no other descriptor can get their numbers.
Result<io::Descriptor> occupy_standard_streams();

/// Makes the standard streams `nothing`, and closes every other descriptor but these two.
Result<void> keep_only(int one, int other, int nothing);

}  // namespace convert::sandbox
