// SPDX-License-Identifier: MIT
#include "net/http/transfer.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/text.hpp"
#include "base/try.hpp"

namespace convert::net {
namespace {

constexpr std::size_t kMaxHeadSize = std::size_t{256} << 10;
constexpr std::size_t kSendBuffer = std::size_t{512} << 10;
constexpr std::size_t kMinResponseBuffer = std::size_t{64} << 10;

std::string_view trim_spaces(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// The status of a line such as "HTTP/1.1 200 OK"; 0 if it is invalid.
int parse_status_line(std::string_view line) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return 0;
  const std::string_view digits = line.substr(space + 1, 3);
  int status = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), status);
  return status;
}

HttpRequest with_bounded_buffer(HttpRequest request) {
  request.response_buffer = std::max(request.response_buffer, kMinResponseBuffer);
  return request;
}

}  // namespace

Transfer::Transfer(HttpRequest request) : request_(with_bounded_buffer(std::move(request))) {}

Result<void> Transfer::failure() const {
  if (cancelled_) return Error{Errc::cancelled, "The request was cancelled."};
  if (error_) return *error_;
  return {};
}

Result<bool> Transfer::write(std::span<const std::byte> bytes, const std::function<void()>& resume) {
  std::unique_lock lock(mutex_);
  if (given_ + bytes.size() > body_size() || !request_.streamed_body_size) {
    return Error{Errc::invalid_argument, "The body of the request is larger than announced."};
  }
  while (!bytes.empty()) {
    const auto refused = [&] { return released_ || (has_head_ && head_.status >= 300); };
    changed_.wait(lock, [&] { return cancelled_ || error_ || refused() || to_send_.size() < kSendBuffer; });
    CONVERT_TRY(failure());
    if (refused()) return false;
    const auto part = bytes.first(std::min(bytes.size(), kSendBuffer - to_send_.size()));
    to_send_.push(part);
    given_ += part.size();
    bytes = bytes.subspan(part.size());
    if (!sending_paused_) continue;
    lock.unlock();
    resume();
    lock.lock();
  }
  return true;
}

Result<std::reference_wrapper<const HttpResponseHead>> Transfer::wait_for_head() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return cancelled_ || has_head_ || released_; });
  if (cancelled_ || !has_head_) CONVERT_TRY(failure());
  return std::cref(head_);
}

Result<std::size_t> Transfer::read(std::span<std::byte> into, const std::function<void()>& resume) {
  if (into.empty()) return std::size_t{0};
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return cancelled_ || !received_.empty() || released_; });
  if (cancelled_ || received_.empty()) {
    CONVERT_TRY(failure());
    return std::size_t{0};
  }
  const std::size_t count = received_.pop(into);
  const bool has_room = receiving_paused_ && received_.size() <= request_.response_buffer / 2;
  lock.unlock();
  if (has_room) resume();
  return count;
}

bool Transfer::has_ended() const {
  const std::lock_guard lock(mutex_);
  return released_ || cancelled_;
}

void Transfer::cancel() noexcept {
  const std::lock_guard lock(mutex_);
  cancelled_ = true;
  changed_.notify_all();
}

void Transfer::wait_for_release() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return released_; });
}

Transfer::Taken Transfer::receive(std::span<const std::byte> bytes) {
  const std::lock_guard lock(mutex_);
  if (cancelled_) return Taken::refused;
  if (!received_.empty() && received_.size() + bytes.size() > request_.response_buffer) {
    receiving_paused_ = true;
    return Taken::paused;
  }
  received_.push(bytes);
  received_count_ += bytes.size();
  changed_.notify_all();
  return Taken::all;
}

bool Transfer::receive_header_line(std::string_view line) {
  const std::lock_guard lock(mutex_);
  if (has_head_) return true;  // a trailer
  head_size_ += line.size();
  if (head_size_ > kMaxHeadSize) return false;
  if (line.starts_with("HTTP/")) {
    head_ = {};
    head_.status = parse_status_line(line);
    return true;
  }
  if (line == "\r\n" || line == "\n") {
    if (head_.status < 200) return true;  // 100 Continue: another head follows
    has_head_ = true;
    changed_.notify_all();
    return true;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return true;
  const std::string_view name = trim_spaces(line.substr(0, colon));
  const std::string_view value = trim_spaces(line.substr(colon + 1));
  head_.headers.add(std::string(name), std::string(value));
  std::uint64_t length = 0;
  if (base::equal_ignoring_case(name, "Content-Length") &&
      std::from_chars(value.data(), value.data() + value.size(), length).ec == std::errc())
    head_.content_length = length;
  return true;
}

std::optional<std::size_t> Transfer::send(std::span<std::byte> into) {
  const std::lock_guard lock(mutex_);
  if (refuses_body()) return std::size_t{0};
  if (!request_.streamed_body_size) {
    const auto rest = request_.body.subspan(static_cast<std::size_t>(sent_));
    const std::size_t count = std::min(rest.size(), into.size());
    if (count > 0) std::memcpy(into.data(), rest.data(), count);
    sent_ += count;
    return count;
  }
  const std::size_t count = to_send_.pop(into);
  sent_ += count;
  if (count > 0) {
    changed_.notify_all();
    return count;
  }
  if (sent_ == body_size()) return std::size_t{0};
  sending_paused_ = true;
  return {};
}

bool Transfer::rewind(std::uint64_t offset) {
  const std::lock_guard lock(mutex_);
  if (offset == sent_) return true;
  if (request_.streamed_body_size || offset > request_.body.size()) return false;
  sent_ = offset;
  return true;
}

std::optional<Transfer::Pauses> Transfer::resume() {
  const std::lock_guard lock(mutex_);
  const Pauses before{receiving_paused_, sending_paused_};
  if (received_.size() <= request_.response_buffer / 2) receiving_paused_ = false;
  if (!to_send_.empty() || refuses_body()) sending_paused_ = false;
  const Pauses after{receiving_paused_, sending_paused_};
  if (after == before) return {};
  return after;
}

bool Transfer::is_paused() const {
  const std::lock_guard lock(mutex_);
  return receiving_paused_ || sending_paused_;
}

bool Transfer::is_cancelled() const {
  const std::lock_guard lock(mutex_);
  return cancelled_;
}

bool Transfer::body_is_refused() const {
  const std::lock_guard lock(mutex_);
  return refuses_body();
}

void Transfer::finish(std::optional<Error> error) {
  const std::lock_guard lock(mutex_);
  const bool complete = refuses_body() && head_.content_length == received_count_;
  if (!error_ && !complete) error_ = std::move(error);
  released_ = true;
  changed_.notify_all();
}

}  // namespace convert::net
