// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include <convert/library.hpp>

#include "base/file_descriptor.hpp"
#include "sandbox/protocol/channel.hpp"
#include "sandbox/protocol/messages.hpp"
#include "sandbox/protocol/zygote_settings.hpp"

namespace convert::sandbox {

/// A reply and the descriptor that came with it.
struct ReplyAndDescriptor {
  Reply reply;
  base::Descriptor descriptor;
};

/// A worker's connection to its host. If it breaks, the process exits at once, whatever its threads do.
class HostConnection {
 public:
  explicit HostConnection(base::Descriptor socket);
  HostConnection(const HostConnection&) = delete;
  HostConnection& operator=(const HostConnection&) = delete;

  /// Receives the request and the descriptors of its inputs, and starts the receiving thread. Call it first
  /// and once.
  std::pair<CallRequest, std::vector<base::Descriptor>> work();

  /// Sends a message that has no reply.
  template <class Message>
  void post(const Message& message) {
    if (!send_message(channel_, message)) exit_broken();
  }

  /// Sends a message and waits for its reply. Thread-safe; requests are sent one after the other.
  template <class Message>
  Result<ReplyAndDescriptor> request(const Message& message) {
    const std::lock_guard request_lock(request_mutex_);
    post(message);
    return wait_for_reply();
  }

  /// The current thread budget.
  unsigned threads() const { return threads_.load(std::memory_order_relaxed); }

 private:
  void receive_loop();
  void dispatch(Packet packet);
  Result<ReplyAndDescriptor> wait_for_reply();
  [[noreturn]] static void exit_broken();

  Channel channel_;
  std::atomic<unsigned> threads_{1};
  std::mutex request_mutex_;
  std::mutex reply_mutex_;
  std::condition_variable reply_arrived_;
  std::optional<ReplyAndDescriptor> reply_;
};

/// Serves one call in a confined worker: receives the request on `channel`, runs it, sends the result and
/// exits. Temporary files go to the current folder, which is the scratch folder.
[[noreturn]] void serve_call(const Library& library, const ZygoteSettings& settings,
                             base::Descriptor channel);

}  // namespace convert::sandbox
