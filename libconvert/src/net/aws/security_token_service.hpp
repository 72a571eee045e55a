// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "net/aws/aws_credential_chain.hpp"

namespace convert::net {

/// A role to assume. Empty strings: the default, or nothing.
struct AssumedRole {
  std::string role_arn;
  std::string session_name;
  std::string external_id;
  std::string duration_seconds;
  std::string region;  ///< of the endpoint of STS; empty: the global one
};

/// AssumeRoleWithWebIdentity with the token in the file `token_file`, which is read each time. Errors:
/// `invalid_argument` (STS refused), `unavailable`, `cancelled`.
Result<AwsCredentials> assume_role_with_web_identity(const AwsEnvironment& environment, HttpClient& client,
                                                     const AssumedRole& role, const std::string& token_file,
                                                     const std::stop_token& stop);

/// AssumeRole, signed with `credentials`. Errors: as above.
Result<AwsCredentials> assume_role(const AwsEnvironment& environment, HttpClient& client,
                                   const AssumedRole& role, const AwsCredentials& credentials,
                                   const std::stop_token& stop);

}  // namespace convert::net
