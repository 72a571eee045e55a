// SPDX-License-Identifier: MIT
#pragma once

#include <stop_token>
#include <string>

#include "storage/s3/s3_context.hpp"

namespace convert::storage {

/// Copies an object within the service: in one request, or in parts if the service finds it too large for
/// that (S3: above 5 GB). Errors: `not_found`, those of the service.
Result<void> copy_object(S3Context& context, const std::string& from, const std::string& to,
                         const std::stop_token& stop);

/// The same in parts of `S3Sizes::copy_part`.
Result<void> copy_object_in_parts(S3Context& context, const std::string& from, const std::string& to,
                                  const std::stop_token& stop);

}  // namespace convert::storage
