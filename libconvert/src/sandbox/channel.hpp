// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include <convert/result.hpp>

#include "io/system.hpp"

namespace convert::sandbox {

/// One message between two processes: a kind, bytes, and descriptors that change hands.
struct Packet {
  std::uint8_t kind = 0;
  std::vector<std::byte> bytes;
  std::vector<io::Descriptor> descriptors;
};

/// What a receiver puts up with. A message over it ends the channel.
struct ChannelLimits {
  std::size_t bytes = std::size_t{64} << 20;  ///< of one message
  std::size_t descriptors = 0;  ///< with one message; others are closed unseen, and end the channel
};

/// One end of a socket pair (SOCK_SEQPACKET) over which whole messages go. Each is cut into packets of at
/// most 64 KiB, whose first two bytes are the kind and whether it is the last; descriptors go with the
/// first ones, at most 250 a packet. Trusts nothing that comes in: bounded, and a packet that breaks the
/// rules is an error (`forbidden`) after which the channel must not be used.
///
/// Sending is thread-safe (whole messages); one thread at a time receives.
class Channel {
 public:
  explicit Channel(io::Descriptor socket, ChannelLimits limits = {});

  /// Two connected ends, close-on-exec.
  static Result<std::pair<io::Descriptor, io::Descriptor>> pair();

  /// Sends the whole message; blocks while the other side does not read. Errors: `unavailable` (the other
  /// side has gone).
  Result<void> send(std::uint8_t kind, std::span<const std::byte> bytes,
                    std::span<const int> descriptors = {});

  /// The next message; blocks until it is whole. An error of code `not_found`: the other side has gone.
  Result<Packet> receive();

  int descriptor() const { return socket_.get(); }

 private:
  io::Descriptor socket_;
  ChannelLimits limits_;
  std::mutex sending_;
};

}  // namespace convert::sandbox
