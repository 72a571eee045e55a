// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "net/http/http_client.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {

/// A client that ignores the proxies of the environment.
inline std::shared_ptr<net::HttpClient> direct_client(net::HttpClientOptions options = {}) {
  if (options.proxy.source == net::ProxyOptions::Source::environment)
    options.proxy.source = net::ProxyOptions::Source::none;
  return must(net::HttpClient::create(std::move(options)));
}

inline net::HttpRequest request_to(const std::string& url, std::string method = "GET") {
  net::HttpRequest request;
  request.method = std::move(method);
  request.url = must(net::parse_url(url));
  return request;
}

/// Options for a call that is not repeated.
inline net::CallOptions once() {
  net::CallOptions options;
  options.retry.max_attempts = 1;
  return options;
}

}  // namespace convert::test
