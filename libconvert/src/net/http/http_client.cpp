// SPDX-License-Identifier: MIT
#include "net/http/http_client.hpp"

#include <chrono>
#include <utility>

#include "base/try.hpp"
#include "net/http/network_thread.hpp"
#include "net/http/transfer.hpp"

namespace convert::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// The result of an attempt, and whether another may follow.
template <class T>
struct Attempt {
  Result<T> result;
  bool again = false;
  std::optional<milliseconds> retry_after{};
};

/// Runs `attempt(number)` until its result is final or the policy permits no other.
template <class T, class F>
Result<T> call_with_retries(const CallOptions& options, const F& attempt) {
  const auto start = steady_clock::now();
  for (int number = 1;; ++number) {
    if (options.stop.stop_requested()) return Error{Errc::cancelled, "The request was cancelled."};
    Attempt<T> made = attempt(number);
    if (!made.again) return std::move(made.result);
    const auto elapsed = std::chrono::floor<milliseconds>(steady_clock::now() - start);
    const auto delay = retry_delay(options.retry, number, elapsed, made.retry_after);
    if (!delay) return std::move(made.result);
    CONVERT_TRY(wait_for(*delay, options.stop));
  }
}

bool retries_response(const RetryPolicy& policy, const HttpResponse& response) {
  return policy.retry_response ? policy.retry_response(response) : is_transient_status(response.status);
}

}  // namespace

Result<std::shared_ptr<HttpClient>> HttpClient::create(HttpClientOptions options) {
  CONVERT_TRY_ASSIGN(auto thread, NetworkThread::create(std::move(options)));
  return std::make_shared<HttpClient>(std::move(thread));
}

std::unique_ptr<HttpExchange> HttpClient::start(const HttpRequest& request, std::stop_token stop) {
  auto transfer = std::make_shared<Transfer>(request);
  auto exchange = std::make_unique<HttpExchange>(thread_, transfer, std::move(stop));
  thread_->attend(std::move(transfer));
  return exchange;
}

Result<std::unique_ptr<HttpExchange>> HttpClient::open(const RequestBuilder& build,
                                                       const CallOptions& options) {
  using Opened = std::unique_ptr<HttpExchange>;
  return call_with_retries<Opened>(options, [&](int number) -> Attempt<Opened> {
    auto request = build(number);
    if (!request) return {std::move(request).error()};
    auto exchange = start(*request, options.stop);
    const auto head = exchange->head();
    if (!head) return {head.error(), head.error().retryable};
    if (options.on_response) options.on_response(*head);
    const HttpResponse response{HttpResponseHead(*head), {}};
    return {std::move(exchange), retries_response(options.retry, response), retry_after(response.headers)};
  });
}

Result<HttpResponse> HttpClient::perform(const RequestBuilder& build, const CallOptions& options) {
  return call_with_retries<HttpResponse>(options, [&](int number) -> Attempt<HttpResponse> {
    auto request = build(number);
    if (!request) return {std::move(request).error()};
    auto response = start(*request, options.stop)->response(options.max_body);
    if (!response) return {response.error(), response.error().retryable};
    if (options.on_response) options.on_response(*response);
    const bool again = retries_response(options.retry, *response);
    const auto after = retry_after(response->headers);
    return {std::move(response), again, after};
  });
}

Result<HttpResponse> HttpClient::perform(const HttpRequest& request, const CallOptions& options) {
  return perform([&](int) -> Result<HttpRequest> { return request; }, options);
}

}  // namespace convert::net
