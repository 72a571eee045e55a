// SPDX-License-Identifier: MIT
#include "server/front.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "http/session.hpp"

namespace convert::server::front {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr unsigned kFileThreads = 4;  // for reads of cold files, and for large texts to be compressed

/// A quarter of the descriptors, and some, are for files, databases and workers.
std::size_t connections_for(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return wanted;
  const auto descriptors = static_cast<std::size_t>(limit.rlim_cur);
  const std::size_t others = descriptors / 4 + 64;
  return std::min(wanted, descriptors > others ? descriptors - others : 1);
}

}  // namespace

Front::Front(Setting setting, std::shared_ptr<void> keep)
    : keep_(std::move(keep)),
      setting_(std::move(setting)),
      pool_(kFileThreads),
      service_{router_, pool_, ids_, setting_.limits, http::Cors(setting_.cors_origins), setting_.neighbours},
      connections_(std::make_shared<http::Connections>(connections_for(setting_.limits.connections),
                                                       setting_.limits.connections_an_address)),
      reaper_(std::make_shared<http::Reaper>(setting_.executor, connections_, setting_.now)),
      turn_away_(std::make_shared<http::TurnAway>()) {
  service_.closing = closing_.get_token();
  service_.now = setting_.now;
  if (const auto fit = connections_for(setting_.limits.connections); fit < setting_.limits.connections) {
    say(LogLine::Level::warning,
        fmt::format("At most {} connections are served at once, not {}: raise the limit on open files.", fit,
                    setting_.limits.connections));
  }
  if (setting_.log) service_.log = [this](const http::Exchanged& exchanged) { note(exchanged); };
}

void Front::say(LogLine::Level level, std::string text) const {
  if (setting_.log) setting_.log(level, std::move(text));
}

void Front::note(const http::Exchanged& exchanged) const {
  if (exchanged.constant && exchanged.trouble.empty()) return;
  const bool refused = exchanged.status == 503 && !exchanged.trouble.empty();
  const auto level = exchanged.status == 500 ? LogLine::Level::error
                     : refused               ? LogLine::Level::warning
                                             : LogLine::Level::info;
  std::string line =
      fmt::format("{} {} {} {} {} B {} ms {}", exchanged.id, exchanged.method, exchanged.path,
                  exchanged.status, exchanged.bytes, exchanged.took.count(), exchanged.address);
  if (!exchanged.trouble.empty()) line += fmt::format(" ({})", exchanged.trouble);
  say(level, std::move(line));
}

asio::any_io_executor Front::next_executor() const {
  if (setting_.connection_executor) return setting_.connection_executor();
  return asio::make_strand(setting_.executor);
}

Result<std::uint16_t> Front::listen(std::string_view address, std::uint16_t port) {
  const std::weak_ptr<Front> self = weak_from_this();
  http::Listener::Hooks hooks;
  hooks.executor = [self]() {
    const std::shared_ptr<Front> front = self.lock();
    return front ? front->next_executor() : asio::any_io_executor();
  };
  hooks.accepted = [self](asio::ip::tcp::socket socket) {
    if (const std::shared_ptr<Front> front = self.lock()) front->accept(std::move(socket));
  };
  hooks.trouble = [self](const std::string& text) {
    if (const std::shared_ptr<Front> front = self.lock()) front->say(LogLine::Level::error, text);
  };
  auto listener = http::Listener::open(setting_.executor, address, port, setting_.backlog, std::move(hooks));
  if (!listener) return std::move(listener).error();
  if (listeners_.empty()) reaper_->start();
  listeners_.push_back(*listener);
  (*listener)->start();
  return (*listener)->port();
}

void Front::accept(asio::ip::tcp::socket socket) {
  boost::system::error_code code;
  const auto remote = socket.remote_endpoint(code);
  if (code) return;  // it has gone already
  const std::string address = remote.address().to_string();
  auto place = connections_->enter(setting_.counted_as ? setting_.counted_as(address) : address);
  if (!place) {
    turn_away_->answer(std::move(socket));
    return;
  }
  http::Session::start(std::move(socket), service_, *connections_, std::move(place), shared_from_this());
}

void Front::close_doors() {
  for (const auto& listener : listeners_) listener->close();
  closing_.request_stop();
  connections_->close_idle();
}

Async<bool> Front::emptied(Clock::time_point limit) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor);
  while (connections_->count() > 0) {
    if (Clock::now() >= limit) co_return false;
    timer.expires_at(std::min(limit, Clock::now() + 10ms));
    boost::system::error_code code;
    auto token = asio::redirect_error(asio::use_awaitable, code);
    co_await timer.async_wait(token);
  }
  co_return true;
}

Async<void> Front::stop(std::chrono::milliseconds grace) {
  close_doors();
  const bool finished = co_await emptied(Clock::now() + grace);
  if (!finished) {
    connections_->cut_all();
    const bool ended = co_await emptied(Clock::now() + 5s);
    if (!ended) say(LogLine::Level::warning, "Some requests are still being worked on after the stop.");
  }
  reaper_->stop();
}

bool Front::cut(Clock::time_point limit) {
  close_doors();
  connections_->cut_all();
  reaper_->stop();
  return connections_->wait_until_empty(limit);
}

}  // namespace convert::server::front
