// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <convert/server/http.hpp>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "http/connection/async_event.hpp"

namespace convert::server::http {

/// Events for one listener, as texts of `text/event-stream` (format_event.hpp), that wait until its
/// connection takes them. A listener that is slow costs a bounded amount of memory and misses what is out of
/// date: of the events that are kept the oldest, of those that are replaced all but the newest.
class EventQueue : public std::enable_shared_from_this<EventQueue> {
 public:
  static constexpr std::size_t kMaxQueuedEvents = 16;

  /// `executor`: the connection's.
  static std::shared_ptr<EventQueue> make(const asio::any_io_executor& executor);

  // --- Whoever has news, thread-safe ----------------------------------------------------------------

  /// In order, behind what waits. Drops what `replace` has put there: it is older.
  void push(std::string event);
  /// Instead of what an earlier `replace` has put there.
  void set_latest(std::string event);
  /// Nothing comes after what is there: the stream ends in good order.
  void end();

  // --- The connection, on its executor --------------------------------------------------------------

  /// All that waits, as one text; empty: the end. nullopt: nothing came until then.
  Async<std::optional<std::string>> take(std::chrono::steady_clock::time_point until);

 private:
  explicit EventQueue(const asio::any_io_executor& executor) : executor_(executor), event_(executor) {}
  void notify_reader();

  const asio::any_io_executor executor_;
  std::mutex mutex_;
  std::deque<std::string> events_;     // guarded by mutex_
  std::string latest_;                 // guarded by mutex_
  bool ended_ = false;                 // guarded by mutex_
  bool notification_pending_ = false;  // guarded by mutex_
  AsyncEvent event_;                   // on executor_
};

/// How long an event stream is silent, and how long it lasts, before its client has to come back.
struct EventStreamTiming {
  std::chrono::milliseconds keep_alive_interval{15'000};  ///< then an event that means nothing keeps it open
  std::chrono::milliseconds max_duration{3'600'000};
};

/// Whether a client may be told more. Asked before each piece but the first; empty: always.
using AuthorizationCheck = std::function<Async<bool>()>;

/// The body of an event stream: `first_event`, then what comes into the mailbox, until that ends, the server
/// stops, the client goes or may not go on. `resources` lives as long: the subscription that fills the
/// mailbox, the place it takes.
std::unique_ptr<ResponseStream> make_event_stream(const Request& request, std::shared_ptr<EventQueue> events,
                                                  std::string first_event, std::shared_ptr<void> resources,
                                                  AuthorizationCheck still_authorized = {},
                                                  EventStreamTiming timing = {});

/// 200 with the fields of an event stream.
Response event_stream_response(std::unique_ptr<ResponseStream> source);

}  // namespace convert::server::http
