// SPDX-License-Identifier: MIT

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "security/password_hasher.hpp"

namespace convert::server::security {
namespace {

TEST(PasswordHashTest, ContainsItsParameters) {
  const auto hash = hash_password("correct horse").value();
  EXPECT_THAT(hash, testing::StartsWith("$argon2id$v=19$m=19456,t=2,p=1$"));
  EXPECT_NE(hash, hash_password("correct horse").value()) << "each has its own salt";
  EXPECT_FALSE(needs_rehash(hash));
}

TEST(PasswordHashTest, MatchesOnlyItsPassword) {
  const std::string password("p\xc3\xa4ss\0word", 10);
  const auto hash = hash_password(password).value();
  EXPECT_TRUE(password_matches(hash, password));
  EXPECT_FALSE(password_matches(hash, password.substr(0, 4))) << "a zero byte is no end";
  EXPECT_FALSE(password_matches(hash, password + "x"));
  EXPECT_FALSE(password_matches(hash, ""));
}

/// A test vector of the reference implementation: "password", salt "somesalt", 64 MiB, 2 passes.
TEST(PasswordHashTest, MatchesTheReferenceImplementation) {
  const std::string hash =
      "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
  EXPECT_TRUE(password_matches(hash, "password"));
  EXPECT_FALSE(password_matches(hash, "Password"));
  EXPECT_TRUE(needs_rehash(hash)) << "of other parameters than ours";
}

TEST(PasswordHashTest, MalformedHashMatchesNothing) {
  const auto good = hash_password("x").value();
  for (const std::string& hash :
       {std::string(), std::string("x"), std::string("$argon2id$"), good.substr(0, 60), good + "A",
        std::string(500, 'A'), "$argon2i" + good.substr(9)}) {
    EXPECT_FALSE(password_matches(hash, "x")) << hash;
    EXPECT_FALSE(password_matches(hash, "")) << hash;
  }
  for (const std::string hash : {"", "x", "$argon2id$"}) EXPECT_TRUE(needs_rehash(hash)) << hash;
}

using Verification = PasswordHasher::Verification;

PasswordPolicy sized(unsigned threads, unsigned waiting) {
  PasswordPolicy passwords;
  passwords.hash_threads = threads;
  passwords.max_queued = waiting;
  return passwords;
}

/// A result that another thread delivers.
template <class T>
class Answer {
 public:
  std::function<void(Result<T>)> taker() const {
    return [promise = promise_](Result<T> made) { promise->set_value(std::move(made)); };
  }
  Result<T> get() { return promise_->get_future().get(); }

 private:
  std::shared_ptr<std::promise<Result<T>>> promise_ = std::make_shared<std::promise<Result<T>>>();
};

Result<std::string> hash(PasswordHasher& pool, std::string password) {
  Answer<std::string> answer;
  pool.hash(std::move(password), answer.taker());
  return answer.get();
}

Result<Verification> verify(PasswordHasher& pool, std::optional<std::string> known, std::string password) {
  Answer<Verification> answer;
  pool.verify(std::move(known), std::move(password), answer.taker());
  return answer.get();
}

/// Blocks one thread of a pool until it is released.
class Holder {
 public:
  explicit Holder(PasswordHasher& pool) {
    pool.hash("x", [started = started_, go = go_](const Result<std::string>&) {
      started->set_value();
      go->get_future().wait();
    });
    started_->get_future().wait();
  }
  void let_go() { go_->set_value(); }

 private:
  using Signal = std::shared_ptr<std::promise<void>>;
  Signal started_ = std::make_shared<std::promise<void>>();
  Signal go_ = std::make_shared<std::promise<void>>();
};

TEST(PasswordHasherTest, HashesAndVerifies) {
  PasswordHasher pool(sized(2, 16));
  const auto known = hash(pool, "correct horse").value();
  const auto matches = verify(pool, known, "correct horse").value();
  EXPECT_TRUE(matches.matches);
  EXPECT_FALSE(matches.rehashed);
  EXPECT_FALSE(verify(pool, known, "wrong horse").value().matches);
  EXPECT_FALSE(verify(pool, "damaged", "correct horse").value().matches);
}

TEST(PasswordHasherTest, UnknownAccountNeverMatches) {
  PasswordHasher pool(sized(1, 16));
  for (const std::string password : {"", "password", "x"}) {
    const auto verification_result = verify(pool, std::nullopt, password).value();
    EXPECT_FALSE(verification_result.matches);
    EXPECT_FALSE(verification_result.rehashed);
  }
}

TEST(PasswordHasherTest, RehashesOutdatedHashes) {
  const std::string old =
      "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
  PasswordHasher pool(sized(1, 16));
  const auto verification_result = verify(pool, old, "password").value();
  EXPECT_TRUE(verification_result.matches);
  ASSERT_TRUE(verification_result.rehashed);
  EXPECT_TRUE(password_matches(*verification_result.rehashed, "password"));
  EXPECT_FALSE(needs_rehash(*verification_result.rehashed));
  EXPECT_FALSE(verify(pool, old, "wrong").value().rehashed);
}

TEST(PasswordHasherTest, RejectsWhenTheQueueIsFull) {
  PasswordHasher pool(sized(1, 2));
  Holder holder(pool);
  Answer<std::string> first;
  Answer<std::string> second;
  pool.hash("a", first.taker());
  pool.hash("b", second.taker());
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
  EXPECT_TRUE(first.get());
  EXPECT_TRUE(second.get());
}

TEST(PasswordHasherTest, WithoutQueueAcceptsOneCallPerThread) {
  PasswordHasher pool(sized(1, 0));
  Holder holder(pool);
  EXPECT_EQ(hash(pool, "y").error().code, Errc::unavailable);
  holder.let_go();
}

TEST(PasswordHasherTest, CompletesEveryCallOnDestruction) {
  std::mutex mutex;
  std::vector<bool> answers;
  {
    PasswordHasher pool(sized(1, 16));
    Holder holder(pool);
    for (int n = 0; n < 5; ++n) {
      pool.verify(std::nullopt, "x", [&](const Result<Verification>& verification_result) {
        const std::scoped_lock lock(mutex);
        EXPECT_TRUE(verification_result || verification_result.error().code == Errc::unavailable);
        answers.push_back(verification_result.has_value());
      });
    }
    holder.let_go();
  }
  EXPECT_EQ(answers.size(), 5U);
}

TEST(PasswordHasherTest, ServesManyThreads) {
  PasswordHasher pool(sized(2, 1'000));
  const auto known = hash(pool, "right").value();
  std::atomic<int> matches = 0;
  std::vector<std::thread> crew;
  for (int n = 0; n < 8; ++n) {
    crew.emplace_back([&, n] {
      for (int m = 0; m < 3; ++m) {
        const auto verification_result = verify(pool, known, (n + m) % 2 == 0 ? "right" : "wrong");
        if (verification_result && verification_result->matches) ++matches;
      }
    });
  }
  for (auto& thread : crew) thread.join();
  EXPECT_EQ(matches, 12);
}

}  // namespace

}  // namespace convert::server::security
