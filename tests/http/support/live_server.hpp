// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <convert/engine.hpp>
#include <convert/server/server.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "support/test_files.hpp"

namespace convert::test {

/// Settings of a LiveServer, adjusted by tests.
struct LiveSettings {
  server::ServerOptions server{};  ///< accounts in memory, a random secret
  EngineOptions engine{};  ///< blobs and jobs in the folder, conversions in this process, polled every 20 ms
  unsigned threads = 1;    ///< number of threads of the io_context
  bool starts_engine = true;                      ///< false: tasks stay UPLOADED
  std::function<void(server::Router&)> routes{};  ///< adds routes before it listens
};

/// An adjustment of LiveServer: no job runs.
inline void runs_nothing(LiveSettings& settings) { settings.starts_engine = false; }

/// A server with its engine in this process, on a free port of the loopback interface. The destructor stops
/// both and removes the folder.
class LiveServer {
 public:
  explicit LiveServer(const std::function<void(LiveSettings&)>& adjust = {});
  LiveServer(const LiveServer&) = delete;
  LiveServer& operator=(const LiveServer&) = delete;
  ~LiveServer();

  std::uint16_t port() const { return port_; }
  std::string url(std::string_view path = {}) const;
  Engine& engine() { return *engine_; }
  const TemporaryFolder& folder() const { return folder_; }
  /// All log lines so far.
  std::string log() const;

  /// Awaits Server::stop, once; false if it takes longer than `patience`.
  bool stop(std::chrono::milliseconds grace, std::chrono::milliseconds patience = std::chrono::seconds(60));

 private:
  using Work = boost::asio::executor_work_guard<boost::asio::io_context::executor_type>;
  LiveSettings settings();
  void note(std::string_view line);

  TemporaryFolder folder_;
  mutable std::mutex mutex_;
  std::string log_;  // guarded by mutex_
  boost::asio::io_context context_;
  std::unique_ptr<Work> work_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<server::Server> server_;
  std::vector<std::thread> threads_;
  std::uint16_t port_ = 0;
  bool stopped_ = false;
};

}  // namespace convert::test
