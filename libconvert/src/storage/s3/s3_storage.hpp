// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include <convert/s3_storage.hpp>

#include "net/aws/aws_credentials.hpp"
#include "storage/s3/s3_options.hpp"

namespace convert::storage {

/// As `s3_storage`, with chosen sizes and credentials. For tests.
Result<std::shared_ptr<Storage>> open_s3_storage(const S3Options& options, const S3Sizes& sizes,
                                                 std::shared_ptr<net::AwsCredentialProvider> credentials);

/// A start for a list that finds the same keys as `after`, which may be any text: services refuse some bytes.
std::string list_start(std::string_view after);

/// Content-Disposition with this file name (RFC 6266), in ASCII.
std::string content_disposition(std::string_view file_name, bool attachment);

}  // namespace convert::storage
