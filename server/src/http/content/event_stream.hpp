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

/// Queue of formatted events for one client of an event stream. A slow client needs bounded memory and misses
/// outdated events: the oldest of those pushed, and all but the newest of those set by `set_latest`.
class EventQueue : public std::enable_shared_from_this<EventQueue> {
 public:
  static constexpr std::size_t kMaxQueuedEvents = 16;

  /// `executor` is the connection's.
  static std::shared_ptr<EventQueue> make(const asio::any_io_executor& executor);

  // --- Publisher side, thread-safe -------------------------------------------------------------------

  /// Appends an event. Drops the event of `set_latest`, which is older.
  void push(std::string event);
  /// Replaces the event of the previous `set_latest`.
  void set_latest(std::string event);
  /// Ends the stream after the queued events.
  void end();

  // --- Connection side, on its executor --------------------------------------------------------------

  /// Returns all queued events as one text; empty at the end. nullopt: the deadline passed.
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

/// Timing of an event stream.
struct EventStreamTiming {
  std::chrono::milliseconds keep_alive_interval{15'000};  ///< comment after this silence
  std::chrono::milliseconds max_duration{3'600'000};
};

/// Checks whether the client is still authorized. Called before each piece except the first; empty: no check.
using AuthorizationCheck = std::function<Async<bool>()>;

/// The body of an event stream: `first_event`, then the queued events, until the queue ends, the server
/// stops, the client disconnects or loses its authorization. Keeps `resources` alive, such as the
/// subscription that fills the queue.
std::unique_ptr<ResponseStream> make_event_stream(const Request& request, std::shared_ptr<EventQueue> events,
                                                  std::string first_event, std::shared_ptr<void> resources,
                                                  AuthorizationCheck still_authorized = {},
                                                  EventStreamTiming timing = {});

/// A 200 response with the header fields of an event stream.
Response event_stream_response(std::unique_ptr<ResponseStream> source);

}  // namespace convert::server::http
