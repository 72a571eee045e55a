// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "sandbox/channel.hpp"
#include "sandbox/messages.hpp"
#include "sandbox/wire.hpp"

namespace convert::sandbox {

/// A reply, and the descriptor that came with it.
struct Answer {
  Reply reply;
  io::Descriptor descriptor;
};

/// A worker's line to its host. When it breaks, the process ends at once, wherever its other threads are:
/// nobody waits for what they do.
class Link {
 public:
  explicit Link(io::Descriptor socket);
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  /// The call to serve, and the descriptors of its inputs. First of all, and once. Begins to watch.
  std::pair<Work, std::vector<io::Descriptor>> work();

  /// Sends what has no answer.
  template <class Message>
  void tell(const Message& message) {
    if (!send(channel_, message)) end();
  }

  /// Sends a request and waits for its answer. Thread-safe; one request is on its way at a time.
  template <class Message>
  Result<Answer> ask(const Message& message) {
    const std::lock_guard asking(asking_);
    tell(message);
    return answer();
  }

  /// How many threads may be at work now.
  unsigned threads() const { return threads_.load(std::memory_order_relaxed); }

 private:
  void watch();
  void take(Packet packet);
  Result<Answer> answer();
  [[noreturn]] static void end();

  Channel channel_;
  std::atomic<unsigned> threads_{1};
  std::mutex asking_;
  std::mutex answers_;
  std::condition_variable answered_;
  std::optional<Answer> answer_;
};

}  // namespace convert::sandbox
