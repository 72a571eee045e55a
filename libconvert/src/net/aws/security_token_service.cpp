// SPDX-License-Identifier: MIT
#include "net/aws/security_token_service.hpp"

#include <fmt/format.h>

#include <chrono>
#include <span>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "base/try.hpp"
#include "net/aws/aws_signature.hpp"
#include "net/aws/credential_answer.hpp"
#include "net/http/server_clock.hpp"
#include "net/support/small_file.hpp"
#include "net/support/xml_element.hpp"

namespace convert::net {
namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

Result<Url> sts_endpoint(const AwsEnvironment& environment, const std::string& region) {
  for (const char* const name : {"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"}) {
    const auto text = environment.variable(name);
    if (!text) continue;
    auto url = parse_url(*text);
    if (url) return url;
    return Error{Errc::invalid_argument, fmt::format("{} is invalid. {}", name, url.error().message)};
  }
  if (region.empty()) return parse_url("https://sts.amazonaws.com");
  const std::string_view domain = region.starts_with("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  auto url = parse_url(fmt::format("https://sts.{}.{}", region, domain));
  if (url) return url;
  return Error{Errc::invalid_argument, fmt::format("Invalid AWS region {}.", base::in_quotes(region))};
}

Parameters role_parameters(const AssumedRole& role, std::string action) {
  Parameters parameters{{"Action", std::move(action)}, {"Version", "2011-06-15"}, {"RoleArn", role.role_arn}};
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  parameters.emplace_back(
      "RoleSessionName",
      role.session_name.empty()
          ? fmt::format("convert-{}", std::chrono::duration_cast<std::chrono::seconds>(now).count())
          : role.session_name);
  if (!role.external_id.empty()) parameters.emplace_back("ExternalId", role.external_id);
  if (!role.duration_seconds.empty()) parameters.emplace_back("DurationSeconds", role.duration_seconds);
  return parameters;
}

std::string form_text(const Parameters& parameters) {
  Url url;
  url.query = parameters;
  return url.query_text();
}

/// STS answers some passing failures with 400.
bool is_transient_sts_answer(const HttpResponse& answer) {
  return is_transient_status(answer.status) ||
         (answer.status == 400 && (answer.body.find("IDPCommunicationError") != std::string::npos ||
                                   answer.body.find("Throttling") != std::string::npos));
}

Error sts_refusal(const HttpResponse& answer, const AssumedRole& role) {
  const bool transient = is_transient_sts_answer(answer);
  std::string reason = fmt::format("the status {}", answer.status);
  if (const auto document = parse_xml(answer.body)) {
    if (const XmlElement* const error = document->descendant("Error")) {
      constexpr std::size_t kMaxShown = 300;
      reason = printable_text(fmt::format("{} ({})", error->child_text("Code"), error->child_text("Message")),
                              kMaxShown);
    }
  }
  return Error{transient ? Errc::unavailable : Errc::invalid_argument,
               fmt::format("STS did not give credentials for the role {}: {}.",
                           base::in_quotes(role.role_arn), reason),
               transient};
}

Result<AwsCredentials> parse_sts_answer(const HttpResponse& answer, const AssumedRole& role) {
  if (!answer.ok()) return sts_refusal(answer, role);
  CONVERT_TRY_ASSIGN(const XmlElement document, parse_xml(answer.body));
  const XmlElement* const element = document.descendant("Credentials");
  const auto expiration = parse_iso_time(element ? element->child_text("Expiration") : "");
  if (!element || !expiration || element->child_text("AccessKeyId").empty()) {
    return Error{Errc::unavailable, "The answer of STS has no credentials.", true};
  }
  return AwsCredentials{std::string(element->child_text("AccessKeyId")),
                        std::string(element->child_text("SecretAccessKey")),
                        std::string(element->child_text("SessionToken")), expiry_time(*expiration, answer)};
}

/// Sends the form to STS; `credentials` sign it if they are given.
Result<AwsCredentials> call_sts(const AwsEnvironment& environment, HttpClient& client,
                                const AssumedRole& role, const Parameters& parameters,
                                const AwsCredentials* credentials, const std::stop_token& stop) {
  CONVERT_TRY_ASSIGN(const Url url, sts_endpoint(environment, role.region));
  const std::string form = form_text(parameters);
  ServerClock clock;
  bool clock_moved = false;
  CallOptions options;
  options.stop = stop;
  options.retry.max_elapsed = std::chrono::seconds(30);
  options.on_response = [&](const HttpResponseHead& head) { clock_moved = clock.observe(head); };
  options.retry.retry_response = [&](const HttpResponse& answer) {
    return is_transient_sts_answer(answer) || (!answer.ok() && clock_moved);
  };
  const auto build = [&](int) -> Result<HttpRequest> {
    HttpRequest request;
    request.method = "POST";
    request.url = url;
    request.headers.add("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
    request.body = std::as_bytes(std::span(form));
    request.timeouts.total = std::chrono::seconds(15);
    if (credentials) {
      sign(request, *credentials,
           AwsSigning{role.region.empty() ? "us-east-1" : role.region, "sts", clock.now()});
    }
    return request;
  };
  CONVERT_TRY_ASSIGN(const HttpResponse answer, client.perform(build, options));
  return parse_sts_answer(answer, role);
}

}  // namespace

Result<AwsCredentials> assume_role_with_web_identity(const AwsEnvironment& environment, HttpClient& client,
                                                     const AssumedRole& role, const std::string& token_file,
                                                     const std::stop_token& stop) {
  CONVERT_TRY_ASSIGN(auto token, read_small_file(token_file));
  if (!token) {
    return Error{
        Errc::unavailable,
        fmt::format("The file {} of the web identity token does not exist.", base::in_quotes(token_file)),
        true};
  }
  while (!token->empty() && (token->back() == '\n' || token->back() == '\r')) token->pop_back();
  Parameters parameters = role_parameters(role, "AssumeRoleWithWebIdentity");
  parameters.emplace_back("WebIdentityToken", *std::move(token));
  return call_sts(environment, client, role, parameters, nullptr, stop);
}

Result<AwsCredentials> assume_role(const AwsEnvironment& environment, HttpClient& client,
                                   const AssumedRole& role, const AwsCredentials& credentials,
                                   const std::stop_token& stop) {
  return call_sts(environment, client, role, role_parameters(role, "AssumeRole"), &credentials, stop);
}

}  // namespace convert::net
