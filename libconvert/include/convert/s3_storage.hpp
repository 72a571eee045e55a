// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <convert/export.hpp>
#include <convert/result.hpp>
#include <convert/storage.hpp>

namespace convert {

/// How a bucket encrypts what is stored in it.
enum class S3Encryption : std::uint8_t {
  bucket_default,  ///< as the bucket is configured
  s3,              ///< SSE-S3: keys of the service ("AES256")
  kms,             ///< SSE-KMS: a key of AWS's key management service ("aws:kms")
};

struct S3Options {
  std::string bucket{};
  /// Blobs are the objects "PREFIX/KEY". Give each Storage a prefix of its own: `remove_unfinished` aborts
  /// all old uploads below it. Without slashes at its ends; at most 400 bytes. Empty: the whole bucket.
  std::string prefix{};
  /// "https://host" or "http://host:port". Empty: AWS's of the region.
  std::string endpoint{};
  /// For signed URLs, where clients reach the service by another name than this host. Empty: `endpoint`.
  std::string public_endpoint{};
  /// Empty: AWS_REGION, AWS_DEFAULT_REGION, the AWS profile's, or the one that the service names.
  std::string region{};
  /// Whether the bucket is in the path (true) or in the host name (false) of URLs. Empty: in the path if an
  /// endpoint is given or the bucket's name has a dot.
  std::optional<bool> path_style{};
  /// PEM file with the only authorities to trust. Empty: the system's.
  std::filesystem::path ca_file{};
  S3Encryption encryption = S3Encryption::bucket_default;
  std::string kms_key{};  ///< for `kms`. Empty: the account's default key
  /// Sends a CRC32C with each upload, which the service compares. Services that do not know it ignore it.
  bool checksums = true;
  /// For the parts of uploads that `buffer_memory` has no space for. Empty: the system's.
  std::filesystem::path temporary_folder{};
  /// Memory for the parts of all uploads of this Storage, in bytes. An upload in progress needs up to four
  /// parts of 8 MiB; past 8 GB the parts grow to 64 MiB.
  std::size_t buffer_memory = std::size_t{256} << 20;
};

/// Blobs in a bucket of Amazon S3 or a service with its interface, such as Ceph's RADOS Gateway. Many hosts
/// may share it. Writers are forward-only; up to 8 MiB are sent in one request, more in parts of an upload
/// that is aborted if the Writer is destroyed. The largest blob has 500 GB. Readers stream when read in order
/// and read blocks of 256 KiB elsewhere; a Reader needs up to 8 MiB. A blob that is replaced while a Reader
/// is open ends in `not_found`.
///
/// Credentials are those that AWS's own clients find: environment variables, the profile, a web identity, a
/// container's or an instance's role; temporary ones are renewed. Needs s3:GetObject, s3:PutObject,
/// s3:DeleteObject, s3:AbortMultipartUpload and s3:ListMultipartUploadParts for the objects, s3:ListBucket
/// and s3:ListBucketMultipartUploads for the bucket, and with `kms` kms:GenerateDataKey and kms:Decrypt.
/// Without s3:ListBucket, blobs can be read and written, but orphaned ones are not found.
///
/// Lists the bucket once. Errors: `invalid_argument` (the options), `unavailable` (not reachable, no such
/// bucket, no permission, wrong region: the message says which), `io`. While it runs, such errors are
/// `unavailable` and retryable, so that no job fails because of them. `unsupported`: a build without
/// CONVERT_S3.
CONVERT_API Result<std::shared_ptr<Storage>> s3_storage(const S3Options& options);

/// Reads "s3://BUCKET/PREFIX?endpoint=URL&region=NAME", percent-encoded. Other options: public_endpoint,
/// path_style (true or false), ca (a file), sse (AES256 or aws:kms), kms_key, checksum (crc32c or none).
/// Credentials are not accepted in it. Errors: `invalid_argument`, `unsupported` (an unknown option).
CONVERT_API Result<S3Options> parse_s3_uri(std::string_view uri);

}  // namespace convert
