// SPDX-License-Identifier: MIT
#include "net/aws/instance_credentials.hpp"

#include <fmt/format.h>

#include <string>

#include "base/text.hpp"
#include "base/try.hpp"
#include "net/aws/credential_answer.hpp"

namespace convert::net {
namespace {

constexpr std::string_view kMetadataSource = "The instance metadata service";

Result<Url> metadata_endpoint(const AwsEnvironment& environment) {
  const auto mode = environment.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE").value_or("IPv4");
  const bool ipv6 = base::equal_ignoring_case(mode, "IPv6");
  const auto text = environment.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT")
                        .value_or(ipv6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254");
  auto url = parse_url(text);
  if (url) return url;
  return Error{Errc::invalid_argument,
               fmt::format("AWS_EC2_METADATA_SERVICE_ENDPOINT is invalid. {}", url.error().message)};
}

Error metadata_refused(std::string_view what, int status) {
  return Error{Errc::unavailable,
               fmt::format("{} gave no {}, with the status {}: check that the instance has a role.",
                           kMetadataSource, what, status),
               true};
}

std::string_view first_line(std::string_view text) { return text.substr(0, text.find_first_of("\r\n")); }

}  // namespace

Result<AwsCredentials> fetch_instance_credentials(const AwsEnvironment& environment, HttpClient& client,
                                                  const std::stop_token& stop) {
  CONVERT_TRY_ASSIGN(const Url endpoint, metadata_endpoint(environment));
  HttpRequest request;
  request.url = endpoint;
  request.method = "PUT";
  request.url.path = "/latest/api/token";
  request.headers.add("X-aws-ec2-metadata-token-ttl-seconds", "300");
  CONVERT_TRY_ASSIGN(const HttpResponse token, request_metadata(client, request, kMetadataSource, stop));
  if (!token.ok() || token.body.empty()) return metadata_refused("session token", token.status);

  const std::string folder = "/latest/meta-data/iam/security-credentials/";
  request.method = "GET";
  request.headers = {{"X-aws-ec2-metadata-token", std::string(first_line(token.body))}};
  request.url.path = folder;
  CONVERT_TRY_ASSIGN(const HttpResponse roles, request_metadata(client, request, kMetadataSource, stop));
  const std::string role(first_line(roles.body));
  if (!roles.ok() || role.empty()) return metadata_refused("role", roles.status);

  request.url.path = folder + encode_component(role);
  CONVERT_TRY_ASSIGN(const HttpResponse answer, request_metadata(client, request, kMetadataSource, stop));
  if (!answer.ok()) return metadata_refused("credentials", answer.status);
  return parse_credential_json(answer, kMetadataSource);
}

}  // namespace convert::net
