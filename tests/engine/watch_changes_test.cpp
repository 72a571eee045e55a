// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "engine/engine_rig.hpp"
#include "support/fault_injection.hpp"

namespace convert::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// Records delivered entries. Thread-safe.
class ChangeRecorder {
 public:
  std::function<void(std::span<const Change>)> callback() {
    return [this](std::span<const Change> lines) {
      EXPECT_FALSE(lines.empty());
      const std::scoped_lock lock(mutex_);
      delivered_.insert(delivered_.end(), lines.begin(), lines.end());
      ++calls_;
    };
  }
  std::vector<Change> delivered() const {
    const std::scoped_lock lock(mutex_);
    return delivered_;
  }
  std::vector<Revision> revisions() const {
    std::vector<Revision> revisions;
    for (const Change& line : delivered()) revisions.push_back(line.revision);
    return revisions;
  }
  std::size_t calls() const {
    const std::scoped_lock lock(mutex_);
    return calls_;
  }
  bool wait_for(std::size_t count) const {
    return eventually([&]() { return delivered().size() >= count; });
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Change> delivered_;
  std::size_t calls_ = 0;
};

std::vector<Revision> revisions_of(JobStore& store, Revision after) {
  std::vector<Revision> revisions;
  const auto lines = store.changes(after, 100'000).value();
  for (const Change& line : lines) revisions.push_back(line.revision);
  return revisions;
}

class WatchChanges : public OnBackend {};
ON_EVERY_BACKEND(WatchChanges);

TEST_P(WatchChanges, DeliversEntriesInLogOrder) {
  Engine engine(rig.options());
  submit(engine, "before");
  ChangeRecorder lines;
  const auto watching = engine.watch_changes(lines.callback());
  ASSERT_TRUE(engine.start());
  const Job job = finish(engine, submit(engine, "after", request("ben")).id);
  ASSERT_TRUE(engine.remove(job.id));
  // Submitted, claimed, completed, removed; and claimed and completed of the other job.
  EXPECT_TRUE(lines.wait_for(6));
  EXPECT_EQ(lines.revisions(), revisions_of(rig.store(), 1));
  std::vector<ChangeKind> kinds;
  for (const Change& line : lines.delivered()) {
    if (line.job != job.id) continue;
    EXPECT_EQ(line.owner, "ben");
    kinds.push_back(line.kind);
  }
  EXPECT_THAT(kinds, ElementsAre(ChangeKind::submitted, ChangeKind::claimed, ChangeKind::completed,
                                 ChangeKind::removed));
}

TEST_P(WatchChanges, ReadsNoJob) {
  const auto store = std::make_shared<ChaosStore>(rig.shared_store(), 1);
  auto options = rig.options();
  options.store = store;
  Engine engine(options);
  ChangeRecorder lines;
  const auto watching = engine.watch_changes(lines.callback());
  for (int i = 0; i < 20; ++i) submit(engine, std::to_string(i));
  EXPECT_TRUE(lines.wait_for(20));
  EXPECT_EQ(store->faults().calls(StoreCall::find), 0U);
  EXPECT_EQ(store->faults().calls(StoreCall::find_many), 0U);
  EXPECT_EQ(store->faults().calls(StoreCall::statistics), 0U);
}

TEST_P(WatchChanges, DeliversChangesOfOtherEngines) {
  Engine ours(rig.options());
  Engine theirs(rig.options());
  ChangeRecorder lines;
  const auto watching = ours.watch_changes(lines.callback());
  const Job job = submit(theirs, "a");
  EXPECT_TRUE(lines.wait_for(1));
  EXPECT_EQ(lines.delivered().front().job, job.id);
}

TEST_P(WatchChanges, DeliversEachEntryOnceDespiteStoreFailures) {
  const auto store = std::make_shared<ChaosStore>(rig.shared_store(), 7);
  auto options = rig.options();
  options.store = store;
  Engine watcher(options);
  ChangeRecorder lines;
  const auto watching = watcher.watch_changes(lines.callback());
  // With this subscription, a failure of `find_many` interrupts the reading of a batch.
  std::atomic<int> jobs{0};
  const auto all = watcher.watch_all([&](const Job&) { ++jobs; });
  Fault often;
  often.share = 0.3;
  store->faults().set(StoreCall::find_many, often);
  store->faults().set(StoreCall::changes, often);
  Engine engine(rig.options());
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&]() {
      for (int i = 0; i < 25; ++i) submit(engine, "a");
    });
  }
  threads.clear();
  EXPECT_TRUE(eventually([&]() { return jobs >= 100; }));
  EXPECT_EQ(lines.revisions(), revisions_of(rig.store(), 0));
}

TEST_P(WatchChanges, BatchesEntriesForASlowExecutor) {
  std::mutex mutex;
  std::deque<std::function<void()>> waiting;
  auto options = rig.options();
  options.executor = [&](std::function<void()> call) {
    const std::scoped_lock lock(mutex);
    waiting.push_back(std::move(call));
  };
  Engine engine(options);
  ChangeRecorder lines;
  const auto watching = engine.watch_changes(lines.callback());
  for (int i = 0; i < 10; ++i) submit(engine, "a");
  const auto run_one = [&]() {
    std::function<void()> call;
    const std::scoped_lock lock(mutex);
    if (waiting.empty()) return false;
    call.swap(waiting.front());
    waiting.pop_front();
    call();
    return true;
  };
  EXPECT_TRUE(eventually([&]() {
    run_one();
    return lines.delivered().size() == 10;
  }));
  EXPECT_LE(lines.calls(), 10U);
  EXPECT_EQ(lines.revisions(), revisions_of(rig.store(), 0));
}

TEST_P(WatchChanges, DeliversNothingAfterReset) {
  Engine engine(rig.options());
  ChangeRecorder ended;
  ChangeRecorder lasting;
  auto watching = engine.watch_changes(ended.callback());
  const auto other = engine.watch_changes(lasting.callback());
  submit(engine, "a");
  EXPECT_TRUE(ended.wait_for(1));
  watching.reset();
  submit(engine, "b");
  EXPECT_TRUE(lasting.wait_for(2));
  EXPECT_THAT(ended.delivered(), SizeIs(1));
}

TEST_P(WatchChanges, ACallbackMayResetItsSubscription) {
  Engine engine(rig.options());
  Subscription watching;
  std::promise<void> set;
  std::promise<std::size_t> delivered;
  watching = engine.watch_changes([&, was_set = set.get_future().share()](std::span<const Change> lines) {
    was_set.wait();
    watching.reset();
    delivered.set_value(lines.size());
  });
  set.set_value();
  submit(engine, "a");
  submit(engine, "b");
  auto answer = delivered.get_future();
  ASSERT_EQ(answer.wait_for(std::chrono::minutes(1)), std::future_status::ready);
  EXPECT_GE(answer.get(), 1U);
}

TEST_P(WatchChanges, ASubscriptionMayOutliveTheEngine) {
  ChangeRecorder lines;
  std::optional<Engine> engine(rig.options());
  auto watching = engine->watch_changes(lines.callback());
  engine.reset();
  watching.reset();
  EXPECT_THAT(lines.delivered(), IsEmpty());
}

TEST_P(WatchChanges, SkipsChangesFromBeforeTheSubscription) {
  Engine engine(rig.options());
  ChangeRecorder first;
  auto watching = engine.watch_changes(first.callback());
  submit(engine, "a");
  EXPECT_TRUE(first.wait_for(1));
  watching.reset();
  submit(engine, "b");
  ChangeRecorder second;
  watching = engine.watch_changes(second.callback());
  const Job job = submit(engine, "c");
  EXPECT_TRUE(second.wait_for(1));
  EXPECT_EQ(second.delivered().front().job, job.id);
}

}  // namespace
}  // namespace convert::test
