// SPDX-License-Identifier: MIT
#include "sqlite/group_commit.hpp"

#include <algorithm>
#include <cstddef>
#include <thread>
#include <utility>

#include "io/fault_point.hpp"

namespace convert::sqlite {
namespace {

/// How many transactions one thread leads, where others wait for it: to wake the next leader takes longer
/// than many a transaction.
constexpr int kMostLed = 8;

/// How often others are let run before the next transaction: more bring no more of them.
constexpr int kMostYields = 4;

Error given_up(const std::optional<Error>& reason) {
  return reason.value_or(Error{Errc::unavailable, "The transaction was given up. Try again.", true});
}

}  // namespace

Result<void> GroupCommit::run(Flush flush, const Operation& operation) {
  Call call{operation, flush};
  std::unique_lock lock(mutex_);
  waiting_.push_back(&call);
  if (std::exchange(led_, true)) {
    lock.unlock();
    call.woken.acquire();
  }
  if (!call.done) {
    if (!lock) lock.lock();
    for (int transactions = 0; transactions < kMostLed && !waiting_.empty(); ++transactions) {
      Room room{};
      const Batch batch = take_batch(room);
      lock.unlock();
      lead(batch);
      finish(batch);
      if (batch.size() > 1) let_come_again(batch.size());
      lock.lock();
    }
    hand_over();
  }
  if (call.thrown) std::rethrow_exception(call.thrown);
  if (call.error) return *call.error;
  return {};
}

std::size_t GroupCommit::waiting() {
  const std::scoped_lock lock(mutex_);
  return waiting_.size();
}

/// Those who were just answered come again: together they cost little more than one.
void GroupCommit::let_come_again(std::size_t many) {
  for (int i = 0; i < kMostYields && waiting() < many; ++i) std::this_thread::yield();
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

/// Without the lock, for which those who are woken would have to wait. A call is gone once it is woken.
void GroupCommit::finish(Batch batch) noexcept {
  for (Call* call : batch) {
    call->done = true;
    call->woken.release();
  }
}

void GroupCommit::hand_over() noexcept {
  led_ = !waiting_.empty();
  if (led_) waiting_.front()->woken.release();
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
  session_.shorten_log();
  auto committed = transact(batch, &GroupCommit::run_plainly);
  if (committed && !*committed) {
    session_.roll_back();
    if (batch.size() == 1) return;
    for (Call* call : batch) {
      call->error.reset();
      call->thrown = nullptr;
    }
    committed = transact(batch, &GroupCommit::run_in_savepoint);
  }
  if (committed) return;
  session_.roll_back();
  for (Call* call : batch) {
    if (!call->error) call->error = committed.error();
  }
}

/// False: one of them failed and left something, which only a rollback of all can take away.
Result<bool> GroupCommit::transact(Batch batch, Run run_each) {
  if (const auto begun = begin(batch); !begun) return begun.error();
  for (Call* call : batch) {
    const auto clean = (this->*run_each)(*call);
    if (!clean || !*clean) return clean;
  }
  CONVERT_FAULT_POINT("sqlite.before_commit");
  if (const auto committed = session_.run("COMMIT"); !committed) return committed.error();
  CONVERT_FAULT_POINT("sqlite.committed");
  return true;
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
  return session_.run("BEGIN IMMEDIATE");
}

/// The way of every day: who fails has written nothing, mostly. An error if the transaction did not survive.
Result<bool> GroupCommit::run_plainly(Call& call) {
  const auto before = session_.rows_changed();
  run_one(call);
  if (!session_.in_transaction()) return given_up(call.error);
  return !call.failed() || session_.rows_changed() == before;
}

/// Who fails is undone alone. That costs a copy of every page that an operation is the first to change.
Result<bool> GroupCommit::run_in_savepoint(Call& call) {
  if (const auto saved = session_.run("SAVEPOINT operation"); !saved) return saved.error();
  run_one(call);
  if (!session_.in_transaction()) return given_up(call.error);
  const auto left =
      session_.script(call.failed() ? "ROLLBACK TO operation; RELEASE operation" : "RELEASE operation");
  if (!left) return left.error();
  return true;
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

}  // namespace convert::sqlite
