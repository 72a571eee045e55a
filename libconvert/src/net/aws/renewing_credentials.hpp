// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>

#include "net/aws/aws_credentials.hpp"

namespace convert::net {

/// Fetches credentials from a source. May block. Errors: those of AwsCredentialProvider::credentials.
using FetchCredentials = std::function<Result<AwsCredentials>(const std::stop_token&)>;

/// Keeps what a source gave and renews it before it expires. One caller at a time fetches; the others use the
/// old credentials while they are valid, and wait otherwise. Thread-safe.
class RenewingCredentials : public AwsCredentialProvider {
 public:
  using Clock = std::chrono::steady_clock;

  /// `now` is replaced by tests.
  explicit RenewingCredentials(FetchCredentials fetch, std::function<Clock::time_point()> now = &Clock::now);

  Result<AwsCredentials> credentials(const std::stop_token& stop) override;
  void refuse(const AwsCredentials& refused) noexcept override;

 private:
  bool is_usable(Clock::time_point now) const;
  bool should_renew(Clock::time_point now) const;
  void keep(Result<AwsCredentials> fetched);

  const FetchCredentials fetch_;
  const std::function<Clock::time_point()> now_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<AwsCredentials> current_;
  Clock::time_point renew_time_{};   // of `current_`, if it expires
  Clock::time_point retry_time_{};   // after a failed renewal
  std::optional<Error> last_error_;  // of the last fetch
  std::uint64_t fetches_ = 0;
  bool fetching_ = false;
};

}  // namespace convert::net
