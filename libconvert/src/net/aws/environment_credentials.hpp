// SPDX-License-Identifier: MIT
#pragma once

#include "net/aws/aws_credential_chain.hpp"

namespace convert::net {

/// Whether AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is set.
bool has_environment_credentials(const AwsEnvironment& environment);

/// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN. Errors: `invalid_argument` (one of the keys
/// is missing).
Result<AwsCredentials> environment_credentials(const AwsEnvironment& environment);

}  // namespace convert::net
