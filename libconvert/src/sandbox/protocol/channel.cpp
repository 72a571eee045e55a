// SPDX-License-Identifier: MIT
#include "sandbox/protocol/channel.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/try.hpp"

namespace convert::sandbox {
namespace {

constexpr std::size_t kPacketBytes = std::size_t{64} << 10;  // with its header
constexpr std::size_t kHeaderBytes = 2;  // the kind, then 1 if it is the last packet of its message
constexpr std::size_t kDescriptorsPerPacket = 250;     // that one packet is sent with
constexpr std::size_t kMaxDescriptorsPerPacket = 253;  // the kernel's limit

Error peer_gone() { return Error{Errc::not_found, "The other process has ended."}; }

Error protocol_violation(const char* what) {
  return Error{Errc::forbidden,
               std::string("The other process violated the protocol of the channel: ") + what};
}

/// The descriptors of a packet in the layout of the kernel.
struct ControlBuffer {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kMaxDescriptorsPerPacket * sizeof(int))> bytes;
};

void attach_descriptors(msghdr& message, ControlBuffer& control, std::span<const int> descriptors) {
  if (descriptors.empty()) return;
  message.msg_control = control.bytes.data();
  message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
  cmsghdr* head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN(descriptors.size_bytes());
  std::memcpy(CMSG_DATA(head), descriptors.data(), descriptors.size_bytes());
}

void take_descriptors(msghdr& message, std::vector<base::Descriptor>& into) {
  for (cmsghdr* head = CMSG_FIRSTHDR(&message); head != nullptr; head = CMSG_NXTHDR(&message, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(head) + i * sizeof(int), sizeof(int));
      into.emplace_back(number);
    }
  }
}

}  // namespace

Channel::Channel(base::Descriptor socket, ChannelLimits limits, Wait wait)
    : socket_(std::move(socket)),
      limits_(limits),
      wait_(std::move(wait)),
      packet_(std::make_unique_for_overwrite<std::byte[]>(kPacketBytes)) {}

Result<std::pair<base::Descriptor, base::Descriptor>> Channel::pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return base::system_error(errno, "Cannot make a channel to another process");
  }
  return std::pair(base::Descriptor(ends[0]), base::Descriptor(ends[1]));
}

Result<void> Channel::send(std::uint8_t kind, std::span<const std::byte> bytes,
                           std::span<const int> descriptors) {
  const std::lock_guard lock(sending_);
  for (bool last = false; !last;) {
    const auto part = bytes.first(std::min(bytes.size(), kPacketBytes - kHeaderBytes));
    const auto some = descriptors.first(std::min(descriptors.size(), kDescriptorsPerPacket));
    bytes = bytes.subspan(part.size());
    descriptors = descriptors.subspan(some.size());
    last = bytes.empty() && descriptors.empty();
    CONVERT_TRY(send_packet(kind, last, part, some));
  }
  return {};
}

Result<void> Channel::send_packet(std::uint8_t kind, bool last, std::span<const std::byte> bytes,
                                  std::span<const int> descriptors) {
  std::array<std::uint8_t, kHeaderBytes> head{kind, static_cast<std::uint8_t>(last)};
  std::array<iovec, 2> parts{iovec{head.data(), head.size()},
                             iovec{const_cast<std::byte*>(bytes.data()), bytes.size()}};
  ControlBuffer control;
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  attach_descriptors(message, control, descriptors);
  const int flags = MSG_NOSIGNAL | (wait_ ? MSG_DONTWAIT : 0);
  while (::sendmsg(socket_.get(), &message, flags) < 0) {
    if (errno == EAGAIN && wait_) {
      CONVERT_TRY(wait_(POLLOUT));
    } else if (errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN) {
      return Error{Errc::unavailable, "The other process has ended.", true};
    } else if (errno != EINTR && errno != EAGAIN) {
      return base::system_error(errno, "Cannot send to another process");
    }
  }
  return {};
}

Result<Packet> Channel::receive() {
  Packet message;
  for (bool first = true;; first = false) {
    CONVERT_TRY_ASSIGN(auto last, receive_packet(message, first));
    if (last) return message;
  }
}

Result<bool> Channel::receive_packet(Packet& message, bool first) {
  const std::size_t had = message.descriptors.size();
  CONVERT_TRY_ASSIGN(auto count, receive_bytes(message.descriptors));
  if (count < kHeaderBytes) return protocol_violation("a packet without a header.");
  const auto kind = std::to_integer<std::uint8_t>(packet_[0]);
  const auto last = std::to_integer<std::uint8_t>(packet_[1]);
  if (last > 1) return protocol_violation("a packet with an invalid header.");
  if (!first && kind != message.kind) return protocol_violation("packets of two messages are mixed.");
  if (last == 0 && count < kPacketBytes && message.descriptors.size() == had) {
    return protocol_violation("a packet in the middle of a message is not full.");
  }
  if (!first && count == kHeaderBytes && message.descriptors.size() == had) {
    return protocol_violation("an empty packet in the middle of a message.");
  }
  if (message.descriptors.size() > limits_.descriptors)
    return protocol_violation("unexpected file descriptors.");
  if (count - kHeaderBytes > limits_.bytes - message.bytes.size()) {
    return Error{Errc::limit_exceeded, "The other process sent a message that is too long."};
  }
  message.kind = kind;
  message.bytes.insert(message.bytes.end(), packet_.get() + kHeaderBytes, packet_.get() + count);
  return last == 1;
}

Result<std::size_t> Channel::receive_bytes(std::vector<base::Descriptor>& descriptors) {
  iovec part{packet_.get(), kPacketBytes};
  ControlBuffer control;
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  const int flags = MSG_CMSG_CLOEXEC | (wait_ ? MSG_DONTWAIT : 0);
  for (;;) {
    message.msg_control = control.bytes.data();
    message.msg_controllen = control.bytes.size();
    const ssize_t count = ::recvmsg(socket_.get(), &message, flags);
    if (count >= 0) {
      take_descriptors(message, descriptors);
      if ((message.msg_flags & MSG_TRUNC) != 0) return protocol_violation("a packet is too long.");
      if ((message.msg_flags & MSG_CTRUNC) != 0) {
        return Error{Errc::unavailable,
                     "Too many open files: cannot receive another one. Close some, or raise the limit.",
                     true};
      }
      if (count == 0) return peer_gone();
      return static_cast<std::size_t>(count);
    }
    if (errno == EAGAIN && wait_) {
      CONVERT_TRY(wait_(POLLIN));
    } else if (errno == ECONNRESET) {
      return peer_gone();
    } else if (errno != EINTR && errno != EAGAIN) {
      return base::system_error(errno, "Cannot receive from another process");
    }
  }
}

}  // namespace convert::sandbox
