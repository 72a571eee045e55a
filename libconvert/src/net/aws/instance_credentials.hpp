// SPDX-License-Identifier: MIT
#pragma once

#include <stop_token>

#include "net/aws/aws_credential_chain.hpp"

namespace convert::net {

/// Credentials of an EC2 instance's role by its metadata service, version 2: a session token is fetched
/// first. Version 1 is not used. AWS_EC2_METADATA_SERVICE_ENDPOINT names another endpoint, and
/// AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE "IPv6" the IPv6 address. Errors: `unavailable`, `invalid_argument`,
/// `cancelled`.
Result<AwsCredentials> fetch_instance_credentials(const AwsEnvironment& environment, HttpClient& client,
                                                  const std::stop_token& stop);

}  // namespace convert::net
