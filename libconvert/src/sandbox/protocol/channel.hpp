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

/// One message between two processes: a kind, bytes, and file descriptors that are handed over.
struct Packet {
  std::uint8_t kind = 0;
  std::vector<std::byte> bytes;
  std::vector<base::Descriptor> descriptors;
};

/// What a receiver accepts. A message beyond it ends the channel.
struct ChannelLimits {
  std::size_t bytes = std::size_t{64} << 20;  ///< of one message
  std::size_t descriptors = 0;                ///< with one message; more are closed and end the channel
};

/// One end of a socket pair (SOCK_SEQPACKET) that transfers whole messages. A message is split into packets
/// of at most 64 KiB. The first byte of a packet is the kind of the message, the second is 1 in its last
/// packet, else 0. File descriptors travel with the first packets, at most 250 per packet. A packet that is
/// neither the last nor carries descriptors is full. Received data is not trusted: a packet that violates
/// these rules is an error (`forbidden`; `limit_exceeded` for a message that is too long), after which the
/// channel must not be used.
///
/// Sending is thread-safe: messages are not mixed. Only one thread at a time may receive.
class Channel {
 public:
  /// Called instead of blocking. Returns when the socket may be ready for `events` (as in poll), or an error
  /// that ends the sending or receiving and with it the channel.
  using Wait = std::function<Result<void>(short events)>;

  /// Without `wait`, calls block until the other side reads or writes.
  explicit Channel(base::Descriptor socket, ChannelLimits limits = {}, Wait wait = {});

  /// Two connected ends, close-on-exec.
  static Result<std::pair<base::Descriptor, base::Descriptor>> pair();

  /// Sends the whole message. Blocks while the other side does not read. Errors: `unavailable` (the other
  /// side has closed the channel).
  Result<void> send(std::uint8_t kind, std::span<const std::byte> bytes,
                    std::span<const int> descriptors = {});

  /// Blocks until a whole message has arrived and returns it. Errors: `not_found` (the other side has closed
  /// the channel), `unavailable` (this process has too many open files for those of the message).
  Result<Packet> receive();

  int descriptor() const { return socket_.get(); }

  /// Closes the channel and drops what was sent to it and not received, descriptors included. Do not send or
  /// receive afterwards.
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
  std::unique_ptr<std::byte[]> packet_;  // the packet that is being received
};

}  // namespace convert::sandbox
