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

#include "options/passwords.hpp"
#include "options/roles.hpp"
#include "service/backends.hpp"
#include "service/start_retries.hpp"
#include "service/stop_signals.hpp"

namespace convertd {
namespace {

namespace asio = boost::asio;

/// How long the event loops may finish closing connections after the server has stopped.
constexpr std::chrono::milliseconds kDrainTimeout{1'000};

/// How long the last health check of a worker may take.
constexpr std::chrono::milliseconds kHealthStopTimeout{1'000};

/// Signals within this time count as one: some programs send the same signal twice.
constexpr std::chrono::milliseconds kSignalCoalescing{1'000};

unsigned http_threads(const Settings& settings) {
  return settings.http_threads != 0 ? settings.http_threads
                                    : std::clamp(std::thread::hardware_concurrency(), 1U, 4U);
}

/// Several heartbeats fit into a lease, so that a lost one costs nothing.
std::chrono::milliseconds heartbeat_interval(std::chrono::milliseconds lease) {
  constexpr std::chrono::milliseconds kLongest{1'000};
  return std::max(std::chrono::milliseconds(50), std::min(kLongest, lease / 4));
}

/// Calls to a storage on a server wait for the network, not for a processor.
constexpr unsigned kRemoteStorageThreads = 32;

convert::EngineOptions engine_options(const Settings& settings, const Log& log, const DataFolder& folder) {
  auto options = settings.engine;
  // A job must be able to read the largest upload.
  options.limits.input_bytes =
      std::max(options.limits.input_bytes, *settings.server.default_quota.file_bytes);
  options.heartbeat_interval = heartbeat_interval(options.lease_duration);
  options.temporary_folder = folder.scratch();
  options.log = log;
  return options;
}

convert::server::ServerOptions server_options(const Settings& settings, const Log& log) {
  auto options = settings.server;
  options.log = log;
  if (log.format() == LogFormat::json)
    options.access_log = [log](const convert::server::AccessLogEntry& entry) { log.write_access(entry); };
  if (is_remote(settings.storage)) options.storage_threads = kRemoteStorageThreads;
  // Clients of a load balancer reach another host with each request.
  options.cache_task_lists = !is_remote(job_store_uri(settings));
  options.jobs_run_elsewhere = !runs_tasks(settings);
  return options;
}

convert::SandboxOptions sandbox_options(const Settings& settings, const DataFolder& folder) {
  auto options = settings.sandbox;
  if (!runs_tasks(settings)) options.idle_workers = settings.workers_ready;
  options.temporary_folder = folder.scratch();
  return options;
}

std::string where_the_data_are(const Settings& settings, const DataFolder& folder) {
  std::string text = fmt::format("data in {}", folder.root.string());
  if (settings.role != Role::all) text += fmt::format(", role {}", to_string(settings.role));
  if (const auto uri = job_store_uri(settings); !uri.empty()) text += ", tasks in " + mask_passwords(uri);
  if (!settings.storage.empty()) text += ", files in " + mask_passwords(settings.storage);
  return text;
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
  if (needs_workers(settings)) {
    if (auto good = check_worker(settings.sandbox.worker_program); !good) return good.error();
  }
  mask_stop_signals(SIG_BLOCK);
  auto folder = open_data_folder(settings.data);
  if (!folder) return folder.error();
  Parts parts{std::move(*folder), {}, {}, {}, {}};
  parts.engine = engine_options(settings, log, parts.folder);
  parts.server = server_options(settings, log);

  const auto open_backends = [&]() -> Result<void> {
    // Creating a database flushes about twelve times, so both are opened concurrently.
    auto opening = std::async(std::launch::async, [&] { return open_engine_backends(settings, parts); });
    auto accounts = serves_api(settings) ? open_accounts(settings, log, parts) : Result<void>();
    auto backends = opening.get();
    return accounts ? backends : accounts;
  };
  auto opened = retry_while_unavailable(open_backends, settings.start_timeout, &stop_signal_within,
                                        [&](std::string reason) { log.warning(std::move(reason)); });
  if (!opened) return opened.error();
  if (!runs_tasks(settings)) {
    if (auto done = prepare_api_host(settings, parts); !done) return done.error();
  }
  return std::unique_ptr<Service>(new Service(settings, log, std::move(parts)));
}

Result<void> Service::open_engine_backends(const Settings& settings, Parts& parts) {
  if (!parts.engine.store) {
    auto jobs = open_job_store(settings, parts.folder);
    if (!jobs) return jobs.error();
    parts.engine.store = std::move(*jobs);
  }
  if (!parts.engine.storage) {
    auto storage = open_storage(settings, parts.folder);
    if (!storage) return storage.error();
    parts.engine.storage = std::move(*storage);
  }
  if (parts.engine.queue) return {};
  auto queue = open_queue(settings);
  if (!queue) return queue.error();
  parts.engine.queue = std::move(*queue);
  return {};
}

Result<void> Service::open_accounts(const Settings& settings, const Log& log, Parts& parts) {
  if (parts.server.secrets.empty()) {
    auto secrets = open_secrets(settings, parts.folder);
    if (!secrets) return secrets.error();
    parts.server.secrets = std::move(*secrets);
    parts.server.reload_secrets = secret_reloader(settings, parts.folder, log);
  }
  if (parts.server.accounts) return {};
  auto accounts = open_account_store(settings, parts.folder);
  if (!accounts) return accounts.error();
  parts.server.accounts = std::move(*accounts);
  return {};
}

Result<void> Service::prepare_api_host(const Settings& settings, Parts& parts) {
  parts.catalogue = std::make_shared<const convert::Library>();
  parts.engine.formats = parts.catalogue->formats();
  if (!needs_workers(settings)) return {};
  auto sandbox = convert::Sandbox::start(sandbox_options(settings, parts.folder));
  if (!sandbox) return sandbox.error();
  parts.confinement = (*sandbox)->confinement();
  parts.engine.execution = std::move(*sandbox);
  return {};
}

Service::Service(const Settings& settings, const Log& log, Parts parts)
    : settings_(settings),
      log_(log),
      folder_(std::move(parts.folder)),
      catalogue_(std::move(parts.catalogue)),
      main_(1),
      signals_(main_, SIGINT, SIGTERM),
      drain_timer_(main_),
      event_loops_(http_threads(settings)),
      engine_([&] {
        if (runs_tasks(settings)) parts.engine.open_execution = [this] { return open_sandbox(); };
        return std::move(parts.engine);
      }()),
      confinement_(std::move(parts.confinement)) {
  parts.server.connection_executor = [this] { return event_loops_.next(); };
  if (serves_api(settings)) {
    server_.emplace(event_loops_.first(), engine_, std::move(parts.server));
  } else {
    health_.emplace(event_loops_.first(), parts.server, [this] { return engine_.ready(); });
  }
  // A closed terminal stops the service, unless `nohup` ignores SIGHUP.
  if (!is_ignored(SIGHUP)) signals_.add(SIGHUP);
  wait_for_signal();
}

Service::~Service() {
  if (engine_starter_.joinable()) engine_starter_.join();
  if (stopper_.joinable()) stopper_.join();
  server_.reset();
  health_.reset();
  event_loops_.drain(kDrainTimeout);
}

Result<void> Service::listen() {
  std::string addresses;
  for (auto endpoint : settings_.listen) {
    const auto port = listen_on(endpoint);
    if (!port) {
      return Error{port.error().code,
                   fmt::format("Cannot listen on {}: {}", format_endpoint(endpoint), port.error().message),
                   false};
    }
    endpoint.port = *port;
    addresses += fmt::format("{}http://{}", addresses.empty() ? "" : ", ", format_endpoint(endpoint));
  }
  print_status(fmt::format("convertd {}: {}, {}", convert::version(), addresses,
                           where_the_data_are(settings_, folder_)));
  return {};
}

Result<std::uint16_t> Service::listen_on(const Endpoint& endpoint) {
  return server_ ? server_->listen(endpoint.address, endpoint.port)
                 : health_->listen(endpoint.address, endpoint.port);
}

ExitCode Service::run() {
  engine_starter_ = std::thread([this] { start_engine(); });
  mask_stop_signals(SIG_UNBLOCK);
  main_.run();
  return code_;
}

void Service::print_status(std::string line) { stdout_.write(line.append("\n")); }

Result<std::shared_ptr<convert::Execution>> Service::open_sandbox() {
  auto sandbox = convert::Sandbox::start(sandbox_options(settings_, folder_));
  if (!sandbox) return sandbox.error();
  confinement_ = (*sandbox)->confinement();
  return std::shared_ptr<convert::Execution>(std::move(*sandbox));
}

void Service::start_engine() {
  if (!runs_tasks(settings_)) {
    return print_status(needs_workers(settings_)
                            ? fmt::format("ready: {} workers for probes, plans and streams, confined by {}",
                                          settings_.workers_ready, confinement_)
                            : std::string("ready: no workers here; tasks run on other hosts"));
  }
  if (const auto started = engine_.start(); started) {
    return print_status(
        fmt::format("ready: {} workers, confined by {}", settings_.sandbox.idle_workers, confinement_));
  } else {
    print_error(started.error().message);
  }
  asio::post(main_, [this] {
    code_ = ExitCode::environment;
    if (!stopping_) stop(std::chrono::milliseconds(0));
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
    const auto drain = settings_.drain_time.count() == 0 ? std::string()
                                                         : fmt::format("/readyz answers 503 for {}, then ",
                                                                       format_duration(settings_.drain_time));
    print_status(fmt::format("stopping: {}waiting at most {} for running requests and conversions", drain,
                             format_duration(settings_.shutdown_timeout)));
    stop(settings_.drain_time);
  });
}

/// The engine claims no more tasks from now on, and gives running ones until the end of the whole stop.
void Service::stop(std::chrono::milliseconds drain_time) {
  stopping_ = true;
  pending_stops_ = 2;
  start_draining();
  stopper_ = std::thread([this, grace = drain_time + settings_.shutdown_timeout] {
    engine_starter_.join();  // an engine cannot be stopped while it starts
    engine_.stop(grace);
    asio::post(main_, [this] {
      if (health_) stop_listening();  // a worker answers health checks until its tasks have ended
      finish_stop();
    });
  });
  if (health_) return;
  drain_timer_.expires_after(drain_time);
  drain_timer_.async_wait([this](boost::system::error_code) { stop_listening(); });
}

void Service::start_draining() {
  if (server_) server_->start_draining();
  if (health_) health_->start_draining();
}

void Service::stop_listening() {
  const auto done = [this](std::exception_ptr) { asio::post(main_, [this] { finish_stop(); }); };
  auto stopping = server_ ? server_->stop(settings_.shutdown_timeout) : health_->stop(kHealthStopTimeout);
  asio::co_spawn(event_loops_.first(), std::move(stopping), done);
}

void Service::finish_stop() {
  if (--pending_stops_ > 0) return;
  if (code_ == ExitCode::done) print_status("stopped");
  signals_.cancel();
}

}  // namespace convertd
