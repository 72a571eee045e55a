// SPDX-License-Identifier: MIT
#include "sandbox/wire.hpp"

#include <fmt/format.h>

#include "sandbox/archive.hpp"

namespace convert::sandbox {
namespace {

/// The kind of a message is its place here.
using Messages = std::variant<Hello, Ready, Exited, Fork, Work, Budget, Reply, Create, Read, Write, Commit,
                              Progress, Warning, Finished, HandOver>;

template <class Message, class... Ts>
constexpr std::uint8_t place_of(const std::variant<Ts...>*) {
  std::uint8_t place = 0;
  (void)((std::is_same_v<Message, Ts> || (++place, false)) || ...);
  return place;
}

}  // namespace

template <class Message>
std::uint8_t kind_of() {
  return place_of<Message>(static_cast<const Messages*>(nullptr));
}

template <class Message>
Result<void> send(Channel& channel, const Message& message, std::span<const int> descriptors) {
  Packer pack;
  pack(message);
  return channel.send(kind_of<Message>(), pack.bytes(), descriptors);
}

template <class Message>
Result<Message> read(const Packet& packet) {
  if (packet.kind != kind_of<Message>()) {
    return Error{Errc::forbidden, fmt::format("The other process sent a message of kind {} out of turn.",
                                              static_cast<int>(packet.kind))};
  }
  Message message;
  Unpacker unpack(packet.bytes);
  unpack(message);
  if (const char* wrong = unpack.what_is_wrong()) {
    return Error{Errc::forbidden, fmt::format("The other process sent a message of kind {} with {}.",
                                              static_cast<int>(packet.kind), wrong)};
  }
  return message;
}

#define CONVERT_MESSAGE(Message)                                                       \
  template std::uint8_t kind_of<Message>();                                            \
  template Result<void> send<Message>(Channel&, const Message&, std::span<const int>); \
  template Result<Message> read<Message>(const Packet&)

CONVERT_MESSAGE(Hello);
CONVERT_MESSAGE(Ready);
CONVERT_MESSAGE(Exited);
CONVERT_MESSAGE(Fork);
CONVERT_MESSAGE(Work);
CONVERT_MESSAGE(Budget);
CONVERT_MESSAGE(Reply);
CONVERT_MESSAGE(Create);
CONVERT_MESSAGE(Read);
CONVERT_MESSAGE(Write);
CONVERT_MESSAGE(Commit);
CONVERT_MESSAGE(Progress);
CONVERT_MESSAGE(Warning);
CONVERT_MESSAGE(Finished);
CONVERT_MESSAGE(HandOver);

}  // namespace convert::sandbox
