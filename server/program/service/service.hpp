// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

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
#include <convert/server/server.hpp>

#include "console.hpp"
#include "options/settings.hpp"
#include "service/data_folder.hpp"
#include "service/service_log.hpp"

namespace convertd {

/// Threads with an event loop each: a connection lives in one of them and needs no lock against the others.
class EventLoops {
 public:
  explicit EventLoops(unsigned count);
  /// As `drain` without patience.
  ~EventLoops();
  EventLoops(const EventLoops&) = delete;
  EventLoops& operator=(const EventLoops&) = delete;

  boost::asio::any_io_executor first();
  /// The next by turns. Thread-safe.
  boost::asio::any_io_executor next();
  /// Lets them end when nothing is left to do, waits for that so long, and ends those that go on.
  void drain(std::chrono::milliseconds timeout);

 private:
  struct EventLoop {
    EventLoop() : context(1), work(context.get_executor()) {}  // 1: a single thread runs it
    boost::asio::io_context context;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work;
    std::future<void> ended;
  };
  std::vector<std::unique_ptr<EventLoop>> event_loops_;
  std::atomic<std::size_t> turn_ = 0;
};

/// The service while it runs. It answers before its workers are there: they are started in a thread of its
/// own, and what needs them is refused until then.
class Service {
 public:
  /// Opens what the data folder holds. Errors: those of the backends, as ExitCode::environment.
  static Result<std::unique_ptr<Service>> open(const Settings& settings, const Log& log);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// Errors: those of Server::listen, naming the address.
  Result<void> listen();
  /// Serves in this thread and those of `EventLoops` until a signal, or until it turns out that there can be
  /// no workers.
  ExitCode run();

 private:
  Service(const Settings& settings, const Log& log, DataFolder folder, convert::EngineOptions engine,
          convert::server::ServerOptions server);

  Result<std::shared_ptr<convert::Execution>> open_sandbox();
  void start_engine();
  void wait_for_signal();
  void stop();
  void finish_stop();
  /// On the standard output.
  void print_status(std::string line);

  const Settings settings_;
  const Log log_;
  LogWriter stdout_{STDOUT_FILENO};
  const DataFolder folder_;
  boost::asio::io_context main_;
  boost::asio::signal_set signals_;
  EventLoops event_loops_;
  convert::Engine engine_;
  std::optional<convert::server::Server> server_;
  std::string confinement_;
  std::thread engine_starter_;
  std::thread stopper_;
  int pending_stops_ = 0;
  bool stopping_ = false;
  std::chrono::steady_clock::time_point stop_requested_{};  ///< to stop, by a signal
  ExitCode code_ = ExitCode::done;
};

}  // namespace convertd
