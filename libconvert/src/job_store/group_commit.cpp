// SPDX-License-Identifier: MIT
#include "job_store/group_commit.hpp"

#include <algorithm>
#include <cstddef>

#include "io/fault_point.hpp"

namespace convert::job_store {

Result<void> GroupCommit::run(Flush flush, const Operation& operation) {
  Call call{operation, flush};
  std::unique_lock lock(mutex_);
  waiting_.push_back(&call);
  if (led_) call.wake.wait(lock, [&] { return call.done || call.leads; });
  if (!call.done) {
    led_ = true;
    Room room{};
    const Batch batch = take_batch(room);
    lock.unlock();
    lead(batch);
    lock.lock();
    finish(batch);
  }
  if (call.thrown) std::rethrow_exception(call.thrown);
  if (call.error) return *call.error;
  return {};
}

std::size_t GroupCommit::waiting() {
  const std::scoped_lock lock(mutex_);
  return waiting_.size();
}

/// The operations that wait, in their order; the leader's own is the first. Needs no memory, as those who
/// wait rely on a leader that comes to its end.
GroupCommit::Batch GroupCommit::take_batch(Room& room) noexcept {
  const auto size = std::min(waiting_.size(), room.size());
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(size);
  std::copy(waiting_.begin(), end, room.begin());
  waiting_.erase(waiting_.begin(), end);
  return Batch(room).first(size);
}

/// With the lock held, until which no call that is done leaves its thread's stack.
void GroupCommit::finish(Batch batch) noexcept {
  for (Call* call : batch) {
    call->done = true;
    call->wake.notify_one();
  }
  led_ = !waiting_.empty();
  if (!led_) return;
  waiting_.front()->leads = true;
  waiting_.front()->wake.notify_one();
}

/// Whatever happens, each of them hears of it.
void GroupCommit::lead(Batch batch) noexcept {
  try {
    commit(batch);
  } catch (...) {
    session_.roll_back();
    for (Call* call : batch) {
      if (!call->error && !call->thrown) call->thrown = std::current_exception();
    }
  }
}

/// One transaction for all of them. Where it fails as a whole, each gets the reason.
void GroupCommit::commit(Batch batch) {
  auto done = begin(batch);
  if (done) done = run_each(batch);
  if (done) {
    CONVERT_FAULT_POINT("job_store.before_commit");
    done = session_.script("COMMIT");
    CONVERT_FAULT_POINT("job_store.committed");
  }
  if (done) return;
  session_.roll_back();
  for (Call* call : batch) {
    if (!call->error) call->error = done.error();
  }
}

Result<void> GroupCommit::begin(Batch batch) {
  const bool needed =
      durability_ == Durability::power &&
      std::any_of(batch.begin(), batch.end(), [](const Call* call) { return call->flush == Flush::needed; });
  const auto flush = needed ? Flush::needed : Flush::spared;
  if (flushing_ != flush) {
    const auto set = session_.script(needed ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    if (!set) return set;
    flushing_ = flush;
  }
  return session_.script("BEGIN IMMEDIATE");
}

/// An error if the transaction did not survive one of them.
Result<void> GroupCommit::run_each(Batch batch) {
  for (Call* call : batch) {
    if (const auto alive = run_in_savepoint(*call); !alive) return alive;
  }
  return {};
}

Result<void> GroupCommit::run_in_savepoint(Call& call) {
  if (const auto saved = session_.script("SAVEPOINT operation"); !saved) return saved;
  run_one(call);
  const bool failed = call.error || call.thrown;
  if (!session_.in_transaction()) {
    return call.error.value_or(Error{Errc::unavailable, "The transaction was given up. Try again.", true});
  }
  return session_.script(failed ? "ROLLBACK TO operation; RELEASE operation" : "RELEASE operation");
}

void GroupCommit::run_one(Call& call) {
  try {
    const auto result = call.operation(session_);
    if (!result) call.error = result.error();
  } catch (...) {
    call.thrown = std::current_exception();
  }
  // What SQLite says comes first: a job that could not be read is not one that isn't there.
  if (auto failure = session_.take_failure()) call.error = std::move(failure);
}

}  // namespace convert::job_store
