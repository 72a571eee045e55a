// SPDX-License-Identifier: MIT
#include "net/aws/container_credentials.hpp"

#include <fmt/format.h>

#include <string>

#include "base/text.hpp"
#include "base/try.hpp"
#include "net/aws/credential_answer.hpp"
#include "net/support/small_file.hpp"

namespace convert::net {
namespace {

constexpr const char* kContainerRelative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
constexpr const char* kContainerFull = "AWS_CONTAINER_CREDENTIALS_FULL_URI";

/// Loopback, and the addresses of ECS and EKS: a token is sent over plain HTTP to no other host.
bool is_container_host(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.") || host == "169.254.170.2" ||
         host == "169.254.170.23" || base::equal_ignoring_case(host, "fd00:ec2::23");
}

Result<Url> container_url(const AwsEnvironment& environment) {
  if (const auto path = environment.variable(kContainerRelative)) {
    return parse_url("http://169.254.170.2" + (path->starts_with('/') ? *path : "/" + *path));
  }
  auto url = parse_url(environment.variable(kContainerFull).value_or(""));
  if (!url) {
    return Error{Errc::invalid_argument,
                 fmt::format("{} is invalid. {}", kContainerFull, url.error().message)};
  }
  if (!url->secure() && !is_container_host(url->host)) {
    return Error{Errc::invalid_argument,
                 fmt::format("{} must be https, or name this host or the container service's address.",
                             kContainerFull)};
  }
  return url;
}

Result<std::optional<std::string>> container_token(const AwsEnvironment& environment) {
  const auto file = environment.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  if (!file) return environment.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
  CONVERT_TRY_ASSIGN(auto token, read_small_file(*file));
  if (!token) {
    return Error{Errc::unavailable,
                 fmt::format("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names {}, which does not exist.",
                             base::in_quotes(*file)),
                 true};
  }
  while (!token->empty() && (token->back() == '\n' || token->back() == '\r')) token->pop_back();
  return token;
}

}  // namespace

bool has_container_credentials(const AwsEnvironment& environment) {
  return environment.variable(kContainerRelative) || environment.variable(kContainerFull);
}

Result<AwsCredentials> fetch_container_credentials(const AwsEnvironment& environment, HttpClient& client,
                                                   const std::stop_token& stop) {
  constexpr std::string_view kSource = "The container's endpoint";
  HttpRequest request;
  CONVERT_TRY_ASSIGN(request.url, container_url(environment));
  CONVERT_TRY_ASSIGN(const auto token, container_token(environment));
  if (token) request.headers.add("Authorization", *token);
  request.headers.add("Accept", "application/json");
  CONVERT_TRY_ASSIGN(const HttpResponse answer, request_metadata(client, request, kSource, stop));
  if (answer.ok()) return parse_credential_json(answer, kSource);
  return Error{Errc::unavailable,
               fmt::format("{} refused to give AWS credentials, with the status {}: check the role and the "
                           "authorization token of the container.",
                           kSource, answer.status),
               true};
}

}  // namespace convert::net
