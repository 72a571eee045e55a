// SPDX-License-Identifier: MIT
#include "http/support/live_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <convert/execution.hpp>
#include <future>
#include <utility>

#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

namespace asio = boost::asio;

/// Shared by all servers of a test program, since it is slow to create.
std::shared_ptr<Execution> shared_execution() {
  static const auto execution = in_process_execution(std::make_shared<Library>());
  return execution;
}

}  // namespace

LiveSettings LiveServer::settings() {
  LiveSettings settings;
  settings.engine.storage = must(disk_storage(folder_ / "blobs", {.durability = Durability::process}));
  settings.engine.store = must(sqlite_job_store(folder_ / "jobs.db", {.durability = Durability::process}));
  settings.engine.execution = shared_execution();
  settings.engine.poll_interval = std::chrono::milliseconds(20);
  settings.engine.log = [this](const LogLine& line) { note(line.message); };
  settings.server.log = [this](const LogLine& line) { note(line.message); };
  return settings;
}

LiveServer::LiveServer(const std::function<void(LiveSettings&)>& adjust) {
  auto settings = this->settings();
  if (adjust) adjust(settings);
  engine_ = std::make_unique<Engine>(settings.engine);
  if (settings.starts_engine) must(engine_->start());
  work_ = std::make_unique<Work>(context_.get_executor());
  server_ = std::make_unique<server::Server>(context_.get_executor(), *engine_, settings.server);
  if (settings.routes) settings.routes(server_->router());
  port_ = must(server_->listen("127.0.0.1", 0));
  for (unsigned i = 0; i < settings.threads; ++i) threads_.emplace_back([this] { context_.run(); });
}

LiveServer::~LiveServer() {
  stop(std::chrono::milliseconds(0));
  server_.reset();
  work_.reset();
  context_.stop();
  for (auto& thread : threads_) thread.join();
}

std::string LiveServer::url(std::string_view path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
}

void LiveServer::note(std::string_view line) {
  const std::lock_guard lock(mutex_);
  log_.append(line).push_back('\n');
}

std::string LiveServer::log() const {
  const std::lock_guard lock(mutex_);
  return log_;
}

bool LiveServer::stop(std::chrono::milliseconds grace, std::chrono::milliseconds patience) {
  if (std::exchange(stopped_, true)) return true;
  auto stopped = asio::co_spawn(context_, server_->stop(grace), asio::use_future);
  return stopped.wait_for(patience) == std::future_status::ready;
}

}  // namespace convert::test
