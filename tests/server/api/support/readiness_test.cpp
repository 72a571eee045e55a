// SPDX-License-Identifier: MIT
#include "api/support/readiness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <condition_variable>
#include <future>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace convert::server::api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

/// A backend that can fail, and hang.
class TestedBackend {
 public:
  Result<void> check() {
    ++calls;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !hangs_; });
    if (throws) throw std::runtime_error("thrown");
    if (failure_.empty()) return {};
    return Error{Errc::unavailable, failure_, true};
  }
  void fail(std::string failure) {
    const std::lock_guard lock(mutex_);
    failure_ = std::move(failure);
  }
  void hang(bool hangs) {
    const std::lock_guard lock(mutex_);
    hangs_ = hangs;
    changed_.notify_all();
  }

  std::atomic<int> calls = 0;
  bool throws = false;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string failure_;
  bool hangs_ = false;
};

class ReadinessCheckerTest : public testing::Test {
 protected:
  std::future<ReadinessResults> request(asio::io_context& context) {
    return asio::co_spawn(context, checker_.results(), asio::use_future);
  }

  ReadinessResults results() {
    asio::io_context context;
    auto answer = request(context);
    context.run();
    return answer.get();
  }

  std::vector<std::string> lines_;  // before the checker, whose thread adds to it
  TestedBackend backend_;
  ReadinessChecker checker_{
      {{"first", [] { return Result<void>(); }}, {"second", [this] { return backend_.check(); }}},
      [this](LogLine::Level, std::string line) { lines_.push_back(std::move(line)); }};
};

TEST_F(ReadinessCheckerTest, ReportsEachCheck) {
  EXPECT_THAT(results(), ElementsAre(Pair("first", true), Pair("second", true)));
  backend_.fail("The database does not answer.");
  EXPECT_THAT(results(), ElementsAre(Pair("first", true), Pair("second", false)));
  backend_.fail("");
  EXPECT_THAT(results(), ElementsAre(Pair("first", true), Pair("second", true)));
}

TEST_F(ReadinessCheckerTest, LogsWhatChanges) {
  for (const auto* failure : {"", "One.", "One.", "Two.", "", ""}) {
    backend_.fail(failure);
    results();
  }
  EXPECT_THAT(lines_, ElementsAre("Not ready: second: One.", "Not ready: second: Two.", "Ready again."));
}

TEST_F(ReadinessCheckerTest, ACheckThatThrowsFails) {
  backend_.throws = true;
  EXPECT_THAT(results(), ElementsAre(Pair("first", true), Pair("second", false)));
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("thrown")));
}

TEST_F(ReadinessCheckerTest, RequestsShareACheck) {
  backend_.hang(true);
  asio::io_context context;
  std::vector<std::future<ReadinessResults>> answers;
  for (int n = 0; n < 20; ++n) answers.push_back(request(context));
  context.poll();  // all of them wait now
  backend_.hang(false);
  context.run();
  for (auto& answer : answers)
    EXPECT_THAT(answer.get(), ElementsAre(Pair("first", true), Pair("second", true)));
  EXPECT_EQ(backend_.calls, 1);
}

TEST_F(ReadinessCheckerTest, ABackendThatHangsAtTheStartIsFailing) {
  backend_.hang(true);
  EXPECT_THAT(results(), ElementsAre(Pair("first", false), Pair("second", false)));
  EXPECT_THAT(results(), ElementsAre(Pair("first", false), Pair("second", false)));
  EXPECT_EQ(backend_.calls, 1);
  backend_.hang(false);
  EXPECT_THAT(results(), ElementsAre(Pair("first", true), Pair("second", true)));
}

TEST_F(ReadinessCheckerTest, ABackendThatIsSlowForAMomentStaysReady) {
  results();
  const auto checked = std::chrono::steady_clock::now();
  backend_.hang(true);
  EXPECT_THAT(results(), ElementsAre(Pair("first", true), Pair("second", true)));
  while (std::chrono::steady_clock::now() < checked + ReadinessChecker::kMaxAge) results();
  EXPECT_THAT(results(), ElementsAre(Pair("first", false), Pair("second", false)));
  EXPECT_EQ(backend_.calls, 2);
  backend_.hang(false);
}

TEST_F(ReadinessCheckerTest, ARequestMayEndBeforeItsCheck) {
  backend_.hang(true);
  {
    asio::io_context context;
    auto answer = request(context);
    context.poll();
  }  // destroys the coroutine
  backend_.hang(false);
  EXPECT_THAT(results(), ElementsAre(Pair("first", true), Pair("second", true)));
}

}  // namespace
}  // namespace convert::server::api
