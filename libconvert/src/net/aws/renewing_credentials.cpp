// SPDX-License-Identifier: MIT
#include "net/aws/renewing_credentials.hpp"

#include <algorithm>
#include <utility>

namespace convert::net {
namespace {

constexpr std::chrono::minutes kRenewBeforeExpiry{15};
/// Credentials that are about to expire might be refused on arrival.
constexpr std::chrono::seconds kExpiryMargin{60};
constexpr std::chrono::seconds kRetryRenewal{30};

class StaticCredentials : public AwsCredentialProvider {
 public:
  explicit StaticCredentials(AwsCredentials value) : value_(std::move(value)) {}
  Result<AwsCredentials> credentials(const std::stop_token&) override { return value_; }

 private:
  const AwsCredentials value_;
};

}  // namespace

std::shared_ptr<AwsCredentialProvider> static_credentials(AwsCredentials credentials) {
  return std::make_shared<StaticCredentials>(std::move(credentials));
}

RenewingCredentials::RenewingCredentials(FetchCredentials fetch, std::function<Clock::time_point()> now)
    : fetch_(std::move(fetch)), now_(std::move(now)) {}

bool RenewingCredentials::is_usable(Clock::time_point now) const {
  return current_ && (!current_->expires || now + kExpiryMargin < *current_->expires);
}

bool RenewingCredentials::should_renew(Clock::time_point now) const {
  return current_->expires && now >= renew_time_;
}

Result<AwsCredentials> RenewingCredentials::credentials(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto now = now_();
    if (is_usable(now) && (!should_renew(now) || fetching_ || now < retry_time_)) return *current_;
    if (!fetching_) break;
    const std::uint64_t before = fetches_;
    changed_.wait(lock, stop, [&] { return fetches_ != before; });
    if (stop.stop_requested()) return Error{Errc::cancelled, "The request was cancelled."};
    if (!is_usable(now_()) && last_error_ && last_error_->code != Errc::cancelled) return *last_error_;
  }
  fetching_ = true;
  lock.unlock();
  try {
    auto fetched = fetch_(stop);
    lock.lock();
    keep(std::move(fetched));
  } catch (...) {
    if (!lock.owns_lock()) lock.lock();
    keep(Error{Errc::internal, "The AWS credentials could not be fetched."});
    throw;
  }
  if (is_usable(now_()) && (!last_error_ || last_error_->code != Errc::cancelled)) return *current_;
  if (last_error_) return *last_error_;
  // Shorter than the margin: used although they may be refused.
  return *current_;
}

void RenewingCredentials::keep(Result<AwsCredentials> fetched) {
  const auto now = now_();
  fetching_ = false;
  ++fetches_;
  last_error_.reset();
  if (fetched) {
    current_ = std::move(fetched).value();
    if (current_->expires) {
      const auto lifetime = *current_->expires - now;
      renew_time_ = *current_->expires - std::min<Clock::duration>(kRenewBeforeExpiry, lifetime / 4);
    }
  } else {
    last_error_ = std::move(fetched).error();
    if (last_error_->code != Errc::cancelled) retry_time_ = now + kRetryRenewal;
  }
  changed_.notify_all();
}

void RenewingCredentials::refuse(const AwsCredentials& refused) noexcept {
  const std::lock_guard lock(mutex_);
  if (current_ && current_->access_key_id == refused.access_key_id &&
      current_->session_token == refused.session_token) {
    current_.reset();
  }
}

}  // namespace convert::net
