// SPDX-License-Identifier: MIT
#include "api/auth/password_calls.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <utility>

#include "api/support/problems.hpp"

namespace convert::server::api {
namespace {

// Waits for the one call of the callback that `start` is given; goes on where the coroutine lives, whatever
// thread called it.
template <class T, class Start>
Async<T> await_callback(Start start) {
  auto initiate = [&start](auto handler) {
    auto waiting = std::make_shared<decltype(handler)>(std::move(handler));
    auto executor = asio::get_associated_executor(*waiting);
    start([waiting, executor](T answer) {
      auto resume = [waiting, answer = std::move(answer)]() mutable { (*waiting)(std::move(answer)); };
      asio::post(executor, std::move(resume));
    });
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(T)>(initiate,
                                                                                  asio::use_awaitable);
}

}  // namespace

Async<Result<std::string>> hash_password(Services& services, std::string password) {
  auto start = [&](security::PasswordHasher::HashCallback done) {
    services.passwords.hash(std::move(password), std::move(done));
  };
  co_return co_await await_callback<Result<std::string>>(start);
}

Async<Result<security::PasswordHasher::Verification>> verify_password(Services& services,
                                                                      std::optional<std::string> hash,
                                                                      std::string password) {
  auto start = [&](security::PasswordHasher::VerifyCallback done) {
    services.passwords.verify(std::move(hash), std::move(password), std::move(done));
  };
  co_return co_await await_callback<Result<security::PasswordHasher::Verification>>(start);
}

Response passwords_busy(Services& services) {
  return error_response(503, "busy",
                        "Too many log in at this moment. Wait as long as Retry-After says, then try again.",
                        services.passwords.retry_after());
}

}  // namespace convert::server::api
