// SPDX-License-Identifier: MIT
// Packets of a compromised worker, read as any message. The first byte is the kind; with 0 the rest goes
// through a socket.
#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/utf8.hpp"
#include "fuzz_support.hpp"
#include "sandbox/protocol/messages.hpp"

namespace {

using namespace convert::sandbox;

template <class Message>
void try_to_read(std::span<const std::byte> bytes) {
  Packet packet{message_kind<Message>(), {bytes.begin(), bytes.end()}, {}};
  const auto message = parse_message<Message>(packet);
  if (!message) convert::fuzz::check_refusal(message.error());
  if constexpr (std::is_same_v<Message, CallResult>) {
    if (!message) return;
    if (const auto* error = std::get_if<convert::Error>(&message->result)) {
      if (!convert::base::is_utf8(error->message)) convert::fuzz::fail("a message that is not UTF-8");
    }
  }
}

template <class... Messages>
void try_one_of(std::uint8_t kind, std::span<const std::byte> bytes) {
  ((kind == message_kind<Messages>() ? try_to_read<Messages>(bytes) : void()), ...);
}

/// Sends the bytes as packets through a socket; one byte before each packet is its size.
void receive(std::span<const std::byte> bytes) {
  auto ends = Channel::pair();
  if (!ends) return;
  while (!bytes.empty()) {
    const auto packet = bytes.subspan(1).first(
        std::min(bytes.size() - 1, static_cast<std::size_t>(std::to_integer<std::uint8_t>(bytes[0]))));
    if (::send(ends->first.get(), packet.data(), packet.size(), MSG_DONTWAIT) < 0) break;
    bytes = bytes.subspan(1 + packet.size());
  }
  ends->first = convert::base::Descriptor();
  Channel receiver(std::move(ends->second), {std::size_t{1} << 12, 0});
  for (auto packet = receiver.receive(); packet; packet = receiver.receive()) {
    if (packet->bytes.size() > std::size_t{1} << 12) convert::fuzz::fail("a message over its limit");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto bytes = std::as_bytes(std::span(data, size)).subspan(1);
  try_one_of<Hello, WorkerReady, WorkerExited, ForkWorkers, CallRequest, ThreadBudget, Reply, CreateOutput,
             ReadInput, WriteOutput, CommitOutput, convert::Progress, convert::Warning, CallResult>(data[0],
                                                                                                    bytes);
  if (data[0] == 0) receive(bytes);
  return 0;
}
