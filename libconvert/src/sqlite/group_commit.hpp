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

#include <convert/durability.hpp>
#include <convert/result.hpp>

#include "sqlite/sqlite_connection.hpp"

namespace convert::sqlite {

/// Runs the write operations of many threads in shared transactions, so that they share a flush (group
/// commit). The first caller becomes the leader: it runs all operations that arrived while the previous
/// transaction committed. Thread-safe.
class GroupCommit {
 public:
  /// Whether the operation must be on the device before it is acknowledged.
  enum class Flush : std::uint8_t {
    required,      ///< yes, with `Durability::power`
    not_required,  ///< no: its loss repairs itself, as of a claim or a heartbeat
  };
  using Operation = std::function<Result<void>(Connection&)>;

  GroupCommit(Connection& connection, Durability durability)
      : connection_(connection), durability_(durability) {}
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;

  /// Runs `operation` and returns once it is committed, or has failed and left no changes. It may run in
  /// another thread, and run again from the start if another operation of its transaction failed. Rethrows
  /// its exceptions. Errors: those of `operation`, else those of the connection.
  Result<void> run(Flush flush, const Operation& operation);

  /// The number of operations that wait for the next transaction.
  std::size_t waiting();

 private:
  /// An operation on the stack of the thread that waits for it.
  struct PendingOperation {
    const Operation& operation;
    Flush flush;
    std::optional<Error> error{};
    std::exception_ptr thrown{};
    bool done = false;
    std::binary_semaphore wake{0};  // released when done, or when this thread becomes the leader
    bool failed() const { return error || thrown; }
  };
  using Batch = std::span<PendingOperation* const>;
  /// Limits how long an operation waits for the others of its transaction.
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
  std::optional<Flush> current_flush_{};  // the connection's setting; used by the leader only

  std::mutex mutex_;
  std::deque<PendingOperation*> waiting_;
  bool has_leader_ = false;
};

}  // namespace convert::sqlite
