// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string_view>

#include <convert/result.hpp>

#include "net/aws/aws_credentials.hpp"
#include "net/http/http_client.hpp"

namespace convert::net {

/// A time as in "2026-11-30T22:16:14Z", also with fractions of a second. Nothing if it is invalid.
std::optional<std::chrono::sys_seconds> parse_iso_time(std::string_view text);

/// When credentials expire on this host's steady clock. Their lifetime is measured by the clock of the server
/// that issued them (its Date header), so that a wrong clock of this host does not matter.
std::chrono::steady_clock::time_point expiry_time(std::chrono::sys_seconds expiration,
                                                  const HttpResponseHead& answer);

/// Parses the JSON of the container endpoint and of the instance metadata: AccessKeyId, SecretAccessKey,
/// Token, Expiration. `source` names it in messages. Errors: `unavailable`.
Result<AwsCredentials> parse_credential_json(const HttpResponse& answer, std::string_view source);

/// A request to a local service for credentials: no proxy, short timeouts, a few attempts. Errors:
/// `unavailable` (no answer, or a status of 500 or more), those of the client. Other statuses are values.
Result<HttpResponse> request_metadata(HttpClient& client, const HttpRequest& request, std::string_view source,
                                      const std::stop_token& stop);

}  // namespace convert::net
