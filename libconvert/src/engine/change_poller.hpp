// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include <convert/job_store.hpp>

#include "engine/engine_log.hpp"
#include "engine/subscriber_registry.hpp"

namespace convert::engine {

/// The thread that reads the store's log of changes and tells those on the board. It is started when it is
/// first needed, reads only while somebody watches, and then every `polling`, or when `changed` wakes it.
/// Every `heartbeat` it also asks how far the watched jobs are that others run. Thread-safe. It may be
/// destroyed by somebody whom it tells something.
class ChangePoller {
 public:
  ChangePoller(std::shared_ptr<JobStore> store, std::shared_ptr<SubscriberRegistry> registry,
               std::chrono::milliseconds polling, std::chrono::milliseconds heartbeat, EngineLog log);
  ~ChangePoller();
  ChangePoller(const ChangePoller&) = delete;
  ChangePoller& operator=(const ChangePoller&) = delete;

  /// The latest line of the log that this engine knows of, if it knows any.
  std::optional<Revision> latest_known() const noexcept;

  /// There is a new watcher on the board, whose news begin after line `after`, if that is known. `first`:
  /// nobody else was there, so that no line before is anybody's business.
  void subscriber_added(std::optional<Revision> after, bool first);

  /// The log has a line more.
  void changed(Revision revision);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace convert::engine
