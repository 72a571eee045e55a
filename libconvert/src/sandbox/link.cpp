// SPDX-License-Identifier: MIT
#include "sandbox/link.hpp"

#include <unistd.h>

#include <algorithm>

#include "sandbox/zygote_settings.hpp"

namespace convert::sandbox {
namespace {

/// As many descriptors as a call may have inputs.
constexpr ChannelLimits kFromHost{std::size_t{64} << 20, 1'000};

}  // namespace

Link::Link(io::Descriptor socket) : channel_(std::move(socket), kFromHost) {}

void Link::end() { ::_exit(kBrokenChannel); }

std::pair<Work, std::vector<io::Descriptor>> Link::work() {
  auto packet = channel_.receive();
  if (!packet) ::_exit(packet.error().code == Errc::not_found ? kDone : kBrokenChannel);
  auto work = read<Work>(*packet);
  if (!work) end();
  threads_ = std::max(1u, work->threads);
  std::thread([this] { watch(); }).detach();
  return {std::move(*work), std::move(packet->descriptors)};
}

void Link::watch() {
  for (;;) {
    auto packet = channel_.receive();
    if (!packet) ::_exit(packet.error().code == Errc::not_found ? kDone : kBrokenChannel);
    take(std::move(*packet));
  }
}

void Link::take(Packet packet) {
  if (packet.kind == kind_of<Budget>()) {
    const auto budget = read<Budget>(packet);
    if (!budget) end();
    threads_ = std::max(1u, budget->threads);
    return;
  }
  auto reply = read<Reply>(packet);
  if (!reply) end();
  Answer answer{std::move(*reply), io::Descriptor()};
  if (!packet.descriptors.empty()) answer.descriptor = std::move(packet.descriptors.front());
  {
    const std::lock_guard lock(answers_);
    answer_ = std::move(answer);
  }
  answered_.notify_one();
}

Result<Answer> Link::answer() {
  std::unique_lock lock(answers_);
  answered_.wait(lock, [this] { return answer_.has_value(); });
  Answer answer = std::move(*answer_);
  answer_.reset();
  if (answer.reply.error) return *answer.reply.error;
  return answer;
}

}  // namespace convert::sandbox
