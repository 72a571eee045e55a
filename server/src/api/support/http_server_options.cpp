// SPDX-License-Identifier: MIT
#include "api/support/http_server_options.hpp"

#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/message/field_values.hpp"
#include "security/networks.hpp"

namespace convert::server::api {
namespace {

using security::NetworkList;

/// Throws std::invalid_argument for an invalid list; programs validate their options earlier.
NetworkList networks_of(const std::vector<std::string>& texts) {
  Result<NetworkList> parsed = NetworkList::parse(texts);
  if (!parsed) throw std::invalid_argument(parsed.error().message);
  return std::move(*parsed);
}

std::string client_address_of(std::string_view address, std::span<const FieldView> fields,
                              const NetworkList& proxies) {
  std::vector<std::string_view> forwarded;
  for (const FieldView& field : fields) {
    if (http::equals_ignore_case(field.name, "X-Forwarded-For")) forwarded.push_back(field.value);
  }
  return security::client_address(address, forwarded, proxies);
}

}  // namespace

http::HttpServer::Options http_server_options(const asio::any_io_executor& executor,
                                              const ServerOptions& options) {
  const auto exempt = std::make_shared<const NetworkList>(networks_of(options.exempt_networks));
  const auto proxies = std::make_shared<const NetworkList>(networks_of(options.trusted_proxies));
  http::HttpServer::Options http_options;
  http_options.executor = executor;
  http_options.connection_executor = options.connection_executor;
  http_options.backlog = options.backlog;
  if (options.storage_threads > 0) http_options.blocking_threads = options.storage_threads;
  http_options.limits = options.http;
  http_options.cors_origins = options.cors_origins;
  http_options.client_addresses.is_exempt = [exempt](std::string_view address) {
    return exempt->contains(address);
  };
  if (!proxies->empty()) {
    http_options.client_addresses.client_address = [proxies](std::string_view address,
                                                             std::span<const FieldView> fields) {
      return client_address_of(address, fields, *proxies);
    };
  }
  http_options.rate_limit_key = [exempt, proxies](std::string_view address) {
    const bool counted = !exempt->contains(address) && !proxies->contains(address);
    return counted ? security::subscriber_prefix(address) : std::string();
  };
  if (options.log) {
    http_options.log = [log = options.log](LogLine::Level level, std::string text) {
      log(LogLine{level, 0, std::move(text)});
    };
  }
  http_options.access_log = options.access_log;
  return http_options;
}

}  // namespace convert::server::api
