// SPDX-License-Identifier: MIT
#pragma once

#include <stop_token>

#include "net/aws/aws_credential_chain.hpp"

namespace convert::net {

/// Whether a container endpoint is configured.
bool has_container_credentials(const AwsEnvironment& environment);

/// Credentials of ECS (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI) or of EKS Pod Identity and others (_FULL_URI).
/// The token of the authorisation is read from its file each time. Errors: `invalid_argument` (an endpoint
/// that is neither https nor on this host), `unavailable`, `cancelled`.
Result<AwsCredentials> fetch_container_credentials(const AwsEnvironment& environment, HttpClient& client,
                                                   const std::stop_token& stop);

}  // namespace convert::net
