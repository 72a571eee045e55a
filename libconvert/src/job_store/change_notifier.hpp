// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>

namespace convert::job_store {

/// The callbacks of `JobStore::notify_changes`. Thread-safe.
class ChangeNotifier {
 public:
  ChangeNotifier();

  /// Calls `callback` with each `notify` until the returned handle is destroyed, which waits for a running
  /// call. The handle may outlive the notifier.
  std::shared_ptr<void> add(std::function<void()> callback);

  /// Calls all callbacks, one call at a time.
  void notify() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace convert::job_store
