// SPDX-License-Identifier: MIT
#include "http/connection/async_event.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace convert::server::http {

boost::asio::awaitable<bool> AsyncEvent::wait(Instant until) {
  if (!set_) {
    timer_.expires_at(until);
    boost::system::error_code code;  // operation_aborted: `set` was called
    auto token = boost::asio::redirect_error(boost::asio::use_awaitable, code);
    co_await timer_.async_wait(token);
  }
  co_return std::exchange(set_, false);
}

}  // namespace convert::server::http
