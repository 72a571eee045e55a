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

/// A state of a task, as an event whose id is its revision.
std::string state_event(const Engine& engine, const Job& job, std::string_view user);

/// What a client that has seen revision `seen` of the job last has missed, as events, up to the job as it is
/// given: from the log of changes, or the job alone where that is too long ago. Blocks.
Outcome<std::string> missed_events(const Engine& engine, const Job& job, Revision seen,
                                   std::string_view user);

/// Makes events of what is told about one job, into a listener's mailbox. Thread-safe.
class TaskEventWriter {
 public:
  /// Nothing up to `reported`, as the job was then, is news.
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
