// SPDX-License-Identifier: MIT
#pragma once

#include <convert/result.hpp>

#include "base/file_descriptor.hpp"

namespace convert::sandbox {

/// Opens /dev/null above the numbers of the standard streams, and makes it those of them that are closed, so
/// that no other descriptor can get their numbers.
Result<base::Descriptor> occupy_standard_streams();

/// Makes the standard streams `null_device`, and closes every other descriptor but these two.
Result<void> close_other_descriptors(int one, int other, int null_device);

}  // namespace convert::sandbox
