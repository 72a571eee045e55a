// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include <convert/result.hpp>

#include "net/http/http_message.hpp"

namespace convert::storage {

/// What a response that is no success says, from its status and the XML in its body ("Error responses",
/// Amazon S3 API Reference).
struct S3Failure {
  int status = 0;
  // UTF-8 without control characters.
  std::string code{};     ///< "NoSuchKey"; empty if there is no body (HEAD)
  std::string message{};  ///< the service's own words; may be empty
  std::string region{};   ///< the bucket's, if the response names one

  bool is(std::string_view other) const { return code == other; }
  /// The object does not exist. Not if the bucket does not exist.
  bool no_such_object() const { return is("NoSuchKey") || (status == 404 && code.empty()); }
  /// The upload in parts was completed or aborted. Ceph's RGW answers NoSuchKey to ListParts then.
  bool no_such_upload() const { return is("NoSuchUpload") || (status == 404 && !is("NoSuchBucket")); }
  /// The credentials are valid but lack the permission. Without s3:ListBucket also the answer for an object
  /// that is missing.
  bool denied() const { return is("AccessDenied") || (status == 403 && code.empty()); }
  /// The same request may succeed in a moment.
  bool transient() const;
  /// The credentials have expired: a request with others may succeed.
  bool expired_credentials() const;
};

/// Whether the body of a response with status 200 is an error: CompleteMultipartUpload and CopyObject begin
/// to answer before they know the outcome.
bool holds_error(const net::HttpResponse& response);

S3Failure read_failure(const net::HttpResponse& response);

/// Names for messages.
struct S3Place {
  std::string bucket;
  std::string endpoint;   ///< "https://host"
  bool encrypts = false;  ///< whether requests name an encryption, which the service may refuse
};

/// The error for a failure of the request that `what` names ("Cannot read the blob \"a\""). What an
/// operator repairs (permission, credentials, bucket, region, encryption) is `unavailable` and retryable: no
/// job is to fail because of it.
Error s3_error(const S3Failure& failure, std::string_view what, const S3Place& place);

}  // namespace convert::storage
