// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include <convert/result.hpp>

#include "storage/s3/s3_service.hpp"

namespace convert::storage {

/// An upload in parts that has been started: the object's name and the service's name for the upload.
struct UploadId {
  std::string object;
  std::string id;
};

/// A part that the service has.
struct UploadedPart {
  int number = 0;
  std::uint64_t size = 0;
  std::string etag{};
  std::string checksum{};  ///< CRC32C; empty without checksums
  Time written{};
};

/// Begins an upload in parts. `mark` becomes metadata of the object: it tells later whether a lost answer to
/// `complete_upload` was a success.
Result<UploadId> start_upload(S3Service& service, const std::string& object, const std::string& mark,
                              const std::stop_token& stop);

/// The request for a part with these bytes, which it borrows.
S3Request part_request(const S3Service& service, const UploadId& upload, int number,
                       std::span<const std::byte> bytes);

/// Publishes the object from these parts. Errors: `conflict` (a part is not there, or was replaced),
/// `not_found` (the upload was aborted), those of the service. An error may follow a success.
Result<void> complete_upload(S3Service& service, const UploadId& upload, const std::string& mark,
                             const std::vector<UploadedPart>& parts, const std::stop_token& stop);

/// Deletes the upload and its parts, also those that arrive late. Succeeds if it does not exist.
Result<void> abort_upload(S3Service& service, const UploadId& upload, const std::stop_token& stop);

/// The parts that the service has, in ascending order. Errors: `not_found` (no such upload).
Result<std::vector<UploadedPart>> list_parts(S3Service& service, const UploadId& upload,
                                             const std::stop_token& stop);

}  // namespace convert::storage
