// SPDX-License-Identifier: MIT
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <convert/result.hpp>

#include "net/http/curl_request.hpp"
#include "net/http/http_client.hpp"
#include "net/http/transfer.hpp"

namespace convert::net {

/// The thread that runs all transfers of an HttpClient, and curl's multi handle with its connections.
class NetworkThread {
 public:
  static Result<std::shared_ptr<NetworkThread>> create(HttpClientOptions options);

  NetworkThread(HttpClientOptions options, CURLM* multi);
  ~NetworkThread();
  NetworkThread(const NetworkThread&) = delete;
  NetworkThread& operator=(const NetworkThread&) = delete;

  /// Makes the thread look at `transfer`: starts it, continues it after a pause, or ends it if it was
  /// cancelled. Thread-safe.
  void attend(std::shared_ptr<Transfer> transfer);

 private:
  struct Running {
    std::unique_ptr<CurlRequest> request;
    std::uint64_t progress = 0;
    std::chrono::steady_clock::time_point progress_time;
  };

  void run();
  bool take_attended();
  void attend_now(const std::shared_ptr<Transfer>& transfer);
  void start(const std::shared_ptr<Transfer>& transfer);
  void end(Transfer* transfer, std::optional<Error> error);
  void end_completed();
  void stop_refused_bodies();
  void end_idle();

  const HttpClientOptions options_;
  CURLM* multi_;
  std::map<Transfer*, Running> running_;
  std::chrono::steady_clock::time_point idle_checked_;

  std::mutex mutex_;
  std::vector<std::shared_ptr<Transfer>> attended_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace convert::net
