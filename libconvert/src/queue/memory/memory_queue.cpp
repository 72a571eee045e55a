// SPDX-License-Identifier: MIT
// Announcements within one process.
//
// Permissions: none. Space: about a hundred bytes for each job that is announced and not yet received.
#include <convert/queue.hpp>

#include "queue/due_announcements.hpp"

namespace convert {
namespace {

using std::chrono::milliseconds;

class MemoryQueue final : public Queue {
 public:
  Result<void> announce(JobId id, milliseconds delay) override {
    announcements_.add(id, delay);
    return {};
  }
  Result<std::optional<JobId>> next(milliseconds wait) override { return announcements_.next(wait); }
  void wake() override { announcements_.wake(); }

 private:
  queue::DueAnnouncements announcements_;
};

}  // namespace

std::shared_ptr<Queue> memory_queue() { return std::make_shared<MemoryQueue>(); }

}  // namespace convert
