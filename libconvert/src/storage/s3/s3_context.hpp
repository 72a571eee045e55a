// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "storage/s3/part_buffer.hpp"
#include "storage/s3/s3_options.hpp"
#include "storage/s3/s3_service.hpp"
#include "storage/s3/upload_cleaner.hpp"

namespace convert::storage {

/// What an S3 storage and its Readers and Writers share.
struct S3Context {
  S3Context(const S3Options& options, const S3Sizes& chosen_sizes, std::shared_ptr<S3Service> connected)
      : service(std::move(connected)),
        sizes(chosen_sizes),
        memory(options.buffer_memory, options.temporary_folder),
        cleaner(service) {}

  const std::shared_ptr<S3Service> service;
  const S3Sizes sizes;
  PartMemory memory;
  UploadCleaner cleaner;
};

}  // namespace convert::storage
