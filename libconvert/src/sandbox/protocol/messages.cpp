// SPDX-License-Identifier: MIT
#include "sandbox/protocol/wire.hpp"

#include <fmt/format.h>

#include "sandbox/protocol/serialization.hpp"

namespace convert::sandbox {
namespace {

/// The kind of a message is its place here.
using Messages = std::variant<Hello, WorkerReady, WorkerExited, ForkWorkers, CallRequest, ThreadBudget, Reply,
                              CreateOutput, ReadInput, WriteOutput, CommitOutput, Progress, Warning,
                              CallResult, RequestDescriptor>;

template <class Message, class... Ts>
constexpr std::uint8_t index_of(const std::variant<Ts...>*) {
  std::uint8_t place = 0;
  (void)((std::is_same_v<Message, Ts> || (++place, false)) || ...);
  return place;
}

}  // namespace

template <class Message>
std::uint8_t message_kind() {
  return index_of<Message>(static_cast<const Messages*>(nullptr));
}

template <class Message>
Result<void> send(Channel& channel, const Message& message, std::span<const int> descriptors) {
  Serializer serializer;
  serializer(message);
  return channel.send(message_kind<Message>(), serializer.bytes(), descriptors);
}

template <class Message>
Result<Message> read(const Packet& packet) {
  if (packet.kind != message_kind<Message>()) {
    return Error{Errc::forbidden, fmt::format("The other process sent a message of kind {} out of turn.",
                                              static_cast<int>(packet.kind))};
  }
  Message message;
  Deserializer deserializer(packet.bytes);
  deserializer(message);
  if (const char* failure = deserializer.failure()) {
    return Error{Errc::forbidden, fmt::format("The other process sent a message of kind {} with {}.",
                                              static_cast<int>(packet.kind), failure)};
  }
  return message;
}

#define CONVERT_MESSAGE(Message)                                                       \
  template std::uint8_t message_kind<Message>();                                       \
  template Result<void> send<Message>(Channel&, const Message&, std::span<const int>); \
  template Result<Message> read<Message>(const Packet&)

CONVERT_MESSAGE(Hello);
CONVERT_MESSAGE(WorkerReady);
CONVERT_MESSAGE(WorkerExited);
CONVERT_MESSAGE(ForkWorkers);
CONVERT_MESSAGE(CallRequest);
CONVERT_MESSAGE(ThreadBudget);
CONVERT_MESSAGE(Reply);
CONVERT_MESSAGE(CreateOutput);
CONVERT_MESSAGE(ReadInput);
CONVERT_MESSAGE(WriteOutput);
CONVERT_MESSAGE(CommitOutput);
CONVERT_MESSAGE(Progress);
CONVERT_MESSAGE(Warning);
CONVERT_MESSAGE(CallResult);
CONVERT_MESSAGE(RequestDescriptor);

}  // namespace convert::sandbox
