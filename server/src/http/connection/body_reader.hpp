// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/mount.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "http/connection/async_event.hpp"
#include "http/connection/input_buffer.hpp"
#include "http/message/chunk_decoder.hpp"
#include "http/message/request_head.hpp"

namespace convert::server::http {

/// No body at all.
class NoBody final : public Body {
 public:
  std::optional<std::uint64_t> length() const noexcept override { return 0; }
  std::uint64_t received() const noexcept override { return 0; }
  Async<Result<std::size_t>> read(std::span<std::byte>) override { co_return std::size_t{0}; }
};

/// The body of a request, out of what the buffer has already and what the transport still gives. Bytes behind
/// its end stay in the buffer: they are the next request. Whoever kept it may go on asking when the request
/// is over (`detach`): it has nothing to say then, and touches neither buffer nor transport.
class BodyReader final : public Body {
 public:
  struct Options {
    Transport& transport;
    InputBuffer& buffer;
    asio::any_io_executor executor;
    std::uint64_t limit = 0;               ///< bytes
    std::function<void()> on_end{};        ///< all of it has been read, or can't be
    std::function<bool()> may_continue{};  ///< whether "100 Continue" still may be sent; empty: it may
  };
  BodyReader(const RequestFraming& framing, Options options);

  std::optional<std::uint64_t> length() const noexcept override;
  std::uint64_t received() const noexcept override { return received_; }
  Async<Result<std::size_t>> read(std::span<std::byte> into) override;

  // --- The connection's side ------------------------------------------------------------------------

  bool complete() const noexcept { return done_; }
  bool failed() const noexcept { return error_.has_value(); }
  /// Why it could not be read to its end.
  const std::optional<Error>& error() const noexcept { return error_; }
  /// Whether the client still waits for "100 Continue", and so has sent nothing.
  bool awaiting_continue() const noexcept { return awaiting_continue_; }
  /// What is still to come; nullopt: nobody knows.
  std::optional<std::uint64_t> remaining() const noexcept;

  /// From now on others' reads fail with `cancelled`, except the one that waits; what is dropped has no
  /// limit.
  void detach() noexcept;
  bool reading() const noexcept { return reading_; }
  /// Until the read that waits has ended.
  Async<void> wait_until_idle();
  /// As `read`, for the connection itself after `detach`.
  Async<Result<std::size_t>> fetch(std::span<std::byte> into);

 private:
  Async<Result<std::size_t>> read_sized(std::span<std::byte> into);
  Async<Result<std::size_t>> read_chunked(std::span<std::byte> into);
  /// Takes what the buffer has; nullopt: it has to have more.
  Result<std::optional<std::size_t>> decode(std::span<std::byte> into);
  Async<Result<std::size_t>> read_transport(std::span<std::byte> into);
  Async<Result<void>> send_continue();
  void finish();

  const RequestFraming framing_;
  Options options_;
  ChunkDecoder chunks_;
  AsyncEvent read_done_;
  std::uint64_t received_ = 0;
  std::optional<Error> error_{};
  bool awaiting_continue_;
  bool done_ = false;
  bool reading_ = false;
  bool detached_ = false;
};

}  // namespace convert::server::http
