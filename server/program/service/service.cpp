// SPDX-License-Identifier: MIT
#include "service/service.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <csignal>
#include <exception>
#include <filesystem>
#include <future>
#include <system_error>
#include <utility>

#include <convert/sandbox.hpp>
#include <convert/version.hpp>

namespace convertd {
namespace {

namespace asio = boost::asio;

/// How long the event loops may finish closing connections after the server has stopped.
constexpr std::chrono::milliseconds kDrainTimeout{1'000};

/// Signals within this time count as one: some programs send the same signal twice.
constexpr std::chrono::milliseconds kSignalCoalescing{1'000};

/// Blocks or unblocks the signals that stop the service. Threads inherit the mask, so only the main thread
/// receives them.
void mask_stop_signals(int how) {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGINT);
  ::sigaddset(&signals, SIGTERM);
  ::sigaddset(&signals, SIGHUP);
  ::pthread_sigmask(how, &signals, nullptr);
}

bool ignores(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

unsigned http_threads(const Settings& settings) {
  return settings.http_threads != 0 ? settings.http_threads
                                    : std::clamp(std::thread::hardware_concurrency(), 1U, 4U);
}

convert::EngineOptions engine_options(const Settings& settings, const Log& log) {
  auto options = settings.engine;
  // A job must be able to read the largest upload.
  options.limits.input_bytes =
      std::max(options.limits.input_bytes, *settings.server.default_quota.file_bytes);
  options.log = log;
  return options;
}

/// Checks --worker-path early. Without it, the sandbox searches the worker.
Result<void> check_worker(const std::filesystem::path& worker) {
  std::error_code failure;
  if (worker.empty()) return {};
  if (std::filesystem::is_regular_file(worker, failure) && ::access(worker.c_str(), X_OK) == 0) return {};
  return Error{
      Errc::not_found,
      fmt::format(
          "--worker-path: \"{}\" is not a program that user {} can run. Name the program convert-worker, "
          "or omit the option if it is beside convertd.",
          worker.string(), ::geteuid()),
      false};
}

}  // namespace

EventLoops::EventLoops(unsigned count) {
  for (unsigned i = 0; i < std::max(1U, count); ++i) loops_.push_back(std::make_unique<EventLoop>());
  for (auto& loop : loops_) {
    loop->ended = std::async(std::launch::async, [&context = loop->context] { context.run(); });
  }
}

EventLoops::~EventLoops() { drain(std::chrono::milliseconds(0)); }

boost::asio::any_io_executor EventLoops::first() { return loops_.front()->context.get_executor(); }

boost::asio::any_io_executor EventLoops::next() {
  const auto turn = turn_.fetch_add(1, std::memory_order_relaxed);
  return loops_[turn % loops_.size()]->context.get_executor();
}

void EventLoops::drain(std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (auto& loop : loops_) loop->work.reset();
  for (auto& loop : loops_) {
    if (!loop->ended.valid()) continue;
    loop->ended.wait_until(deadline);
    loop->context.stop();
    loop->ended.get();
  }
}

Result<std::unique_ptr<Service>> Service::open(const Settings& settings, const Log& log) {
  if (auto good = check_worker(settings.sandbox.worker_program); !good) return good.error();
  mask_stop_signals(SIG_BLOCK);
  auto folder = open_data_folder(settings.data);
  if (!folder) return folder.error();
  auto engine = engine_options(settings, log);
  auto server = settings.server;
  server.log = log;
  if (log.format() == LogFormat::json)
    server.access_log = [log](const convert::server::AccessLogEntry& entry) { log.write_access(entry); };

  // Creating a database flushes about twelve times, so both are opened concurrently.
  auto opening = std::async(std::launch::async, [&] { return open_job_store(settings, *folder); });
  auto secrets = open_secrets(settings, *folder);
  if (!secrets) return secrets.error();
  server.secrets = std::move(*secrets);
  server.reload_secrets = secret_reloader(settings, *folder, log);
  auto accounts = open_account_store(settings, *folder);
  if (!accounts) return accounts.error();
  server.accounts = std::move(*accounts);
  auto storage = open_storage(settings, *folder);
  if (!storage) return storage.error();
  engine.storage = std::move(*storage);
  auto jobs = opening.get();
  if (!jobs) return jobs.error();
  engine.store = std::move(*jobs);
  return std::unique_ptr<Service>(
      new Service(settings, log, std::move(*folder), std::move(engine), std::move(server)));
}

Service::Service(const Settings& settings, const Log& log, DataFolder folder, convert::EngineOptions engine,
                 convert::server::ServerOptions server)
    : settings_(settings),
      log_(log),
      folder_(std::move(folder)),
      main_(1),
      signals_(main_, SIGINT, SIGTERM),
      event_loops_(http_threads(settings)),
      engine_([&] {
        engine.open_execution = [this] { return open_sandbox(); };
        return std::move(engine);
      }()) {
  server.connection_executor = [this] { return event_loops_.next(); };
  server_.emplace(event_loops_.first(), engine_, std::move(server));
  // A closed terminal stops the service, unless `nohup` ignores SIGHUP.
  if (!ignores(SIGHUP)) signals_.add(SIGHUP);
  wait_for_signal();
}

Service::~Service() {
  if (engine_starter_.joinable()) engine_starter_.join();
  if (stopper_.joinable()) stopper_.join();
  server_.reset();
  event_loops_.drain(kDrainTimeout);
}

Result<void> Service::listen() {
  std::string addresses;
  for (auto endpoint : settings_.listen) {
    const auto port = server_->listen(endpoint.address, endpoint.port);
    if (!port) {
      return Error{port.error().code,
                   fmt::format("Cannot listen on {}: {}", format_endpoint(endpoint), port.error().message),
                   false};
    }
    endpoint.port = *port;
    addresses += fmt::format("{}http://{}", addresses.empty() ? "" : ", ", format_endpoint(endpoint));
  }
  print_status(
      fmt::format("convertd {}: {}, data in {}", convert::version(), addresses, folder_.root.string()));
  return {};
}

ExitCode Service::run() {
  engine_starter_ = std::thread([this] { start_engine(); });
  mask_stop_signals(SIG_UNBLOCK);
  main_.run();
  return code_;
}

void Service::print_status(std::string line) { stdout_.write(line.append("\n")); }

Result<std::shared_ptr<convert::Execution>> Service::open_sandbox() {
  auto options = settings_.sandbox;
  options.temporary_folder = folder_.scratch();
  auto sandbox = convert::Sandbox::start(std::move(options));
  if (!sandbox) return sandbox.error();
  confinement_ = (*sandbox)->confinement();
  return std::shared_ptr<convert::Execution>(std::move(*sandbox));
}

void Service::start_engine() {
  if (const auto started = engine_.start(); started) {
    return print_status(
        fmt::format("ready: {} workers, confined by {}", settings_.sandbox.idle_workers, confinement_));
  } else {
    print_error(started.error().message);
  }
  asio::post(main_, [this] {
    code_ = ExitCode::environment;
    if (!stopping_) stop();
  });
}

void Service::wait_for_signal() {
  signals_.async_wait([this](boost::system::error_code failure, int number) {
    if (failure) return;
    wait_for_signal();
    const auto now = std::chrono::steady_clock::now();
    if (stopping_) {
      // A second signal exits at once. Acknowledged jobs survive, as they survive a kill. (`timeout` sends
      // its signal twice: to the process and to its group.)
      if (now - stop_requested_ > kSignalCoalescing) ::_exit(128 + number);
      return;
    }
    stop_requested_ = now;
    print_status(fmt::format("stopping: waiting at most {} for running requests and conversions",
                             format_duration(settings_.shutdown_timeout)));
    stop();
  });
}

void Service::stop() {
  stopping_ = true;
  pending_stops_ = 2;
  const auto done = [this](std::exception_ptr) { asio::post(main_, [this] { finish_stop(); }); };
  asio::co_spawn(event_loops_.first(), server_->stop(settings_.shutdown_timeout), done);
  stopper_ = std::thread([this, done] {
    engine_starter_.join();  // an engine cannot be stopped while it starts
    engine_.stop(settings_.shutdown_timeout);
    done(nullptr);
  });
}

void Service::finish_stop() {
  if (--pending_stops_ > 0) return;
  if (code_ == ExitCode::done) print_status("stopped");
  signals_.cancel();
}

}  // namespace convertd
