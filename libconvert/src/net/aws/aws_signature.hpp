// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "net/aws/aws_credentials.hpp"
#include "net/http/http_message.hpp"

/// AWS Signature Version 4 ("AWS Signature Version 4 for API requests", IAM User Guide).
namespace convert::net {

/// x-amz-content-sha256 of a body that is not signed. Only over TLS.
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

struct AwsSigning {
  std::string region;
  std::string service;  ///< "s3", "sts", "sqs"
  std::chrono::sys_seconds time;
  /// The SHA-256 of the body as hexadecimal digits, or kUnsignedPayload. Empty: computed from
  /// HttpRequest::body; kUnsignedPayload if `presign`.
  std::string payload_hash{};
};

/// Adds X-Amz-Date, X-Amz-Security-Token, Authorization and, for s3, X-Amz-Content-Sha256. Replaces those of
/// an earlier signature. Signs the URL, Host and all headers of the request but those that proxies change,
/// such as Accept-Encoding. Change nothing afterwards.
void sign(HttpRequest& request, const AwsCredentials& credentials, const AwsSigning& signing);

/// `url` with a signature in its query, valid for `valid`, which is clamped to between a second and seven
/// days; it ends earlier if the credentials expire. The client sends no header but Host.
Url presign(std::string_view method, Url url, const AwsCredentials& credentials, const AwsSigning& signing,
            std::chrono::seconds valid);

}  // namespace convert::net
