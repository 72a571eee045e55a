// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include <convert/engine.hpp>

#include "http/mailbox.hpp"

namespace convert::server::api {

/// A state of a task, as an event whose id is its revision.
std::string state_event(const Engine& engine, const Job& job, std::string_view user);

/// What a client that has seen revision `seen` of the job last has missed, as events, up to the job as it is
/// given: from the log of changes, or the job alone where that is too long ago. Blocks.
Result<std::string> missed_events(const Engine& engine, const Job& job, Revision seen, std::string_view user);

/// Makes events of what is told about one job, into a listener's mailbox. Thread-safe.
class TaskTeller {
 public:
  /// Nothing up to `told`, as the job was then, is news.
  TaskTeller(const Engine& engine, std::string user, const Job& told, std::shared_ptr<http::Mailbox> mailbox)
      : engine_(engine),
        user_(std::move(user)),
        told_(told.revision),
        progress_(told.progress),
        mailbox_(std::move(mailbox)) {}

  void tell(const Job& job);

 private:
  const Engine& engine_;
  const std::string user_;
  std::mutex mutex_;
  Revision told_;    // guarded by mutex_
  double progress_;  // guarded by mutex_
  const std::shared_ptr<http::Mailbox> mailbox_;
};

}  // namespace convert::server::api
