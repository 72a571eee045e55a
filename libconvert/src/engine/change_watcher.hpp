// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include <convert/job.hpp>

#include "engine/subscribers.hpp"

namespace convert::engine {

/// One who wants the lines of the log themselves. Those that he has not been told yet wait in it, and are
/// told together, one call at a time, on its executor. Thread-safe.
class ChangeSubscriber : public std::enable_shared_from_this<ChangeSubscriber> {
 public:
  using Callback = std::function<void(std::span<const Change>)>;

  /// Lines up to `after` are no news.
  ChangeSubscriber(Revision after, Callback callback, Executor executor);

  /// Lines of the log in their order; those that it has had already may be among them.
  void notify(std::span<const Change> lines);

  /// From now on, no call is begun.
  void close();

 private:
  void drain();

  const Executor executor_;
  std::mutex mutex_;
  std::shared_ptr<const Callback> callback_;  // null: ended
  Revision after_;
  std::vector<Change> waiting_;
  bool draining_ = false;
};

}  // namespace convert::engine
