// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <convert/server/server.hpp>

#include "http/connection/http_server.hpp"

namespace convert::server::api {

/// The options of the HTTP layer that follow from those of a Server. Throws std::invalid_argument for an
/// invalid list of networks; programs validate their options earlier.
http::HttpServer::Options http_server_options(const asio::any_io_executor& executor,
                                              const ServerOptions& options);

}  // namespace convert::server::api
