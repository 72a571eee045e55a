// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace convert::test {

/// Signs up and logs in. Returns the token, or nullopt.
std::optional<std::string> new_token(std::uint16_t port, std::string_view name);

/// Formats a request with that token. `body` with its type, or none.
std::string request(std::string_view method, std::string_view path, std::string_view token,
                    std::string_view type = {}, std::string_view body = {},
                    std::string_view more_fields = {});

/// A client's record of its uploads, across crashes of the server.
class Uploads {
 public:
  Uploads(std::uint16_t port, std::string token, bool with_keys)
      : port_(port), token_(std::move(token)), with_keys_(with_keys) {}

  /// Uploads the clip with that number until the server acknowledges or rejects it. With a key, retries are
  /// the same request; without one, a try without a response may have created a task too.
  void upload(std::uint32_t clip);

  /// Acknowledged tasks with their clips.
  std::map<std::uint64_t, std::uint32_t> acknowledged() const;
  /// Number of requests without a response.
  std::uint64_t unanswered() const;
  /// Unexpected responses.
  std::string unexpected_responses() const;

 private:
  enum class Outcome : std::uint8_t { acknowledged, again, refused };
  Outcome try_once(std::uint32_t clip, const std::string& content);

  std::uint16_t port_;
  std::string token_;
  bool with_keys_;
  mutable std::mutex mutex_;
  std::map<std::uint64_t, std::uint32_t> acknowledged_;  // guarded by mutex_
  std::uint64_t unanswered_ = 0;                         // guarded by mutex_
  std::string unexpected_;                               // guarded by mutex_
};

}  // namespace convert::test
