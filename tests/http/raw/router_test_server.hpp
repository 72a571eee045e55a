// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "http/connection/http_server.hpp"

namespace convert::test {

/// The HTTP server without the API: a Router of the test on a free port of the loopback interface.
class RouterTestServer {
 public:
  using Adjust = std::function<void(server::http::HttpServer::Options&)>;
  /// `threads` is the number of threads that run the io_context.
  explicit RouterTestServer(const std::function<void(server::Router&)>& routes, const Adjust& adjust = {},
                            unsigned threads = 1);
  RouterTestServer(const RouterTestServer&) = delete;
  RouterTestServer& operator=(const RouterTestServer&) = delete;
  ~RouterTestServer();

  std::uint16_t port() const { return port_; }
  std::string log() const;
  /// Waits until the log contains the text; false on timeout.
  bool logged(std::string_view text) const;
  /// Awaits HttpServer::stop; false if it takes longer than a minute.
  bool stop(std::chrono::milliseconds grace);

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable news_;
  std::string log_;  // guarded by mutex_
  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::shared_ptr<server::http::HttpServer> server_;
  std::vector<std::thread> threads_;
  std::uint16_t port_ = 0;
  bool stopped_ = false;
};

inline const std::string kCanary = "GET /canary HTTP/1.1\r\nHost: toys\r\n\r\n";

/// Routes for tests: /canary, /echo (returns the body), /count (returns its size), /source, /file, /json
/// (large), /nothing (does not read the body), /duplex (responds while reading), /forever (until the client
/// disconnects).
class TestRoutes {
 public:
  TestRoutes();
  void routes(server::Router& router);

  /// Number of requests for /canary.
  int canary_requests() const;
  /// Waits until `count` streams of /forever have ended; false on timeout.
  bool ended(int count) const;

  std::string file;  ///< content of /file

  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace convert::test
