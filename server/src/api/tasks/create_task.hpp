// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/http.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "api/support/services.hpp"

namespace convert::server::api {

/// Makes the work of a request under an Idempotency-Key (RFC draft-ietf-httpapi-idempotency-key-header): done
/// once, then answered as the first time. Lives within one coroutine; destroyed before `finish`, it lets the
/// next request with that key do the work.
class IdempotentRequest {
 public:
  IdempotentRequest(Services& services, std::string account, std::string key)
      : services_(services), account_(std::move(account)), key_(std::move(key)) {}
  IdempotentRequest(const IdempotentRequest&) = delete;
  IdempotentRequest& operator=(const IdempotentRequest&) = delete;
  ~IdempotentRequest();

  /// 1 to 255 visible characters of ASCII.
  static bool is_valid_key(std::string_view text) noexcept;

  /// What stands for this work among the caller's jobs, the same in each try; or the answer that was given,
  /// or a refusal.
  Async<std::variant<std::string, Response>> start();
  /// The work is done: the location of what was made, and the answer.
  Async<void> finish(unsigned status, std::string location, std::string body);

 private:
  Services& services_;
  const std::string account_;
  const std::string key_;
  bool owned_ = false;
};

}  // namespace convert::server::api
