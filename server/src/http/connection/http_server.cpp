// SPDX-License-Identifier: MIT
#include "http/connection/http_server.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/try.hpp"
#include "http/connection/http_session.hpp"

namespace convert::server::http {
namespace {

using Clock = std::chrono::steady_clock;

/// Reserves a quarter of the descriptors plus 64 for files, databases and workers.
std::size_t connection_limit(std::size_t requested) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return requested;
  const auto descriptors = static_cast<std::size_t>(limit.rlim_cur);
  const std::size_t others = descriptors / 4 + 64;
  return std::min(requested, descriptors > others ? descriptors - others : 1);
}

}  // namespace

HttpServer::HttpServer(Options options, std::shared_ptr<void> owner)
    : owner_(std::move(owner)),
      options_(std::move(options)),
      pool_(options_.blocking_threads),
      context_{router_, pool_, ids_, options_.limits, Cors(options_.cors_origins), options_.client_addresses},
      connections_(std::make_shared<ConnectionRegistry>(connection_limit(options_.limits.max_connections),
                                                        options_.limits.max_connections_per_address)),
      reaper_(std::make_shared<ConnectionReaper>(options_.executor, connections_, options_.now)),
      overload_responder_(std::make_shared<OverloadResponder>()) {
  context_.closing = closing_.get_token();
  context_.now = options_.now;
  if (const auto allowed = connection_limit(options_.limits.max_connections);
      allowed < options_.limits.max_connections) {
    log(LogLine::Level::warning, fmt::format("The limit on open files allows {} connections, fewer than "
                                             "max-connections ({}). Raise it (ulimit -n).",
                                             allowed, options_.limits.max_connections));
  }
  if (options_.log || options_.access_log) {
    context_.log = [this](const AccessLogEntry& entry) { log_access(entry); };
  }
}

void HttpServer::log(LogLine::Level level, std::string text) const {
  if (options_.log) options_.log(level, std::move(text));
}

void HttpServer::log_access(AccessLogEntry entry) const {
  if (entry.constant && entry.error.empty()) return;
  const bool refused = entry.status == 503 && !entry.error.empty();
  entry.level = entry.status == 500 ? LogLine::Level::error
                : refused           ? LogLine::Level::warning
                                    : LogLine::Level::info;
  if (options_.access_log) {
    options_.access_log(entry);
    return;
  }
  std::string line = fmt::format("{} {} {} {} {} B {} ms {}", entry.id, entry.method, entry.path,
                                 entry.status, entry.bytes, entry.took.count(), entry.address);
  if (!entry.error.empty()) line += fmt::format(" ({})", entry.error);
  log(entry.level, std::move(line));
}

asio::any_io_executor HttpServer::next_executor() const {
  if (options_.connection_executor) return options_.connection_executor();
  return asio::make_strand(options_.executor);
}

Result<std::uint16_t> HttpServer::listen(std::string_view address, std::uint16_t port) {
  const std::weak_ptr<HttpServer> self = weak_from_this();
  Listener::Callbacks callbacks;
  callbacks.next_executor = [self]() {
    const std::shared_ptr<HttpServer> server = self.lock();
    return server ? server->next_executor() : asio::any_io_executor();
  };
  callbacks.on_accept = [self](asio::ip::tcp::socket socket) {
    if (const std::shared_ptr<HttpServer> server = self.lock()) server->accept(std::move(socket));
  };
  callbacks.on_error = [self](const std::string& text) {
    if (const std::shared_ptr<HttpServer> server = self.lock()) server->log(LogLine::Level::error, text);
  };
  CONVERT_TRY_ASSIGN(auto listener, Listener::open(options_.executor, address, port, options_.backlog,
                                                   std::move(callbacks)));
  if (listeners_.empty()) reaper_->start();
  listeners_.push_back(listener);
  listener->start();
  return listener->port();
}

void HttpServer::accept(asio::ip::tcp::socket socket) {
  boost::system::error_code code;
  const auto remote = socket.remote_endpoint(code);
  if (code) return;  // the client disconnected
  const std::string address = remote.address().to_string();
  auto slot = connections_->admit(options_.rate_limit_key ? options_.rate_limit_key(address) : address);
  if (!slot) {
    overload_responder_->respond(std::move(socket));
    return;
  }
  HttpSession::start(std::move(socket), context_, *connections_, std::move(slot), shared_from_this());
}

void HttpServer::stop_accepting() {
  for (const auto& listener : listeners_) listener->close();
  closing_.request_stop();
  connections_->close_idle();
}

Async<bool> HttpServer::wait_until_closed(Clock::time_point limit) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor);
  while (connections_->count() > 0) {
    if (Clock::now() >= limit) co_return false;
    timer.expires_at(std::min(limit, Clock::now() + std::chrono::milliseconds(10)));
    boost::system::error_code code;
    auto token = asio::redirect_error(asio::use_awaitable, code);
    co_await timer.async_wait(token);
  }
  co_return true;
}

Async<void> HttpServer::stop(std::chrono::milliseconds grace) {
  stop_accepting();
  const bool finished = co_await wait_until_closed(Clock::now() + grace);
  if (!finished) {
    connections_->abort_all();
    const bool ended = co_await wait_until_closed(Clock::now() + std::chrono::seconds(5));
    if (!ended) log(LogLine::Level::warning, "Some requests are still running after the shutdown.");
  }
  reaper_->stop();
}

bool HttpServer::abort(Clock::time_point limit) {
  stop_accepting();
  connections_->abort_all();
  reaper_->stop();
  return connections_->wait_until_empty(limit);
}

}  // namespace convert::server::http
