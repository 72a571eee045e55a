// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <string_view>

#include <convert/result.hpp>

#include "net/aws/aws_credential_chain.hpp"

namespace convert::net {

/// The settings of a profile, by their lower-case names. Those of the file of credentials come first.
using AwsProfile = std::map<std::string, std::string, std::less<>>;

/// All profiles of both files, by name.
using AwsProfiles = std::map<std::string, AwsProfile, std::less<>>;

/// Parses a file of the AWS command line. In the file of the configuration, sections are "[default]" and
/// "[profile NAME]"; others ("[sso-session NAME]") are skipped. Errors: `invalid_argument`, with the number
/// of the line, never its text.
Result<AwsProfiles> parse_aws_profiles(std::string_view text, std::string_view file, bool is_configuration);

/// Reads both files; a missing one has no profiles. Errors: `invalid_argument`.
Result<AwsProfiles> read_aws_profiles(const AwsEnvironment& environment);

/// AWS_PROFILE, or "default".
std::string aws_profile_name(const AwsEnvironment& environment);

}  // namespace convert::net
