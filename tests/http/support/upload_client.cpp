// SPDX-License-Identifier: MIT
#include "http/support/upload_client.hpp"

#include <fmt/format.h>

#include <system_error>

#include "http/support/api_client.hpp"
#include "http/support/raw_connection.hpp"
#include "support/audio_samples.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

constexpr std::chrono::minutes kPatience(3);  // for one upload: a key of a killed request is busy for one
constexpr double kSeconds = 0.4;
constexpr std::string_view kBoundary = "boundary";

std::string form_of(const std::string& content, std::uint32_t clip) {
  return fmt::format(
      "--{0}\r\nContent-Disposition: form-data; name=\"newFormat\"\r\n\r\nflac\r\n"
      "--{0}\r\nContent-Disposition: form-data; name=\"file\"; "
      "filename=\"{1}.wav\"\r\n\r\n{2}\r\n--{0}--\r\n",
      kBoundary, clip, content);
}

}  // namespace

std::string request(std::string_view method, std::string_view path, std::string_view token,
                    std::string_view type, std::string_view body, std::string_view more_fields) {
  std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\n{}", method, path, more_fields);
  if (!token.empty()) text += fmt::format("Authorization: Bearer {}\r\n", token);
  if (!type.empty()) text += fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", type, body.size());
  return text + "\r\n" + std::string(body);
}

std::optional<std::string> new_token(std::uint16_t port, std::string_view name) {
  const auto fields = fmt::format(R"({{"username":"{0}","email":"{0}@example.com","password":"{1}",)"
                                  R"("password1":"{1}","password2":"{1}"}})",
                                  name, "correct horse 1");
  RawConnection wire(port);
  const auto made = wire.request(request("POST", "/api/auth/signup", {}, "application/json", fields));
  if (!made || made->status != 200) return {};
  const auto login = wire.request(request("POST", "/api/auth/login", {}, "application/json", fields));
  if (!login || login->status != 200) return {};
  return member(login->body, "token");
}

Uploads::Outcome Uploads::try_once(std::uint32_t clip, const std::string& content) {
  const auto key = with_keys_ ? fmt::format("Idempotency-Key: sound-{}\r\n", clip) : std::string();
  const auto type = fmt::format("multipart/form-data; boundary={}", kBoundary);
  std::optional<RawResponse> response;
  try {
    RawConnection wire(port_);
    response = wire.request(request("POST", "/api/tasks", token_, type, form_of(content, clip), key));
  } catch (const std::system_error&) {
    return Outcome::again;  // the server is not running
  }
  const std::lock_guard lock(mutex_);
  if (!response) {
    ++unanswered_;
    return Outcome::again;
  }
  if (response->status == 200) {
    acknowledged_.emplace(std::stoull(member(response->body, "id")), clip);
    return Outcome::acknowledged;
  }
  if (response->field("Retry-After")) return Outcome::again;
  unexpected_ += fmt::format("sound {}: {} {}\n", clip, response->line, response->body);
  return Outcome::refused;
}

void Uploads::upload(std::uint32_t clip) {
  const auto content = wav(kSeconds, clip);
  const bool ended = eventually(kPatience, [&] { return try_once(clip, content) != Outcome::again; });
  if (ended) return;
  const std::lock_guard lock(mutex_);
  unexpected_ += fmt::format("sound {}: never acknowledged\n", clip);
}

std::map<std::uint64_t, std::uint32_t> Uploads::acknowledged() const {
  const std::lock_guard lock(mutex_);
  return acknowledged_;
}

std::uint64_t Uploads::unanswered() const {
  const std::lock_guard lock(mutex_);
  return unanswered_;
}

std::string Uploads::unexpected_responses() const {
  const std::lock_guard lock(mutex_);
  return unexpected_;
}

}  // namespace convert::test
