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

/// The body of requests without one.
class NoBody final : public Body {
 public:
  std::optional<std::uint64_t> length() const noexcept override { return 0; }
  std::uint64_t received() const noexcept override { return 0; }
  Async<Result<std::size_t>> read(std::span<std::byte>) override { co_return std::size_t{0}; }
};

/// Reads a request body from the input buffer and the transport. Bytes after its end stay in the buffer: they
/// belong to the next request. A handler may keep the object; after `detach` its reads fail and touch neither
/// buffer nor transport.
class BodyReader final : public Body {
 public:
  struct Options {
    Transport& transport;
    InputBuffer& buffer;
    asio::any_io_executor executor;
    std::uint64_t limit = 0;               ///< maximum bytes
    std::function<void()> on_end{};        ///< called once, at the end of the body or on failure
    std::function<bool()> may_continue{};  ///< whether "100 Continue" may still be sent; empty: yes
  };
  BodyReader(const RequestFraming& framing, Options options);

  std::optional<std::uint64_t> length() const noexcept override;
  std::uint64_t received() const noexcept override { return received_; }
  Async<Result<std::size_t>> read(std::span<std::byte> into) override;

  // --- For the connection ---------------------------------------------------------------------------

  bool complete() const noexcept { return done_; }
  bool failed() const noexcept { return error_.has_value(); }
  /// The error that ended the body.
  const std::optional<Error>& error() const noexcept { return error_; }
  /// Whether the client waits for "100 Continue" and has sent no body byte.
  bool awaiting_continue() const noexcept { return awaiting_continue_; }
  /// Bytes left; nullopt: unknown (chunked).
  std::optional<std::uint64_t> remaining() const noexcept;

  /// Makes the handler's later reads fail with `cancelled`; a pending read continues. Lifts the size limit
  /// for draining.
  void detach() noexcept;
  bool reading() const noexcept { return reading_; }
  /// Waits until no read is pending.
  Async<void> wait_until_idle();
  /// As `read`, for the connection after `detach`.
  Async<Result<std::size_t>> fetch(std::span<std::byte> into);

 private:
  Async<Result<std::size_t>> read_sized(std::span<std::byte> into);
  Async<Result<std::size_t>> read_chunked(std::span<std::byte> into);
  /// Decodes buffered bytes; nullopt: more input is needed.
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
