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

#include "http/wake.hpp"

namespace convert::server::http {

/// Events for one listener, as texts of `text/event-stream` (event_text.hpp), that wait until its connection
/// takes them. A listener that is slow costs a bounded amount of memory and misses what is out of date:
/// of the events that are kept the oldest, of those that are replaced all but the newest.
class Mailbox : public std::enable_shared_from_this<Mailbox> {
 public:
  static constexpr std::size_t kKept = 16;

  /// `executor`: the connection's.
  static std::shared_ptr<Mailbox> make(const asio::any_io_executor& executor);

  // --- Whoever has news, thread-safe ----------------------------------------------------------------

  /// In order, behind what waits. Drops what `replace` has put there: it is older.
  void keep(std::string event);
  /// Instead of what an earlier `replace` has put there.
  void replace(std::string event);
  /// Nothing comes after what is there: the stream ends in good order.
  void end();

  // --- The connection, on its executor --------------------------------------------------------------

  /// All that waits, as one text; empty: the end. nullopt: nothing came until then.
  Async<std::optional<std::string>> take(std::chrono::steady_clock::time_point until);

 private:
  explicit Mailbox(const asio::any_io_executor& executor) : executor_(executor), wake_(executor) {}
  void tell_reader();

  const asio::any_io_executor executor_;
  std::mutex mutex_;
  std::deque<std::string> kept_;  // guarded by mutex_
  std::string latest_;            // guarded by mutex_
  bool ended_ = false;            // guarded by mutex_
  bool told_ = false;             // guarded by mutex_
  Wake wake_;                     // on executor_
};

/// How long an event stream is silent, and how long it lasts, before its client has to come back.
struct EventPace {
  std::chrono::milliseconds silence{15'000};  ///< then an event that means nothing keeps it open
  std::chrono::milliseconds life{3'600'000};
};

/// Whether a client may be told more. Asked before each piece but the first; empty: always.
using MayGoOn = std::function<Async<bool>()>;

/// The body of an event stream: `first`, then what comes into the mailbox, until that ends, the server stops,
/// the client goes or may not go on. `held` lives as long: the subscription that fills the mailbox, the place
/// it takes.
std::unique_ptr<Source> event_source(const Request& request, std::shared_ptr<Mailbox> mailbox,
                                     std::string first, std::shared_ptr<void> held, MayGoOn may_go_on = {},
                                     EventPace pace = {});

/// 200 with the fields of an event stream.
Response event_response(std::unique_ptr<Source> source);

}  // namespace convert::server::http
