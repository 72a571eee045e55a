// SPDX-License-Identifier: MIT
#include "sandbox/worker/host_connection.hpp"

#include <unistd.h>

#include <algorithm>

#include "sandbox/protocol/zygote_settings.hpp"

namespace convert::sandbox {
namespace {

/// As many descriptors as a call may have inputs.
constexpr ChannelLimits kHostMessageLimits{std::size_t{64} << 20, 1'000};

}  // namespace

HostConnection::HostConnection(base::Descriptor socket) : channel_(std::move(socket), kHostMessageLimits) {}

void HostConnection::exit_broken() { ::_exit(kExitBrokenChannel); }

std::pair<CallRequest, std::vector<base::Descriptor>> HostConnection::work() {
  auto packet = channel_.receive();
  if (!packet) ::_exit(packet.error().code == Errc::not_found ? kExitDone : kExitBrokenChannel);
  auto work = read<CallRequest>(*packet);
  if (!work) exit_broken();
  threads_ = std::max(1u, work->threads);
  std::thread([this] { receive_loop(); }).detach();
  return {std::move(*work), std::move(packet->descriptors)};
}

void HostConnection::receive_loop() {
  for (;;) {
    auto packet = channel_.receive();
    if (!packet) ::_exit(packet.error().code == Errc::not_found ? kExitDone : kExitBrokenChannel);
    dispatch(std::move(*packet));
  }
}

void HostConnection::dispatch(Packet packet) {
  if (packet.kind == message_kind<ThreadBudget>()) {
    const auto budget = read<ThreadBudget>(packet);
    if (!budget) exit_broken();
    threads_ = std::max(1u, budget->threads);
    return;
  }
  auto reply = read<Reply>(packet);
  if (!reply) exit_broken();
  ReplyAndDescriptor answer{std::move(*reply), base::Descriptor()};
  if (!packet.descriptors.empty()) answer.descriptor = std::move(packet.descriptors.front());
  {
    const std::lock_guard lock(reply_mutex_);
    reply_ = std::move(answer);
  }
  reply_arrived_.notify_one();
}

Result<ReplyAndDescriptor> HostConnection::wait_for_reply() {
  std::unique_lock lock(reply_mutex_);
  reply_arrived_.wait(lock, [this] { return reply_.has_value(); });
  ReplyAndDescriptor answer = std::move(*reply_);
  reply_.reset();
  if (answer.reply.error) return *answer.reply.error;
  return answer;
}

}  // namespace convert::sandbox
