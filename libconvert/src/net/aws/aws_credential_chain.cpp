// SPDX-License-Identifier: MIT
#include "net/aws/aws_credential_chain.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <mutex>
#include <utility>

#include "base/text.hpp"
#include "base/try.hpp"
#include "net/aws/aws_profiles.hpp"
#include "net/aws/container_credentials.hpp"
#include "net/aws/environment_credentials.hpp"
#include "net/aws/instance_credentials.hpp"
#include "net/aws/profile_credentials.hpp"
#include "net/aws/renewing_credentials.hpp"
#include "net/aws/security_token_service.hpp"

namespace convert::net {
namespace {

/// Looks for the source that is configured and fetches from it.
class CredentialChain {
 public:
  explicit CredentialChain(AwsEnvironment environment) : environment_(std::move(environment)) {}

  Result<AwsCredentials> fetch(const std::stop_token& stop) {
    if (has_environment_credentials(environment_)) return environment_credentials(environment_);
    const auto token_file = environment_.variable("AWS_WEB_IDENTITY_TOKEN_FILE");
    const auto role_arn = environment_.variable("AWS_ROLE_ARN");
    CONVERT_TRY_ASSIGN(const std::shared_ptr<HttpClient> client, http_client());
    if (token_file && role_arn) {
      const AssumedRole role{*role_arn,
                             environment_.variable("AWS_ROLE_SESSION_NAME").value_or(""),
                             {},
                             {},
                             aws_region(environment_).value_or("")};
      return assume_role_with_web_identity(environment_, *client, role, *token_file, stop);
    }
    CONVERT_TRY_ASSIGN(const AwsProfiles profiles, read_aws_profiles(environment_));
    const std::string profile = aws_profile_name(environment_);
    if (environment_.variable("AWS_PROFILE") || has_profile_credentials(profiles, profile))
      return fetch_profile_credentials(environment_, *client, profiles, profile, stop);
    if (has_container_credentials(environment_))
      return fetch_container_credentials(environment_, *client, stop);
    return from_instance(*client, stop);
  }

 private:
  Result<AwsCredentials> from_instance(HttpClient& client, const std::stop_token& stop) {
    constexpr std::string_view kNone =
        "There are no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or "
        "give "
        "the host a role";
    const auto disabled = environment_.variable("AWS_EC2_METADATA_DISABLED").value_or("");
    if (base::equal_ignoring_case(disabled, "true")) {
      return Error{Errc::not_found, fmt::format("{}.", kNone)};
    }
    auto fetched = fetch_instance_credentials(environment_, client, stop);
    if (!fetched && fetched.error().retryable)
      fetched.error().message = fmt::format("{}. {}", kNone, fetched.error().message);
    return fetched;
  }

  Result<std::shared_ptr<HttpClient>> http_client() {
    const std::lock_guard lock(mutex_);
    if (!environment_.client) {
      HttpClientOptions options;
      if (const auto bundle = environment_.variable("AWS_CA_BUNDLE")) options.ca_file = *bundle;
      CONVERT_TRY_ASSIGN(environment_.client, HttpClient::create(std::move(options)));
    }
    return environment_.client;
  }

  std::mutex mutex_;  // guards environment_.client
  AwsEnvironment environment_;
};

}  // namespace

AwsEnvironment process_environment() {
  AwsEnvironment environment;
  environment.variable = [](const std::string& name) -> std::optional<std::string> {
    const char* const value = std::getenv(name.c_str());
    if (!value || *value == '\0') return {};
    return value;
  };
  return environment;
}

std::shared_ptr<AwsCredentialProvider> aws_credential_chain(AwsEnvironment environment) {
  auto chain = std::make_shared<CredentialChain>(std::move(environment));
  return std::make_shared<RenewingCredentials>(
      [chain](const std::stop_token& stop) { return chain->fetch(stop); });
}

std::optional<std::string> aws_region(const AwsEnvironment& environment) {
  for (const char* const name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (auto region = environment.variable(name)) return region;
  }
  const auto profiles = read_aws_profiles(environment);
  if (!profiles) return {};
  const auto profile = profiles->find(aws_profile_name(environment));
  if (profile == profiles->end()) return {};
  const auto region = profile->second.find("region");
  if (region == profile->second.end() || region->second.empty()) return {};
  return region->second;
}

}  // namespace convert::net
