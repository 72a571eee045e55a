// SPDX-License-Identifier: MIT
#include "sqlite/group_commit.hpp"

#include <algorithm>
#include <cstddef>
#include <thread>
#include <utility>

#include "base/fault_point.hpp"

namespace convert::sqlite {
namespace {

/// How many transactions one thread leads, where others wait for it: to wake the next leader takes longer
/// than many a transaction.
constexpr int kMaxBatchesPerLeader = 8;

/// How often others are let run before the next transaction: more bring no more of them.
constexpr int kMaxYields = 4;

Error transaction_lost(const std::optional<Error>& reason) {
  return reason.value_or(Error{Errc::unavailable, "The transaction was given up. Try again.", true});
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

/// Those who were just answered come again: together they cost little more than one.
void GroupCommit::yield_to_callers(std::size_t callers) {
  for (int i = 0; i < kMaxYields && waiting() < callers; ++i) std::this_thread::yield();
}

/// The operations that wait, in their order; the leader's own is the first. Needs no memory, as those who
/// wait rely on a leader that comes to its end.
GroupCommit::Batch GroupCommit::take_batch(BatchBuffer& buffer) noexcept {
  const auto size = std::min(waiting_.size(), buffer.size());
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(size);
  std::copy(waiting_.begin(), end, buffer.begin());
  waiting_.erase(waiting_.begin(), end);
  return Batch(buffer).first(size);
}

/// Without the lock, for which those who are woken would have to wait. A call is gone once it is woken.
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

/// Whatever happens, each of them hears of it.
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

/// One transaction for all of them. Where it fails as a whole, each gets the reason.
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

/// False: one of them failed and left something, which only a rollback of all can take away.
Result<bool> GroupCommit::run_transaction(Batch batch, Run run_each) {
  if (const auto begun = begin_transaction(batch); !begun) return begun.error();
  for (PendingOperation* pending : batch) {
    const auto clean = (this->*run_each)(*pending);
    if (!clean || !*clean) return clean;
  }
  CONVERT_FAULT_POINT("sqlite.before_commit");
  if (const auto committed = connection_.run("COMMIT"); !committed) return committed.error();
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
    const auto set = connection_.script(needed ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    if (!set) return set;
    current_flush_ = flush;
  }
  return connection_.run("BEGIN IMMEDIATE");
}

/// The way of every day: who fails has written nothing, mostly. An error if the transaction did not survive.
Result<bool> GroupCommit::run_without_savepoint(PendingOperation& pending) {
  const auto before = connection_.rows_changed();
  run_one(pending);
  if (!connection_.in_transaction()) return transaction_lost(pending.error);
  return !pending.failed() || connection_.rows_changed() == before;
}

/// Who fails is undone alone. That costs a copy of every page that an operation is the first to change.
Result<bool> GroupCommit::run_in_savepoint(PendingOperation& pending) {
  if (const auto saved = connection_.run("SAVEPOINT operation"); !saved) return saved.error();
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
  // What SQLite says comes first: a job that could not be read is not one that isn't there.
  if (auto failure = connection_.take_error()) pending.error = std::move(failure);
}

}  // namespace convert::sqlite
