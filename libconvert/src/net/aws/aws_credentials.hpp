// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include <convert/result.hpp>

namespace convert::net {

struct AwsCredentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  ///< empty for long-lived keys
  /// On this host's steady clock, so that a wrong or changed wall clock does not matter. Empty: they do not
  /// expire.
  std::optional<std::chrono::steady_clock::time_point> expires;
};

/// A source of credentials. Thread-safe.
class AwsCredentialProvider {
 public:
  virtual ~AwsCredentialProvider() = default;

  /// The credentials for a request that is signed now; may block to fetch them. Errors: `unavailable`,
  /// retryable, while the source does not answer; `not_found` (no source has any); `invalid_argument` (a
  /// source is configured wrongly); `cancelled`. Messages hold no secret.
  virtual Result<AwsCredentials> credentials(const std::stop_token& stop) = 0;

  /// A server refused credentials as expired: the next call fetches others. Ignored if `refused` are no
  /// longer the current ones.
  virtual void refuse(const AwsCredentials& refused) noexcept { static_cast<void>(refused); }
};

/// Always the same.
std::shared_ptr<AwsCredentialProvider> static_credentials(AwsCredentials credentials);

}  // namespace convert::net
