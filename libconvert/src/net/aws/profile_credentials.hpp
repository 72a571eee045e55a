// SPDX-License-Identifier: MIT
#pragma once

#include <stop_token>

#include "net/aws/aws_profiles.hpp"

namespace convert::net {

/// Whether the profile `name` says where credentials come from.
bool has_profile_credentials(const AwsProfiles& profiles, std::string_view name);

/// The credentials of the profile `name`: its keys, or a role that it assumes. Errors: `invalid_argument`
/// (the profile is missing, incomplete, refers to itself, or uses credential_process or SSO), and those of
/// the source.
Result<AwsCredentials> fetch_profile_credentials(const AwsEnvironment& environment, HttpClient& client,
                                                 const AwsProfiles& profiles, const std::string& name,
                                                 const std::stop_token& stop);

}  // namespace convert::net
