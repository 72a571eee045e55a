// SPDX-License-Identifier: MIT
#include "http/raw/router_test_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <stdexcept>
#include <utility>

namespace convert::test {

using namespace server;  // NOLINT(google-build-using-namespace): what is under test
using namespace std::chrono_literals;

RouterTestServer::RouterTestServer(const std::function<void(Router&)>& routes, const Adjust& adjust,
                                   unsigned threads)
    : work_(context_.get_executor()) {
  http::HttpServer::Options options;
  options.executor = context_.get_executor();
  options.log = [this](LogLine::Level, std::string text) {
    const std::lock_guard lock(mutex_);
    log_ += text + '\n';
    news_.notify_all();
  };
  if (adjust) adjust(options);
  server_ = std::make_shared<http::HttpServer>(std::move(options), nullptr);
  routes(server_->router());
  const auto port = server_->listen("127.0.0.1", 0);
  if (!port) throw std::runtime_error(port.error().message);
  port_ = *port;
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { context_.run(); });
}

RouterTestServer::~RouterTestServer() {
  stop(0ms);
  server_.reset();
  work_.reset();
  context_.stop();
  for (std::thread& thread : threads_) thread.join();
}

std::string RouterTestServer::log() const {
  const std::lock_guard lock(mutex_);
  return log_;
}

bool RouterTestServer::logged(std::string_view text) const {
  std::unique_lock lock(mutex_);
  return news_.wait_for(lock, 20s, [&]() { return log_.find(text) != std::string::npos; });
}

bool RouterTestServer::stop(std::chrono::milliseconds grace) {
  if (std::exchange(stopped_, true)) return true;
  auto stopped = boost::asio::co_spawn(context_, server_->stop(grace), boost::asio::use_future);
  return stopped.wait_for(60s) == std::future_status::ready;
}

}  // namespace convert::test
