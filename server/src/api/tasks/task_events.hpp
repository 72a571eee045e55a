// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include <convert/engine.hpp>
#include <convert/server/http.hpp>

#include "api/support/problems.hpp"
#include "api/support/services.hpp"
#include "http/content/event_stream.hpp"

namespace convert::server::api {

/// The state of a task as an event; the event's id is the revision.
std::string state_event(const Engine& engine, const Job& job, std::string_view user);

/// The events after revision `seen`, up to `job`, for a client that reconnects. They come from the change
/// log; if there are very many, only the current state is returned. Blocks.
Outcome<std::string> missed_events(const Engine& engine, const Job& job, Revision seen,
                                   std::string_view user);

/// Turns notifications about one job into events and queues them for a client. Thread-safe.
class TaskEventWriter {
 public:
  /// `reported` is the state that the client knows already.
  TaskEventWriter(const Engine& engine, std::string user, const Job& reported,
                  std::shared_ptr<http::EventQueue> mailbox)
      : engine_(engine),
        user_(std::move(user)),
        last_revision_(reported.revision),
        last_progress_(reported.progress),
        mailbox_(std::move(mailbox)) {}

  void write(const Job& job);

 private:
  const Engine& engine_;
  const std::string user_;
  std::mutex mutex_;
  Revision last_revision_;  // guarded by mutex_
  double last_progress_;    // guarded by mutex_
  const std::shared_ptr<http::EventQueue> mailbox_;
};

}  // namespace convert::server::api
