// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <convert/engine.hpp>
#include <convert/library.hpp>
#include <convert/server/health_server.hpp>
#include <convert/server/server.hpp>

#include "console.hpp"
#include "options/settings.hpp"
#include "service/data_folder.hpp"
#include "service/service_log.hpp"

namespace convertd {

/// One event loop per thread. Each connection belongs to one loop and needs no locks.
class EventLoops {
 public:
  explicit EventLoops(unsigned count);
  /// Calls `drain(0)`.
  ~EventLoops();
  EventLoops(const EventLoops&) = delete;
  EventLoops& operator=(const EventLoops&) = delete;

  /// The executor of the first loop.
  boost::asio::any_io_executor first();
  /// The executor of the next loop, round-robin. Thread-safe.
  boost::asio::any_io_executor next();
  /// Lets the loops end when they are idle. Stops those that still run after `timeout`.
  void drain(std::chrono::milliseconds timeout);

 private:
  struct EventLoop {
    EventLoop() : context(1), work(context.get_executor()) {}  // 1: run by a single thread
    boost::asio::io_context context;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work;
    std::future<void> ended;
  };
  std::vector<std::unique_ptr<EventLoop>> loops_;
  std::atomic<std::size_t> turn_ = 0;
};

/// The running service, in its role. It serves requests before the workers have started; requests that need a
/// worker are rejected until then. A host that runs no tasks starts its workers, if it has any, in `open`.
class Service {
 public:
  /// Opens the data folder and the backends; waits for those that cannot be reached. Errors: those of the
  /// backends; `cancelled` (a signal to stop).
  static Result<std::unique_ptr<Service>> open(const Settings& settings, const Log& log);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// Listens on all addresses. Errors: those of Server::listen, with the address.
  Result<void> listen();
  /// Serves on this thread and those of `EventLoops` until a signal, or until the workers fail to start.
  ExitCode run();

 private:
  /// What `open` has opened.
  struct Parts {
    DataFolder folder;
    std::shared_ptr<const convert::Library> catalogue;  ///< of an API host: knows the formats
    convert::EngineOptions engine;
    convert::server::ServerOptions server;
    std::string confinement;  ///< of the workers of an API host
  };

  Service(const Settings& settings, const Log& log, Parts parts);

  /// These two may be repeated: they open what is not open yet.
  static Result<void> open_engine_backends(const Settings& settings, Parts& parts);
  static Result<void> open_accounts(const Settings& settings, const Log& log, Parts& parts);
  static Result<void> prepare_api_host(const Settings& settings, Parts& parts);

  Result<std::uint16_t> listen_on(const Endpoint& endpoint);
  Result<std::shared_ptr<convert::Execution>> open_sandbox();
  void start_engine();
  void wait_for_signal();
  void stop(std::chrono::milliseconds drain_time);
  void start_draining();
  void stop_listening();
  void finish_stop();
  /// Writes a line to the standard output. Drops it if the reader of a pipe is stalled.
  void print_status(std::string line);

  const Settings settings_;
  const Log log_;
  LogWriter stdout_{STDOUT_FILENO};
  const DataFolder folder_;
  const std::shared_ptr<const convert::Library> catalogue_;
  boost::asio::io_context main_;
  boost::asio::signal_set signals_;
  boost::asio::steady_timer drain_timer_;
  EventLoops event_loops_;
  convert::Engine engine_;
  std::optional<convert::server::Server> server_;        ///< unless the host is a worker
  std::optional<convert::server::HealthServer> health_;  ///< of a worker
  std::string confinement_;
  std::thread engine_starter_;
  std::thread stopper_;
  int pending_stops_ = 0;
  bool stopping_ = false;
  std::chrono::steady_clock::time_point stop_requested_{};  ///< the time of the first signal
  ExitCode code_ = ExitCode::done;
};

}  // namespace convertd
