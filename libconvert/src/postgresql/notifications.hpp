// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/file_descriptor.hpp"
#include "postgresql/connection_options.hpp"
#include "postgresql/postgresql_connection.hpp"

namespace convert::postgresql {

/// Sends and receives NOTIFY between the hosts that share a database, on a connection and a thread of its
/// own.
///
/// Sending is apart from the transactions that change tables: NOTIFY takes a lock of the whole server during
/// its commit, which would make all commits wait for each other's flush. Notifications may be lost (a host
/// that dies between commit and NOTIFY, a reconnect) or come twice: a receiver also looks by itself now and
/// then. Where LISTEN does not work (PgBouncer in transaction mode), `listening` stays false, which is found
/// out by a notification to ourselves from a second connection; receivers then have to poll.
class Notifications {
 public:
  /// Called in the thread of Notifications; must not block. An empty channel: notifications may have been
  /// lost, look at everything.
  using Receive = std::function<void(std::string_view channel, std::string_view payload)>;

  /// Listens to `channels` (letters, digits and underscores). Prefix them with the schema: channels belong to
  /// the whole database. Returns at once, and connects in the background. Sends at once, then not again
  /// before `interval` has passed.
  Notifications(ConnectionOptions options, std::vector<std::string> channels, Receive receive,
                std::chrono::milliseconds interval);
  ~Notifications();
  Notifications(const Notifications&) = delete;
  Notifications& operator=(const Notifications&) = delete;

  /// Sends a notification soon. Equal ones that wait to be sent are sent once. `payload` may have up to 7999
  /// bytes. Does not block, and cannot fail.
  void notify(std::string_view channel, std::string_view payload = {});

  /// Whether notifications arrive. False while the connection is lost, and behind a pooler.
  bool listening() const { return listening_; }
  /// Success while it is connected, else the reason why not.
  Result<void> connected();
  /// Waits until it is known whether LISTEN works, or until `timeout`. Returns `listening()`.
  bool wait_until_known(std::chrono::milliseconds timeout);

 private:
  /// More are dropped: receivers look by themselves now and then.
  static constexpr std::size_t kMaxWaiting = 10'000;

  void run(const std::stop_token& stop);
  void pause(const std::stop_token& stop, std::chrono::milliseconds time);
  Result<void> connect(const std::stop_token& stop);
  bool listen_works(const std::stop_token& stop);
  bool serve(const std::stop_token& stop);
  bool has_waiting();
  bool send_waiting();
  void set_state(std::optional<Error> error, bool known, bool listening);
  void wake() const noexcept;

  const ConnectionOptions options_;
  const std::vector<std::string> channels_;
  const Receive receive_;
  const std::chrono::milliseconds interval_;
  const base::Descriptor wake_;  // an eventfd, readable when there is something to send, or at the end
  std::mutex mutex_;
  std::condition_variable known_changed_;
  std::condition_variable_any paused_;
  bool known_ = false;
  std::optional<Error> error_{};  // why it is not connected
  std::set<std::pair<std::string, std::string>> waiting_;
  std::atomic<bool> listening_ = false;
  // Used by the thread only:
  std::unique_ptr<Connection> connection_;
  std::chrono::steady_clock::time_point listen_again_{};
  std::chrono::steady_clock::time_point send_again_{};
  std::jthread thread_;
};

}  // namespace convert::postgresql
