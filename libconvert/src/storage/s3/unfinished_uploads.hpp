// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <convert/storage.hpp>

#include "storage/s3/s3_context.hpp"

/// Uploads that are neither committed nor aborted: those that were suspended, and those of hosts that died.
///
/// A suspended upload consists of the parts that the service has and of a tail, the bytes behind them, which
/// are too few for a part. The tail is an object in the folder ".unfinished", whose name no key can have.
namespace convert::storage {

/// What a token of `Writer::suspend` holds.
struct SuspendedUpload {
  std::string mark;              ///< see `start_upload`
  int parts = 0;                 ///< parts 1 to `parts`; the service may have later ones, of a crashed Writer
  std::uint64_t part_bytes = 0;  ///< in these parts
  std::uint64_t tail_bytes = 0;
  std::string tail_name;  ///< empty: there is no tail
  std::string upload_id;  ///< empty: everything is in the tail
};

std::string write_token(const Key& key, const SuspendedUpload& suspended);
/// Nothing if the token is not one of this backend for this key.
std::optional<SuspendedUpload> read_token(const Key& key, std::string_view token);

/// The object of a tail. Tails of one key share a folder.
std::string tail_object(const S3Service& service, const Key& key, std::string_view tail_name);

/// 16 random hexadecimal digits.
std::string random_name();

/// Deletes what a token names. Succeeds if it does not exist.
Result<void> discard_upload(S3Service& service, const Key& key, const SuspendedUpload& suspended);

/// `Storage::remove_unfinished`.
Result<std::size_t> remove_unfinished_uploads(S3Service& service, std::chrono::milliseconds age);

}  // namespace convert::storage
