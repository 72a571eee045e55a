// SPDX-License-Identifier: MIT
#include "sqlite/reader_pool.hpp"

#include <utility>

namespace convert::sqlite {

/// Gives its connection back, whatever happens.
class ReaderPool::Loan {
 public:
  Loan(ReaderPool& pool, std::unique_ptr<Session> session) : pool_(pool), session_(std::move(session)) {}
  ~Loan() { pool_.give_back(std::move(session_)); }
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;
  Session& session() { return *session_; }

 private:
  ReaderPool& pool_;
  std::unique_ptr<Session> session_;
};

Result<void> ReaderPool::run(const std::function<void(Session&)>& read) {
  auto taken = take();
  if (!taken) return taken.error();
  Loan loan(*this, std::move(*taken));
  auto& session = loan.session();
  if (auto begun = session.script("BEGIN"); !begun) return begun;
  read(session);
  auto failure = session.take_failure();
  const auto ended = session.script("COMMIT");
  if (failure) return *failure;
  return ended;
}

Result<std::unique_ptr<Session>> ReaderPool::take() {
  std::unique_lock lock(mutex_);
  given_back_.wait(lock, [&] { return lent_ < kMost; });
  ++lent_;
  if (!idle_.empty()) {
    auto session = std::move(idle_.back());
    idle_.pop_back();
    return session;
  }
  lock.unlock();
  try {
    auto opened = Session::open(database_, Session::Access::read, busy_timeout_);
    if (!opened) give_back(nullptr);
    return opened;
  } catch (...) {  // without memory, too, those who wait get their turn
    give_back(nullptr);
    throw;
  }
}

void ReaderPool::give_back(std::unique_ptr<Session> session) {
  const std::scoped_lock lock(mutex_);
  --lent_;
  // One that is left within a transaction would keep the log of the database from being emptied.
  if (session && !session->in_transaction()) idle_.push_back(std::move(session));
  given_back_.notify_one();
}

}  // namespace convert::sqlite
