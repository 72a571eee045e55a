// SPDX-License-Identifier: MIT
#include "sqlite/group_commit.hpp"

#include <algorithm>
#include <cstddef>
#include <thread>
#include <utility>

#include "base/fault_point.hpp"
#include "base/try.hpp"

namespace convert::sqlite {
namespace {

/// How many transactions a thread leads before it wakes the next leader: waking one takes longer than most
/// transactions.
constexpr int kMaxBatchesPerLeader = 8;

/// How often the leader yields before the next transaction. More yields do not enlarge the batches.
constexpr int kMaxYields = 4;

Error transaction_lost(const std::optional<Error>& reason) {
  return reason.value_or(Error{Errc::unavailable, "SQLite rolled the transaction back. Try again.", true});
}

}  // namespace

Result<void> GroupCommit::run(Flush flush, const Operation& operation) {
  PendingOperation pending{operation, flush};
  std::unique_lock lock(mutex_);
  waiting_.push_back(&pending);
  if (std::exchange(has_leader_, true)) {
    lock.unlock();
    pending.wake.acquire();
  }
  if (!pending.done) {
    if (!lock) lock.lock();
    for (int transactions = 0; transactions < kMaxBatchesPerLeader && !waiting_.empty(); ++transactions) {
      BatchBuffer buffer{};
      const Batch batch = take_batch(buffer);
      lock.unlock();
      run_batch(batch);
      wake_callers(batch);
      if (batch.size() > 1) yield_to_callers(batch.size());
      lock.lock();
    }
    promote_next_leader();
  }
  if (pending.thrown) std::rethrow_exception(pending.thrown);
  if (pending.error) return *pending.error;
  return {};
}

std::size_t GroupCommit::waiting() {
  const std::scoped_lock lock(mutex_);
  return waiting_.size();
}

/// Waits shortly for the callers that were just answered: their next operations can share a transaction.
void GroupCommit::yield_to_callers(std::size_t callers) {
  for (int i = 0; i < kMaxYields && waiting() < callers; ++i) std::this_thread::yield();
}

/// Takes the waiting operations in their order; the leader's own is the first. Must not allocate: waiting
/// threads depend on the leader to finish.
GroupCommit::Batch GroupCommit::take_batch(BatchBuffer& buffer) noexcept {
  const auto size = std::min(waiting_.size(), buffer.size());
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(size);
  std::copy(waiting_.begin(), end, buffer.begin());
  waiting_.erase(waiting_.begin(), end);
  return Batch(buffer).first(size);
}

/// Called without the lock, which the woken threads need. An operation must not be touched after its release.
void GroupCommit::wake_callers(Batch batch) noexcept {
  for (PendingOperation* pending : batch) {
    pending->done = true;
    pending->wake.release();
  }
}

void GroupCommit::promote_next_leader() noexcept {
  has_leader_ = !waiting_.empty();
  if (has_leader_) waiting_.front()->wake.release();
}

/// Runs a batch in a transaction. Each operation gets a result, an error or an exception.
void GroupCommit::run_batch(Batch batch) noexcept {
  try {
    commit(batch);
  } catch (...) {
    connection_.roll_back();
    for (PendingOperation* pending : batch) {
      if (!pending->error && !pending->thrown) pending->thrown = std::current_exception();
    }
  }
}

/// One transaction for all operations. If it fails as a whole, all get its error.
void GroupCommit::commit(Batch batch) {
  connection_.restart_wal_if_large();
  auto committed = run_transaction(batch, &GroupCommit::run_without_savepoint);
  if (committed && !*committed) {
    connection_.roll_back();
    if (batch.size() == 1) return;
    for (PendingOperation* pending : batch) {
      pending->error.reset();
      pending->thrown = nullptr;
    }
    committed = run_transaction(batch, &GroupCommit::run_in_savepoint);
  }
  if (committed) return;
  connection_.roll_back();
  for (PendingOperation* pending : batch) {
    if (!pending->error) pending->error = committed.error();
  }
}

/// False if an operation failed and left changes, which only a rollback of the whole transaction can undo.
Result<bool> GroupCommit::run_transaction(Batch batch, Run run_each) {
  CONVERT_TRY(begin_transaction(batch));
  for (PendingOperation* pending : batch) {
    auto clean = (this->*run_each)(*pending);
    if (!clean || !*clean) return clean;
  }
  CONVERT_FAULT_POINT("sqlite.before_commit");
  CONVERT_TRY(connection_.run("COMMIT"));
  CONVERT_FAULT_POINT("sqlite.committed");
  return true;
}

Result<void> GroupCommit::begin_transaction(Batch batch) {
  const bool needed = durability_ == Durability::power &&
                      std::any_of(batch.begin(), batch.end(), [](const PendingOperation* pending) {
                        return pending->flush == Flush::required;
                      });
  const auto flush = needed ? Flush::required : Flush::not_required;
  if (current_flush_ != flush) {
    auto set = connection_.script(needed ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    if (!set) return set;
    current_flush_ = flush;
  }
  return connection_.run("BEGIN IMMEDIATE");
}

/// The common case: an operation that fails has usually written nothing. An error if SQLite rolled back.
Result<bool> GroupCommit::run_without_savepoint(PendingOperation& pending) {
  const auto before = connection_.rows_changed();
  run_one(pending);
  if (!connection_.in_transaction()) return transaction_lost(pending.error);
  return !pending.failed() || connection_.rows_changed() == before;
}

/// Undoes a failed operation alone. Costs a copy of each page that an operation changes first.
Result<bool> GroupCommit::run_in_savepoint(PendingOperation& pending) {
  CONVERT_TRY(connection_.run("SAVEPOINT operation"));
  run_one(pending);
  if (!connection_.in_transaction()) return transaction_lost(pending.error);
  const auto left =
      connection_.script(pending.failed() ? "ROLLBACK TO operation; RELEASE operation" : "RELEASE operation");
  if (!left) return left.error();
  return true;
}

void GroupCommit::run_one(PendingOperation& pending) {
  try {
    const auto result = pending.operation(connection_);
    if (!result) pending.error = result.error();
  } catch (...) {
    pending.thrown = std::current_exception();
  }
  // SQLite's error comes first: a row that could not be read is not a missing row.
  if (auto failure = connection_.take_error()) pending.error = std::move(failure);
}

}  // namespace convert::sqlite
