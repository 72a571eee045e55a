// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <semaphore>
#include <span>

#include <convert/result.hpp>
#include <convert/storage.hpp>

#include "sqlite/sqlite_connection.hpp"

namespace convert::sqlite {

/// Runs the writing operations of many threads in common transactions, so that they share a flush: who finds
/// nobody at work leads, and takes along all that came while the one before was flushing. Thread-safe.
class GroupCommit {
 public:
  /// What an acknowledgement of the operation needs.
  enum class Flush : std::uint8_t {
    required,      ///< the device has it, if the store is to survive a loss of power
    not_required,  ///< nothing: what is lost with the power repairs itself (a claim, a heartbeat)
  };
  using Operation = std::function<Result<void>(Connection&)>;

  GroupCommit(Connection& connection, Durability durability)
      : connection_(connection), durability_(durability) {}
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;

  /// Returns when the operation is committed, or has failed and left no trace. It may run in another
  /// thread, and again from the begin if another of its transaction failed. What it throws is thrown here.
  Result<void> run(Flush flush, const Operation& operation);

  /// How many operations wait for the next transaction.
  std::size_t waiting();

 private:
  /// One thread's operation, on its stack.
  struct PendingOperation {
    const Operation& operation;
    Flush flush;
    std::optional<Error> error{};
    std::exception_ptr thrown{};
    bool done = false;
    std::binary_semaphore wake{0};  // done, or the one to lead
    bool failed() const { return error || thrown; }
  };
  using Batch = std::span<PendingOperation* const>;
  /// So that nobody waits long for the others of his transaction.
  static constexpr std::size_t kMaxBatchSize = 256;
  using BatchBuffer = std::array<PendingOperation*, kMaxBatchSize>;

  Batch take_batch(BatchBuffer& buffer) noexcept;
  void wake_callers(Batch batch) noexcept;
  void promote_next_leader() noexcept;
  void yield_to_callers(std::size_t callers);
  void run_batch(Batch batch) noexcept;
  void commit(Batch batch);
  Result<void> begin_transaction(Batch batch);
  using Run = Result<bool> (GroupCommit::*)(PendingOperation&);
  Result<bool> run_transaction(Batch batch, Run run_each);
  Result<bool> run_without_savepoint(PendingOperation& pending);
  Result<bool> run_in_savepoint(PendingOperation& pending);
  void run_one(PendingOperation& pending);

  Connection& connection_;
  const Durability durability_;
  std::optional<Flush> current_flush_{};  // what the connection is set to; the leader's

  std::mutex mutex_;
  std::deque<PendingOperation*> waiting_;
  bool has_leader_ = false;
};

}  // namespace convert::sqlite
