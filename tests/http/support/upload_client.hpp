// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace convert::test {

/// Signs up and logs in; the token, or nothing.
std::optional<std::string> new_token(std::uint16_t port, std::string_view name);

/// A request of that member's, as bytes. `body` with its type, or none.
std::string request(std::string_view method, std::string_view path, std::string_view token,
                    std::string_view type = {}, std::string_view body = {},
                    std::string_view more_fields = {});

/// What a client knows of the tasks that it has ordered, whatever becomes of the server meanwhile.
class Uploads {
 public:
  Uploads(std::uint16_t port, std::string token, bool with_keys)
      : port_(port), token_(std::move(token)), with_keys_(with_keys) {}

  /// Uploads the sound of that number, until the server has acknowledged it, or refuses it; with a key each
  /// further try is the same request, without one a try whose answer nobody saw may have become a task too.
  void upload(std::uint32_t sound);

  /// Acknowledged tasks, and the sound in each.
  std::map<std::uint64_t, std::uint32_t> acknowledged() const;
  /// Requests whose answer died with the server.
  std::uint64_t unanswered() const;
  /// Everything that a server should not have said.
  std::string unexpected_responses() const;

 private:
  enum class Outcome : std::uint8_t { acknowledged, again, refused };
  Outcome try_once(std::uint32_t sound, const std::string& content);

  std::uint16_t port_;
  std::string token_;
  bool with_keys_;
  mutable std::mutex mutex_;
  std::map<std::uint64_t, std::uint32_t> acknowledged_;  // guarded by mutex_
  std::uint64_t unanswered_ = 0;                         // guarded by mutex_
  std::string unexpected_;                               // guarded by mutex_
};

}  // namespace convert::test
