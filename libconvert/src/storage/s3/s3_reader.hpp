// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <stop_token>

#include <convert/storage.hpp>

#include "storage/s3/s3_context.hpp"

namespace convert::storage {

/// Opens a blob with one request, which also brings its first bytes. What is read in order comes from one
/// request that streams, with a bounded read-ahead; other reads fetch blocks, of which a few are kept. The
/// stream waits while others are read, so that a demuxer which looks at the end of a file first loses
/// nothing.
Result<std::unique_ptr<Reader>> s3_reader(std::shared_ptr<S3Context> context, const Key& key,
                                          const std::stop_token& stop);

}  // namespace convert::storage
