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

/// A reply, and the descriptor that came with it.
struct ReplyAndDescriptor {
  Reply reply;
  base::Descriptor descriptor;
};

/// A worker's line to its host. When it breaks, the process ends at once, wherever its other threads are:
/// nobody waits for what they do.
class HostConnection {
 public:
  explicit HostConnection(base::Descriptor socket);
  HostConnection(const HostConnection&) = delete;
  HostConnection& operator=(const HostConnection&) = delete;

  /// The call to serve, and the descriptors of its inputs. First of all, and once. Begins to watch.
  std::pair<CallRequest, std::vector<base::Descriptor>> work();

  /// Sends what has no answer.
  template <class Message>
  void post(const Message& message) {
    if (!send_message(channel_, message)) exit_broken();
  }

  /// Sends a request and waits for its answer. Thread-safe; one request is on its way at a time.
  template <class Message>
  Result<ReplyAndDescriptor> request(const Message& message) {
    const std::lock_guard request_lock(request_mutex_);
    post(message);
    return wait_for_reply();
  }

  /// How many threads may be at work now.
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

/// A worker's life, once it is confined: waits for Work on `channel`, does it, says what came out, and ends
/// the process. `scratch`: its folder is the current one, for temporary files.
[[noreturn]] void serve_call(const Library& library, const ZygoteSettings& settings,
                             base::Descriptor channel);

}  // namespace convert::sandbox
