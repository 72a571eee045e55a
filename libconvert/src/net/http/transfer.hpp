// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>

#include <convert/result.hpp>

#include "net/http/http_message.hpp"
#include "net/support/byte_ring.hpp"

namespace convert::net {

/// What an HttpExchange and the network thread share of one request: its buffers and its state. The caller
/// waits here; the network thread never does.
class Transfer {
 public:
  explicit Transfer(HttpRequest request);

  const HttpRequest& request() const { return request_; }
  std::uint64_t body_size() const { return request_.streamed_body_size.value_or(request_.body.size()); }

  // --- The caller's side. `resume` is called, without the lock, when the network thread has to continue a
  // paused transfer.
  Result<bool> write(std::span<const std::byte> bytes, const std::function<void()>& resume);
  Result<std::reference_wrapper<const HttpResponseHead>> wait_for_head();
  Result<std::size_t> read(std::span<std::byte> into, const std::function<void()>& resume);
  bool has_ended() const;
  void cancel() noexcept;
  /// Waits until the network thread no longer uses the request.
  void wait_for_release();

  // --- The network thread's side.
  enum class Taken { all, paused, refused };

  /// Part of the response's body arrived. Takes all of it or nothing.
  Taken receive(std::span<const std::byte> bytes);
  /// A line of the response's head, its line end included; empty lines end a head. False: the head is too
  /// large.
  bool receive_header_line(std::string_view line);
  /// The next bytes of the request's body: nothing if the transfer has to pause until the caller gives more,
  /// 0 at the end of the body or once it is refused.
  std::optional<std::size_t> send(std::span<std::byte> into);
  /// Starts the body again from `offset`. False: a streamed body that has been sent in part.
  bool rewind(std::uint64_t offset);

  struct Pauses {
    bool receiving = false;
    bool sending = false;
    bool operator==(const Pauses&) const = default;
  };
  /// Ends the pauses whose reason is gone. Returns those that remain; nothing if none ended.
  std::optional<Pauses> resume();
  /// Whether it waits for the caller.
  bool is_paused() const;
  bool is_cancelled() const;
  /// Whether the server has answered with a failure before the end of the request's body.
  bool body_is_refused() const;
  /// The response is complete, or the transfer failed. The request is no longer used. An error is ignored
  /// where the body was refused and the response is complete: the server may close the connection then.
  void finish(std::optional<Error> error);

 private:
  // With the lock:
  Result<void> failure() const;
  bool refuses_body() const { return has_head_ && head_.status >= 300 && sent_ < body_size(); }

  const HttpRequest request_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool cancelled_ = false;
  bool released_ = false;  // the network thread has ended the transfer
  std::optional<Error> error_;

  HttpResponseHead head_;
  std::size_t head_size_ = 0;
  bool has_head_ = false;
  std::uint64_t received_count_ = 0;
  ByteRing received_;
  bool receiving_paused_ = false;

  ByteRing to_send_;
  std::uint64_t given_ = 0;  // of a streamed body, by `write`
  std::uint64_t sent_ = 0;   // handed to curl
  bool sending_paused_ = false;
};

}  // namespace convert::net
