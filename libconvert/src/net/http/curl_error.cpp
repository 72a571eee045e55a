// SPDX-License-Identifier: MIT
#include "net/http/curl_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

namespace convert::net {
namespace {

std::string curl_reason(CURLcode code, std::string_view detail) {
  std::string reason(detail.empty() ? std::string_view(curl_easy_strerror(code)) : detail);
  while (!reason.empty() && (reason.back() == '.' || reason.back() == '\n' || reason.back() == ' '))
    reason.pop_back();
  return reason;
}

/// A certificate whose signature is not that of the trusted authority of this name, as after an authority was
/// made anew: OpenSSL puts the failed check of the signature first, so curl reports a failed handshake.
bool is_wrong_signature(CURLcode code, std::string_view reason) {
  constexpr std::array<std::string_view, 4> kSignatureChecks{
      "asn1 encoding routines", "rsa routines", "elliptic curve routines", "x509 certificate routines"};
  return code == CURLE_SSL_CONNECT_ERROR &&
         std::any_of(kSignatureChecks.begin(), kSignatureChecks.end(),
                     [&](std::string_view part) { return reason.find(part) != std::string_view::npos; });
}

}  // namespace

Error curl_error(CURLcode code, const Url& url, std::string_view detail) {
  const std::string host = url.authority();
  const std::string reason = curl_reason(code, detail);
  if (is_wrong_signature(code, reason)) code = CURLE_PEER_FAILED_VERIFICATION;
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return {Errc::unavailable,
              fmt::format("The name of {} cannot be resolved: check it and the name service.", host), true};
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {Errc::unavailable, fmt::format("The name of the proxy for {} cannot be resolved.", host), true};
    case CURLE_COULDNT_CONNECT:
      return {Errc::unavailable, fmt::format("No connection to {}: {}.", host, reason), true};
    case CURLE_OPERATION_TIMEDOUT:
      return {Errc::unavailable, fmt::format("{} did not answer in time: {}.", host, reason), true};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
      return {Errc::io,
              fmt::format("The TLS certificate of {} is not trusted: {}. Name the file of its authority, or "
                          "correct the host's name.",
                          host, reason)};
    case CURLE_SSL_CACERT_BADFILE:
      return {Errc::invalid_argument,
              fmt::format("The file of the trusted authorities cannot be used for {}: {}.", host, reason)};
    case CURLE_URL_MALFORMAT:
    case CURLE_BAD_FUNCTION_ARGUMENT:
    case CURLE_UNKNOWN_OPTION:
      return {Errc::invalid_argument, fmt::format("The request to {} is invalid: {}.", host, reason)};
    case CURLE_OUT_OF_MEMORY:
      return {Errc::unavailable, fmt::format("There is no memory for a request to {}.", host), true};
    default:
      return {Errc::io, fmt::format("The transfer with {} failed: {}.", host, reason), true};
  }
}

}  // namespace convert::net
