// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <stop_token>
#include <string_view>

#include <convert/storage.hpp>

#include "storage/s3/s3_context.hpp"

namespace convert::storage {

/// A forward-only Writer of a blob. Up to one part is sent at `commit`; more is sent in parts while it is
/// written, a few at a time.
std::unique_ptr<Writer> s3_writer(std::shared_ptr<S3Context> context, const Key& key);

/// `Storage::resume`.
Result<ResumedWriter> resume_s3_writer(std::shared_ptr<S3Context> context, const Key& key,
                                       std::string_view token, const std::stop_token& stop);

}  // namespace convert::storage
