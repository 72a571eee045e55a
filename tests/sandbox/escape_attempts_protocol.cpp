// SPDX-License-Identifier: MIT
// Invalid messages and results for the host.
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <cstring>
#include <ctime>
#include <optional>
#include <string>
#include <thread>

#include "sandbox/escape_attempts.hpp"

namespace convert::test {
namespace {

constexpr int kHighest = 1024;

/// The channel is the only socket.
std::optional<int> channel() {
  for (int number = 3; number < kHighest; ++number) {
    struct stat status {};
    if (::fstat(number, &status) == 0 && S_ISSOCK(status.st_mode)) return number;
  }
  return {};
}

void wait_for_the_end() {
  const timespec hour{3'600, 0};
  for (;;) ::nanosleep(&hour, nullptr);
}

Outcome send_forever(std::string_view bytes) {
  const auto socket = channel();
  if (!socket) return blocked("there is no channel");
  for (;;) {
    if (::send(*socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) wait_for_the_end();
  }
}

Outcome send_garbage(const Attempt&) { return send_forever("\x7f\x01 this is not a valid message"); }
Outcome send_nothing(const Attempt&) { return send_forever(""); }
/// A message without end: each packet announces another one.
Outcome send_endless(const Attempt&) {
  return send_forever(std::string("\x04\x00", 2) + std::string(65'534, 'x'));
}

Outcome send_descriptors(const Attempt&) {
  const auto socket = channel();
  if (!socket) return blocked("there is no channel");
  std::array<char, 2> text{'\x04', '\x01'};
  iovec part{text.data(), text.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &*socket, sizeof(int));
  for (;;) {
    if (::sendmsg(*socket, &message, MSG_NOSIGNAL) < 0) wait_for_the_end();
  }
}

Outcome answer_hugely(const Attempt&) {
  Outcome outcome;
  const std::string name(1'000'000, 'x');
  for (int i = 0; i < 64; ++i)
    outcome.escaped.outputs.push_back({name, "mp3", "audio/mpeg", 1, {}, 0, 0, 0, 0});
  return outcome;
}

Outcome warn_without_end(const Attempt& attempt) {
  for (int i = 0;; ++i)
    attempt.options.warning({WarningCode::damaged, std::to_string(i) + std::string(10'000, 'x')});
}

Outcome create_outside(const Attempt& attempt) {
  auto writer = attempt.outputs.create("../../escaped");
  return writer ? escaped() : Outcome{writer.error(), {}};
}

/// Reports an output that was never created.
Outcome claim_an_output(const Attempt&) {
  Outcome outcome;
  outcome.escaped.outputs.push_back({"never-made.mp3", "mp3", "audio/mpeg", 123'456, {}, 0, 0, 0, 0});
  return outcome;
}

/// Not an attack: reports the thread budget before and after the host changed it.
Outcome observe_thread_budget(const Attempt& attempt) {
  const unsigned before = attempt.options.threads_now();
  attempt.options.progress(Progress{0.5, {}, 0, 0});
  while (attempt.options.threads_now() == before) {
    if (auto go_on = attempt.options.check_cancellation(); !go_on) return Outcome{go_on.error(), {}};
    std::this_thread::yield();
  }
  Outcome outcome;
  outcome.escaped.warnings.push_back(
      {WarningCode::incomplete,
       std::to_string(before) + ", " + std::to_string(attempt.options.threads_now())});
  return outcome;
}

}  // namespace

void add_protocol_attempts(Attempts& attempts) {
  attempts.insert({{"garbage", &send_garbage},
                   {"empty_packets", &send_nothing},
                   {"endless_message", &send_endless},
                   {"send_descriptors", &send_descriptors},
                   {"huge_answer", &answer_hugely},
                   {"warnings", &warn_without_end},
                   {"create_outside", &create_outside},
                   {"claim_output", &claim_an_output},
                   {"more_threads", &observe_thread_budget}});
}

}  // namespace convert::test
