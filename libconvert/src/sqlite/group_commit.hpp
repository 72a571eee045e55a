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

#include "sqlite/session.hpp"

namespace convert::sqlite {

/// Runs the writing operations of many threads in common transactions, so that they share a flush: who finds
/// nobody at work leads, and takes along all that came while the one before was flushing. Thread-safe.
class GroupCommit {
 public:
  /// What an acknowledgement of the operation needs.
  enum class Flush : std::uint8_t {
    needed,  ///< the device has it, if the store is to survive a loss of power
    spared,  ///< nothing: what is lost with the power repairs itself (a claim, a heartbeat)
  };
  using Operation = std::function<Result<void>(Session&)>;

  GroupCommit(Session& session, Durability durability) : session_(session), durability_(durability) {}
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;

  /// Returns when the operation is committed, or has failed and left no trace. It may run in another
  /// thread, and again from the begin if another of its transaction failed. What it throws is thrown here.
  Result<void> run(Flush flush, const Operation& operation);

  /// How many operations wait for the next transaction.
  std::size_t waiting();

 private:
  /// One thread's operation, on its stack.
  struct Call {
    const Operation& operation;
    Flush flush;
    std::optional<Error> error{};
    std::exception_ptr thrown{};
    bool done = false;
    std::binary_semaphore woken{0};  // done, or the one to lead
    bool failed() const { return error || thrown; }
  };
  using Batch = std::span<Call* const>;
  /// So that nobody waits long for the others of his transaction.
  static constexpr std::size_t kLargestBatch = 256;
  using Room = std::array<Call*, kLargestBatch>;

  Batch take_batch(Room& room) noexcept;
  void finish(Batch batch) noexcept;
  void hand_over() noexcept;
  void let_come_again(std::size_t many);
  void lead(Batch batch) noexcept;
  void commit(Batch batch);
  Result<void> begin(Batch batch);
  using Run = Result<bool> (GroupCommit::*)(Call&);
  Result<bool> transact(Batch batch, Run run_each);
  Result<bool> run_plainly(Call& call);
  Result<bool> run_in_savepoint(Call& call);
  void run_one(Call& call);

  Session& session_;
  const Durability durability_;
  std::optional<Flush> flushing_{};  // what the connection is set to; the leader's

  std::mutex mutex_;
  std::deque<Call*> waiting_;
  bool led_ = false;
};

}  // namespace convert::sqlite
