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

/// The HTTP core without an API: a Router of the test's on a free port of the loopback.
class RouterTestServer {
 public:
  using Adjust = std::function<void(server::http::HttpServer::Options&)>;
  /// `threads` run its io_context.
  explicit RouterTestServer(const std::function<void(server::Router&)>& routes, const Adjust& adjust = {},
                            unsigned threads = 1);
  RouterTestServer(const RouterTestServer&) = delete;
  RouterTestServer& operator=(const RouterTestServer&) = delete;
  ~RouterTestServer();

  std::uint16_t port() const { return port_; }
  std::string log() const;
  /// Waits until that is in the log; false: it does not come.
  bool logged(std::string_view text) const;
  /// HttpServer::stop, to its end; false: it takes longer than a minute.
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

/// What most tests ask: /canary, /echo (what was sent), /count (how many bytes were), /source, /file,
/// /json (large), /nothing (reads no body), /duplex (answers while it reads), /forever (until the client
/// goes).
class TestRoutes {
 public:
  TestRoutes();
  void routes(server::Router& router);

  /// How often /canary was asked.
  int canary_requests() const;
  /// Waits until so many sources of /forever have ended; false: they did not.
  bool ended(int count) const;

  std::string file;  ///< the contents of /file

  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace convert::test
