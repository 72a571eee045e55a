// SPDX-License-Identifier: MIT
#include "net/aws/profile_credentials.hpp"

#include <fmt/format.h>

#include <string>

#include "base/text.hpp"
#include "base/try.hpp"
#include "net/aws/container_credentials.hpp"
#include "net/aws/environment_credentials.hpp"
#include "net/aws/instance_credentials.hpp"
#include "net/aws/security_token_service.hpp"

namespace convert::net {
namespace {

constexpr int kMaxSourceProfiles = 5;

std::string setting_of(const AwsProfile& profile, std::string_view name) {
  const auto found = profile.find(name);
  return found == profile.end() ? std::string() : found->second;
}

Error invalid_profile(std::string_view name, std::string_view why) {
  return Error{Errc::invalid_argument, fmt::format("The AWS profile {} {}.", base::in_quotes(name), why)};
}

/// Fetches by following source profiles, at most kMaxSourceProfiles of them.
class ProfileFetcher {
 public:
  ProfileFetcher(const AwsEnvironment& environment, HttpClient& client, const AwsProfiles& profiles,
                 const std::stop_token& stop)
      : environment_(environment), client_(client), profiles_(profiles), stop_(stop) {}

  /// `keys_first`: a profile that names itself as its source means its own keys.
  Result<AwsCredentials> fetch(const std::string& name, int depth, bool keys_first) {
    const auto found = profiles_.find(name);
    if (found == profiles_.end()) return invalid_profile(name, "does not exist: correct AWS_PROFILE");
    if (depth > kMaxSourceProfiles) return invalid_profile(name, "has too many source profiles in a row");
    const AwsProfile& profile = found->second;
    const bool has_keys = profile.contains("aws_access_key_id") || profile.contains("aws_secret_access_key");
    if (profile.contains("role_arn") && !(keys_first && has_keys)) return assume(name, profile, depth);
    if (has_keys) return keys(name, profile);
    if (profile.contains("credential_process")) {
      return invalid_profile(name,
                             "uses credential_process, which is not supported: give the keys, or a container "
                             "endpoint (AWS_CONTAINER_CREDENTIALS_FULL_URI) that serves them");
    }
    if (profile.contains("sso_session") || profile.contains("sso_start_url")) {
      return invalid_profile(name, "uses SSO, which is not supported for services: give it a role or keys");
    }
    return invalid_profile(name, "has no credentials");
  }

 private:
  static Result<AwsCredentials> keys(std::string_view name, const AwsProfile& profile) {
    AwsCredentials credentials{setting_of(profile, "aws_access_key_id"),
                               setting_of(profile, "aws_secret_access_key"),
                               setting_of(profile, "aws_session_token"),
                               {}};
    if (credentials.access_key_id.empty() || credentials.secret_access_key.empty())
      return invalid_profile(name, "needs both aws_access_key_id and aws_secret_access_key");
    return credentials;
  }

  Result<AwsCredentials> assume(const std::string& name, const AwsProfile& profile, int depth) {
    AssumedRole role;
    role.role_arn = setting_of(profile, "role_arn");
    role.session_name = setting_of(profile, "role_session_name");
    role.external_id = setting_of(profile, "external_id");
    role.duration_seconds = setting_of(profile, "duration_seconds");
    role.region = setting_of(profile, "region");
    if (role.region.empty()) role.region = aws_region(environment_).value_or("");
    if (profile.contains("mfa_serial"))
      return invalid_profile(name, "needs a code of an MFA device (mfa_serial), which a service cannot give");
    const std::string token_file = setting_of(profile, "web_identity_token_file");
    if (!token_file.empty())
      return assume_role_with_web_identity(environment_, client_, role, token_file, stop_);
    CONVERT_TRY_ASSIGN(const AwsCredentials source, source_credentials(name, profile, depth));
    return assume_role(environment_, client_, role, source, stop_);
  }

  Result<AwsCredentials> source_credentials(const std::string& name, const AwsProfile& profile, int depth) {
    const std::string source_profile = setting_of(profile, "source_profile");
    if (!source_profile.empty()) return fetch(source_profile, depth + 1, source_profile == name);
    const std::string source = setting_of(profile, "credential_source");
    if (source == "Environment") return environment_credentials(environment_);
    if (source == "EcsContainer") return fetch_container_credentials(environment_, client_, stop_);
    if (source == "Ec2InstanceMetadata") return fetch_instance_credentials(environment_, client_, stop_);
    if (!source.empty()) {
      return invalid_profile(
          name, "has an unknown credential_source: use Environment, EcsContainer or Ec2InstanceMetadata");
    }
    return invalid_profile(
        name, "has a role_arn: it needs source_profile, credential_source or web_identity_token_file");
  }

  const AwsEnvironment& environment_;
  HttpClient& client_;
  const AwsProfiles& profiles_;
  const std::stop_token& stop_;
};

}  // namespace

bool has_profile_credentials(const AwsProfiles& profiles, std::string_view name) {
  const auto found = profiles.find(name);
  if (found == profiles.end()) return false;
  for (const char* const key : {"aws_access_key_id", "aws_secret_access_key", "role_arn",
                                "credential_process", "sso_session", "sso_start_url"}) {
    if (found->second.contains(key)) return true;
  }
  return false;
}

Result<AwsCredentials> fetch_profile_credentials(const AwsEnvironment& environment, HttpClient& client,
                                                 const AwsProfiles& profiles, const std::string& name,
                                                 const std::stop_token& stop) {
  return ProfileFetcher(environment, client, profiles, stop).fetch(name, 0, false);
}

}  // namespace convert::net
