// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <convert/result.hpp>
#include <convert/time.hpp>

#include "storage/s3/s3_service.hpp"

/// Requests about single objects, and lists of them. Objects are named as in the bucket, with the prefix.
namespace convert::storage {

/// What is known of an object.
struct ObjectInfo {
  std::string name{};
  std::uint64_t size = 0;
  std::string etag{};
  Time modified{};
  std::string upload_mark{};  ///< of HEAD only: see `start_upload`
};

/// The metadata of an object that says which upload has written it.
inline constexpr std::string_view kUploadMark = "x-amz-meta-upload";

/// Whether the ETag is that of an object that was uploaded in parts: its time of modification is when the
/// upload began.
bool uploaded_in_parts(std::string_view etag);

/// Errors: `not_found`, those of the service. `what` starts their messages.
Result<ObjectInfo> object_info(S3Service& service, const std::string& object, std::string_view what,
                               const std::stop_token& stop = {});

/// Whether a failure of a GET, HEAD or copy means that the object is missing: 404, or 403 where the bucket
/// may not be listed.
bool is_missing_object(S3Service& service, const S3Failure& failure);

/// Writes an object in one request.
Result<void> put_object(S3Service& service, const std::string& object, std::span<const std::byte> bytes,
                        const std::stop_token& stop);

/// Reads a small object. Errors: `not_found`, `limit_exceeded` (larger than `max_size`).
Result<std::string> get_object(S3Service& service, const std::string& object, std::size_t max_size,
                               const std::stop_token& stop);

/// Succeeds if it does not exist.
Result<void> delete_object(S3Service& service, const std::string& object, const std::stop_token& stop = {});

struct ObjectPage {
  std::vector<ObjectInfo> objects;
  bool more = false;
};

/// Up to `max` (at most 1000) objects whose names start with `prefix` and are greater than `after`, in
/// ascending byte order.
Result<ObjectPage> list_objects(S3Service& service, const std::string& prefix, const std::string& after,
                                std::size_t max);

}  // namespace convert::storage
