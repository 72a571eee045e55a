// SPDX-License-Identifier: MIT
#include "job_store/group_commit.hpp"

#include <algorithm>
#include <cstddef>

#include "io/fault_point.hpp"

namespace convert::job_store {
namespace {

/// So that nobody waits long for the others of his transaction.
constexpr std::size_t kLargestBatch = 256;

}  // namespace

Result<void> GroupCommit::run(Flush flush, const Operation& operation) {
  Call call{operation, flush};
  std::unique_lock lock(mutex_);
  waiting_.push_back(&call);
  if (led_) call.wake.wait(lock, [&] { return call.done || call.leads; });
  if (!call.done) {
    led_ = true;
    const auto batch = take_batch();
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

/// The operations that wait, in their order; the leader's own is the first.
GroupCommit::Batch GroupCommit::take_batch() {
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(waiting_.size(), kLargestBatch));
  Batch batch(waiting_.begin(), end);
  waiting_.erase(waiting_.begin(), end);
  return batch;
}

/// With the lock held, until which no call that is done leaves its thread's stack.
void GroupCommit::finish(const Batch& batch) {
  for (auto* call : batch) {
    call->done = true;
    call->wake.notify_one();
  }
  led_ = !waiting_.empty();
  if (!led_) return;
  waiting_.front()->leads = true;
  waiting_.front()->wake.notify_one();
}

/// One transaction for all of them. Where it fails as a whole, each gets the reason.
void GroupCommit::lead(const Batch& batch) {
  auto done = begin(batch);
  if (done) done = run_each(batch);
  if (done) {
    CONVERT_FAULT_POINT("job_store.before_commit");
    done = session_.script("COMMIT");
    CONVERT_FAULT_POINT("job_store.committed");
  }
  if (done) return;
  // SQLite may have rolled back by itself: that the transaction is gone is all that counts.
  if (session_.in_transaction()) static_cast<void>(session_.script("ROLLBACK").has_value());
  for (auto* call : batch) {
    if (!call->error) call->error = done.error();
  }
}

Result<void> GroupCommit::begin(const Batch& batch) {
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
Result<void> GroupCommit::run_each(const Batch& batch) {
  for (auto* call : batch) {
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
