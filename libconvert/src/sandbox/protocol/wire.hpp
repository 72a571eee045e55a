// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <convert/result.hpp>

#include "sandbox/protocol/channel.hpp"
#include "sandbox/protocol/messages.hpp"

namespace convert::sandbox {

/// Sends a message of messages.hpp (or a Progress, or a Warning).
template <class Message>
Result<void> send(Channel& channel, const Message& message, std::span<const int> descriptors = {});

/// The kind of a message of that type, as in `Packet::kind`.
template <class Message>
std::uint8_t message_kind();

/// Reads the message that is in `packet`. Errors: `forbidden` (another kind, bytes missing or too many,
/// an enumerator that does not exist, a text that is no UTF-8 where it has to be, a count beyond reason).
template <class Message>
Result<Message> read(const Packet& packet);

}  // namespace convert::sandbox
