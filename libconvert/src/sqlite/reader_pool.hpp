// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <convert/result.hpp>

#include "sqlite/session.hpp"

namespace convert::sqlite {

/// A few connections that only read, each opened when it is first needed. Readers neither wait for the
/// writer nor keep it waiting. Thread-safe.
class ReaderPool {
 public:
  ReaderPool(Database database, std::chrono::milliseconds busy_timeout)
      : database_(std::move(database)), busy_timeout_(busy_timeout) {
    idle_.reserve(kMost);  // giving back needs no memory
  }
  ReaderPool(const ReaderPool&) = delete;
  ReaderPool& operator=(const ReaderPool&) = delete;

  /// Calls `read` with a connection; all that it reads is of one moment.
  Result<void> run(const std::function<void(Session&)>& read);

 private:
  static constexpr std::size_t kMost = 4;
  class Loan;

  Result<std::unique_ptr<Session>> take();
  void give_back(std::unique_ptr<Session> session);

  const Database database_;
  const std::chrono::milliseconds busy_timeout_;
  std::mutex mutex_;
  std::condition_variable given_back_;
  std::vector<std::unique_ptr<Session>> idle_;
  std::size_t lent_ = 0;
};

}  // namespace convert::sqlite
