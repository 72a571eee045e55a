// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include <convert/result.hpp>

#include "base/file_descriptor.hpp"

namespace convert::sandbox {

/// One message between two processes: a kind, bytes, and descriptors that change hands.
struct Packet {
  std::uint8_t kind = 0;
  std::vector<std::byte> bytes;
  std::vector<base::Descriptor> descriptors;
};

/// What a receiver puts up with. A message over it ends the channel.
struct ChannelLimits {
  std::size_t bytes = std::size_t{64} << 20;  ///< of one message
  std::size_t descriptors = 0;  ///< with one message; others are closed unseen, and end the channel
};

/// One end of a socket pair (SOCK_SEQPACKET) over which whole messages go. Each is cut into packets of at
/// most 64 KiB, whose first two bytes are the kind and whether it is the last; descriptors go with the
/// first ones, at most 250 a packet. Packets that are neither the last nor bring descriptors are full. Trusts
/// nothing that comes in: bounded, and a packet that breaks the rules is an error (`forbidden`;
/// `limit_exceeded` for a message that is too long) after which the channel must not be used.
///
/// Sending is thread-safe (whole messages); one thread at a time receives.
class Channel {
 public:
  /// Called instead of blocking: returns when the socket may be ready for `events` (as in poll), or with the
  /// error that ends the sending or receiving, and with it the channel.
  using Wait = std::function<Result<void>(short events)>;

  /// Without `wait`, calls block for as long as the other side lets them.
  explicit Channel(base::Descriptor socket, ChannelLimits limits = {}, Wait wait = {});

  /// Two connected ends, close-on-exec.
  static Result<std::pair<base::Descriptor, base::Descriptor>> pair();

  /// Sends the whole message; blocks while the other side does not read. Errors: `unavailable` (the other
  /// side has gone).
  Result<void> send(std::uint8_t kind, std::span<const std::byte> bytes,
                    std::span<const int> descriptors = {});

  /// The next message; blocks until it is whole. An error of code `not_found`: the other side has gone;
  /// `unavailable`: this process has no descriptor left for those of the message.
  Result<Packet> receive();

  int descriptor() const { return socket_.get(); }

  /// Closes it, with all that was sent and not received, descriptors too. Neither sends nor receives after.
  void close() { socket_ = base::Descriptor(); }

 private:
  Result<void> send_packet(std::uint8_t kind, bool last, std::span<const std::byte> bytes,
                           std::span<const int> descriptors);
  Result<bool> receive_packet(Packet& message, bool first);
  Result<std::size_t> receive_bytes(std::vector<base::Descriptor>& descriptors);

  base::Descriptor socket_;
  ChannelLimits limits_;
  Wait wait_;
  std::mutex sending_;
  std::unique_ptr<std::byte[]> packet_;  // the one that comes in
};

}  // namespace convert::sandbox
