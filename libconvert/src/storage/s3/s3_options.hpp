// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <convert/s3_storage.hpp>

namespace convert::storage {

/// S3's limits and the sizes chosen within them. Tests make them smaller.
struct S3Sizes {
  /// A part has at least this size, the last one excepted ("Amazon S3 multipart upload limits").
  std::size_t min_part = std::size_t{5} << 20;
  /// The first parts. More than one of them makes an upload in parts.
  std::size_t part = std::size_t{8} << 20;
  /// The size doubles after so many parts, up to `max_part`, so that 10,000 parts hold 500 GB.
  int parts_per_size = 1000;
  std::size_t max_part = std::size_t{64} << 20;
  int max_parts = 10'000;
  /// Parts on their way, besides the one that is being filled.
  std::size_t parallel_parts = 3;
  /// Parts of a copy of an object that CopyObject refuses for its size, above 5 GB.
  std::uint64_t copy_part = std::uint64_t{1} << 30;
  std::size_t read_ahead = std::size_t{4} << 20;
  std::size_t block = std::size_t{256} << 10;
  std::size_t cached_blocks = 16;
  /// Bytes that a Reader's stream skips rather than fetching a block.
  std::uint64_t max_skip = std::uint64_t{128} << 10;
};

/// Whether `name` can be the name of a region, or is empty.
bool is_s3_region(std::string_view name);

/// Checks the fields of `options`. Errors: `invalid_argument`.
Result<void> check_s3_options(const S3Options& options);

}  // namespace convert::storage
