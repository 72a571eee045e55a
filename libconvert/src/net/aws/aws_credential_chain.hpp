// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "net/aws/aws_credentials.hpp"
#include "net/http/http_client.hpp"

namespace convert::net {

/// What the chain reads. The defaults are those of the process; tests give their own.
struct AwsEnvironment {
  /// The value of an environment variable; nothing if it is not set or empty. Thread-safe.
  std::function<std::optional<std::string>(const std::string& name)> variable;
  /// For STS and metadata services. Empty: a client of its own, made when one is needed.
  std::shared_ptr<HttpClient> client;
};

AwsEnvironment process_environment();

/// The credentials that AWS's own clients would use. The first source that is configured is the one; its
/// failure is not hidden by a later source.
///
/// 1. AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN
/// 2. AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN (AWS_ROLE_SESSION_NAME), by STS
/// 3. the profile AWS_PROFILE ("default") in AWS_SHARED_CREDENTIALS_FILE (~/.aws/credentials) and
///    AWS_CONFIG_FILE (~/.aws/config): keys, or role_arn with web_identity_token_file, source_profile or
///    credential_source. `credential_process` and SSO are refused with a message that says what to use.
/// 4. AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI, AWS_CONTAINER_AUTHORIZATION_TOKEN(_FILE)
/// 5. the instance metadata service, version 2 only, unless AWS_EC2_METADATA_DISABLED is "true"
///
/// Temporary credentials are renewed from a quarter of an hour before they expire; while that fails, those
/// that are still valid are used. Does not block and does not fail: errors are those of the first use.
std::shared_ptr<AwsCredentialProvider> aws_credential_chain(
    AwsEnvironment environment = process_environment());

/// AWS_REGION, AWS_DEFAULT_REGION, or the profile's `region`; nothing without any of them.
std::optional<std::string> aws_region(const AwsEnvironment& environment);

}  // namespace convert::net
