// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

#include <convert/result.hpp>

#include "net/http/http_message.hpp"
#include "net/http/retry_policy.hpp"

struct sockaddr;

namespace convert::net {

class NetworkThread;
class Transfer;

/// Which proxy requests go through.
struct ProxyOptions {
  enum class Source {
    environment,  ///< http_proxy, https_proxy, all_proxy and no_proxy, as curl reads them
    none,
    address,  ///< `url`
  };
  Source source = Source::environment;
  std::string url{};  ///< "http://host:3128"; may hold a user and a password, which no message shows
};

struct HttpClientOptions {
  /// PEM file with the only authorities that are trusted, for proxies too. Empty: the system's.
  std::filesystem::path ca_file{};
  ProxyOptions proxy{};
  std::string user_agent = "libconvert";
  /// Connections that are kept open for the next request, over all hosts.
  std::size_t idle_connections = 32;
  /// An idle connection that is older is not used again.
  std::chrono::seconds idle_connection_age{20};
  /// Decides for each address at the moment of connecting; runs in the network thread. The address that is
  /// checked is the one that is connected to. With a proxy, it is the proxy's. Empty: all are permitted.
  std::function<bool(const sockaddr& address)> permit_address{};
};

/// One request on its way, without retries. One thread at a time uses it, except for `cancel`. Its calls
/// block, until a timeout of the request at most. Destroyed before the end, it abandons the request and
/// closes the connection; the destructor returns once the request's body is no longer used.
///
/// Errors of all calls: `cancelled`; `unavailable` (no connection, timeouts) and `io` (a broken transfer),
/// retryable; `io`, not retryable (the certificate is not trusted); `invalid_argument`. After an error, each
/// later call returns the same.
class HttpExchange {
 public:
  /// Takes over a started transfer: use HttpClient::start.
  HttpExchange(std::shared_ptr<NetworkThread> thread, std::shared_ptr<Transfer> transfer,
               std::stop_token stop);
  ~HttpExchange();
  HttpExchange(const HttpExchange&) = delete;
  HttpExchange& operator=(const HttpExchange&) = delete;

  /// Gives the next bytes of the body of `streamed_body_size`. Waits while the buffer (512 KiB) is full.
  /// False: the server has answered already and takes no more. More bytes than announced are
  /// `invalid_argument`. Once all are given, call `head`.
  Result<bool> write(std::span<const std::byte> bytes);

  /// Waits for the status and the headers of the final response. The reference is valid as long as this.
  Result<std::reference_wrapper<const HttpResponseHead>> head();

  /// Reads up to `into.size()` bytes of the body, at least one, except at its end: 0. A body that ends early
  /// is an error, `io`, never an end.
  Result<std::size_t> read(std::span<std::byte> into);

  /// Waits for the whole response. Errors: `limit_exceeded` (a body of more than `max_body` bytes).
  Result<HttpResponse> response(std::size_t max_body = std::size_t{1} << 20);

  /// Whether the last byte of the response has arrived, or an error: no later call blocks.
  bool has_ended() const;

  /// Ends a pending call and all later ones with `cancelled`. Thread-safe.
  void cancel() noexcept;

 private:
  std::shared_ptr<NetworkThread> thread_;
  std::shared_ptr<Transfer> transfer_;
  std::stop_callback<std::function<void()>> on_stop_;
};

/// How `HttpClient::open` and `perform` repeat a request.
struct CallOptions {
  RetryPolicy retry{};
  std::stop_token stop{};                       ///< ends the call with `cancelled`, waits included
  std::size_t max_body = std::size_t{1} << 20;  ///< of the response, for `perform`
  /// Called with the response of each attempt, before `retry_response`: to learn the server's clock, or to
  /// renew credentials.
  std::function<void(const HttpResponseHead&)> on_response{};
};

/// Makes the request of an attempt, 1 for the first: signs it anew each time. An error ends the call.
using RequestBuilder = std::function<Result<HttpRequest>(int attempt)>;

/// An HTTP/1.1 client with one network thread, on libcurl's multi interface. Keeps connections for later
/// requests to the same host. TLS 1.2 or later, always verified. No redirects, no cookies, no compression.
/// Thread-safe. HttpExchanges may outlive it.
class HttpClient {
 public:
  /// Errors: `invalid_argument` (the CA file, the proxy), `unavailable` (no resources).
  static Result<std::shared_ptr<HttpClient>> create(HttpClientOptions options = {});

  explicit HttpClient(std::shared_ptr<NetworkThread> thread) : thread_(std::move(thread)) {}

  /// Sends a request once. Does not block; an invalid request is reported by the exchange. A stop request of
  /// `stop` cancels it.
  std::unique_ptr<HttpExchange> start(const HttpRequest& request, std::stop_token stop = {});

  /// Sends requests until a response's status is not one that the policy retries; the caller reads the body.
  /// The last response is returned whatever its status is. Not for streamed bodies of requests.
  Result<std::unique_ptr<HttpExchange>> open(const RequestBuilder& build, const CallOptions& options = {});

  /// As `open`, and reads the body too: a broken body is retried, and RetryPolicy::retry_response judges it.
  Result<HttpResponse> perform(const RequestBuilder& build, const CallOptions& options = {});
  Result<HttpResponse> perform(const HttpRequest& request, const CallOptions& options = {});

 private:
  std::shared_ptr<NetworkThread> thread_;
};

}  // namespace convert::net
