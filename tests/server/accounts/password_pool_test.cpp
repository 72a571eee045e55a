// SPDX-License-Identifier: MIT
#include "accounts/password_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "accounts/password.hpp"

namespace convert::server::accounts {
namespace {

using Verdict = PasswordPool::Verdict;

Passwords sized(unsigned threads, unsigned waiting) {
  Passwords passwords;
  passwords.threads = threads;
  passwords.waiting = waiting;
  return passwords;
}

Result<std::string> hash(PasswordPool& pool, std::string password) {
  std::promise<Result<std::string>> answer;
  pool.hash(std::move(password), [&](Result<std::string> made) { answer.set_value(std::move(made)); });
  return answer.get_future().get();
}

Result<Verdict> verify(PasswordPool& pool, std::optional<std::string> known, std::string password) {
  std::promise<Result<Verdict>> answer;
  pool.verify(std::move(known), std::move(password),
              [&](Result<Verdict> made) { answer.set_value(std::move(made)); });
  return answer.get_future().get();
}

/// Keeps one thread of a pool at work until it is let go.
class Holder {
 public:
  explicit Holder(PasswordPool& pool) {
    pool.hash("x", [this](const Result<std::string>&) {
      begun_.set_value();
      go_.get_future().wait();
    });
    begun_.get_future().wait();
  }
  void let_go() { go_.set_value(); }

 private:
  std::promise<void> begun_;
  std::promise<void> go_;
};

TEST(PasswordPools, HashAndVerify) {
  PasswordPool pool(sized(2, 16));
  const auto known = hash(pool, "correct horse").value();
  const auto right = verify(pool, known, "correct horse").value();
  EXPECT_TRUE(right.right);
  EXPECT_FALSE(right.rehashed);
  EXPECT_FALSE(verify(pool, known, "wrong horse").value().right);
  EXPECT_FALSE(verify(pool, "damaged", "correct horse").value().right);
}

TEST(PasswordPools, NobodyHasNoPassword) {
  PasswordPool pool(sized(1, 16));
  for (const std::string password : {"", "password", "x"}) {
    const auto verdict = verify(pool, std::nullopt, password).value();
    EXPECT_FALSE(verdict.right);
    EXPECT_FALSE(verdict.rehashed);
  }
}

TEST(PasswordPools, RenewOldHashesOfThoseWhoKnowThem) {
  const std::string old =
      "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
  PasswordPool pool(sized(1, 16));
  const auto verdict = verify(pool, old, "password").value();
  EXPECT_TRUE(verdict.right);
  ASSERT_TRUE(verdict.rehashed);
  EXPECT_TRUE(password_matches(*verdict.rehashed, "password"));
  EXPECT_FALSE(needs_rehash(*verdict.rehashed));
  EXPECT_FALSE(verify(pool, old, "wrong").value().rehashed);
}

TEST(PasswordPools, RefuseAtOnceWhatWouldWaitBehindTooMany) {
  PasswordPool pool(sized(1, 2));
  Holder holder(pool);
  std::promise<bool> first;
  std::promise<bool> second;
  pool.hash("a", [&](const Result<std::string>& made) { first.set_value(made.has_value()); });
  pool.hash("b", [&](const Result<std::string>& made) { second.set_value(made.has_value()); });
  std::optional<Error> refusal;
  const auto caller = std::this_thread::get_id();
  pool.hash("c", [&](const Result<std::string>& made) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    if (!made) refusal = made.error();
  });
  ASSERT_TRUE(refusal) << "before the call returns";
  EXPECT_EQ(refusal->code, Errc::unavailable);
  EXPECT_TRUE(refusal->retryable);
  EXPECT_FALSE(refusal->message.empty());
  EXPECT_GE(pool.retry_after(), std::chrono::seconds(1));
  EXPECT_LE(pool.retry_after(), std::chrono::seconds(60));
  holder.let_go();
  EXPECT_TRUE(first.get_future().get());
  EXPECT_TRUE(second.get_future().get());
}

TEST(PasswordPools, WithoutAWaitingRoomTakeWhatTheirThreadsTake) {
  PasswordPool pool(sized(1, 0));
  Holder holder(pool);
  EXPECT_EQ(hash(pool, "y").error().code, Errc::unavailable);
  holder.let_go();
}

TEST(PasswordPools, AnswerAllWhenTheyEnd) {
  std::mutex mutex;
  std::vector<bool> answers;
  {
    PasswordPool pool(sized(1, 16));
    Holder holder(pool);
    for (int n = 0; n < 5; ++n) {
      pool.verify(std::nullopt, "x", [&](const Result<Verdict>& verdict) {
        const std::scoped_lock lock(mutex);
        EXPECT_TRUE(verdict || verdict.error().code == Errc::unavailable);
        answers.push_back(verdict.has_value());
      });
    }
    holder.let_go();
  }
  EXPECT_EQ(answers.size(), 5U);
}

TEST(PasswordPools, ServeManyThreads) {
  PasswordPool pool(sized(2, 1'000));
  const auto known = hash(pool, "right").value();
  std::atomic<int> right = 0;
  std::vector<std::thread> crew;
  for (int n = 0; n < 8; ++n) {
    crew.emplace_back([&, n] {
      for (int m = 0; m < 3; ++m) {
        const auto verdict = verify(pool, known, (n + m) % 2 == 0 ? "right" : "wrong");
        if (verdict && verdict->right) ++right;
      }
    });
  }
  for (auto& thread : crew) thread.join();
  EXPECT_EQ(right, 12);
}

}  // namespace
}  // namespace convert::server::accounts
