// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "engine/engine_rig.hpp"
#include "support/fault_injection.hpp"

namespace convert::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// Records delivered jobs. Thread-safe.
class JobRecorder {
 public:
  std::function<void(const Job&)> callback() {
    return [this](const Job& job) { record(job); };
  }
  void record(const Job& job) {
    const std::scoped_lock lock(mutex_);
    delivered_.push_back(job);
  }
  std::vector<Job> delivered() const {
    const std::scoped_lock lock(mutex_);
    return delivered_;
  }
  /// The states of one job, without repetitions.
  std::vector<JobState> states(JobId id) const {
    std::vector<JobState> states;
    for (const Job& job : delivered()) {
      if (job.id == id && (states.empty() || states.back() != job.state)) states.push_back(job.state);
    }
    return states;
  }
  bool wait_for(JobId id, JobState state) const {
    return eventually([&]() {
      const auto all = states(id);
      return !all.empty() && all.back() == state;
    });
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Job> delivered_;
};

void expect_in_order(const std::vector<Job>& delivered) {
  for (std::size_t i = 1; i < delivered.size(); ++i) {
    EXPECT_GE(delivered[i].revision, delivered[i - 1].revision);
  }
}

/// A store that calls a function once between reading a job and returning it.
class LateStore : public ChaosStore {
 public:
  explicit LateStore(std::shared_ptr<JobStore> inner) : ChaosStore(std::move(inner), 0) {}

  void meanwhile(std::function<void(JobId)> happens) {
    const std::scoped_lock lock(mutex_);
    happens_ = std::move(happens);
  }
  Result<std::vector<Job>> find_many(std::span<const JobId> ids) override {
    auto answer = ChaosStore::find_many(ids);
    std::unique_lock lock(mutex_);
    const auto happens = std::exchange(happens_, {});
    lock.unlock();
    if (happens) happens(ids.front());
    return answer;
  }

 private:
  std::mutex mutex_;
  std::function<void(JobId)> happens_;
};

class WatchJobs : public OnBackend {};
ON_EVERY_BACKEND(WatchJobs);

TEST_P(WatchJobs, DeliversAJobUntilItEnds) {
  Engine engine(rig.options());
  const Job job = submit(engine, "block");
  JobRecorder recorder;
  const auto watching = engine.watch(job.id, recorder.callback());
  EXPECT_TRUE(recorder.wait_for(job.id, JobState::queued));
  ASSERT_TRUE(engine.start());
  EXPECT_TRUE(recorder.wait_for(job.id, JobState::running));
  EXPECT_TRUE(eventually([&]() { return recorder.delivered().back().progress == 0.5; }));
  EXPECT_EQ(engine.find(job.id).value().progress, 0.5);
  submit(engine, "another");
  rig.execution().unblock();
  EXPECT_TRUE(recorder.wait_for(job.id, JobState::succeeded));
  EXPECT_THAT(recorder.states(job.id), ElementsAre(JobState::queued, JobState::running, JobState::succeeded));
  EXPECT_THAT(recorder.delivered().back().outputs, SizeIs(1));
  expect_in_order(recorder.delivered());
  for (const Job& delivered : recorder.delivered()) EXPECT_EQ(delivered.id, job.id);
}

TEST_P(WatchJobs, DeliversAJobThatHasEnded) {
  Engine engine(rig.options());
  ASSERT_TRUE(engine.start());
  const Job job = finish(engine, submit(engine, "a").id);
  JobRecorder recorder;
  const auto watching = engine.watch(job.id, recorder.callback());
  EXPECT_TRUE(recorder.wait_for(job.id, JobState::succeeded));
}

TEST_P(WatchJobs, ReportsAMissingJob) {
  Engine engine(rig.options());
  JobRecorder recorder;
  const auto watching = engine.watch(99, recorder.callback());
  EXPECT_TRUE(recorder.wait_for(99, JobState::cancelled));
  EXPECT_EQ(recorder.delivered().front().error->code, Errc::not_found);
  const Job job = finish(engine, 99);
  EXPECT_EQ(job.state, JobState::failed);
  EXPECT_EQ(job.error->code, Errc::not_found);
}

TEST_P(WatchJobs, ReportsARemovedJob) {
  Engine engine(rig.options());
  const Job job = submit(engine, "a");
  JobRecorder recorder;
  const auto watching = engine.watch(job.id, recorder.callback());
  auto finished = engine.finished(job.id);
  EXPECT_TRUE(recorder.wait_for(job.id, JobState::queued));
  ASSERT_TRUE(engine.remove(job.id));
  EXPECT_TRUE(recorder.wait_for(job.id, JobState::cancelled));
  EXPECT_EQ(recorder.delivered().back().error->code, Errc::not_found);
  EXPECT_EQ(finished.get().error->code, Errc::not_found);
}

TEST_P(WatchJobs, WatchAllStartsWithTheNextChange) {
  Engine engine(rig.options());
  const Job before = submit(engine, "before");
  JobRecorder recorder;
  const auto watching = engine.watch_all(recorder.callback());
  const Job after = submit(engine, "after");
  EXPECT_TRUE(recorder.wait_for(after.id, JobState::queued));
  EXPECT_THAT(recorder.states(before.id), IsEmpty());
  ASSERT_TRUE(engine.start());
  EXPECT_TRUE(recorder.wait_for(before.id, JobState::succeeded));
  EXPECT_TRUE(recorder.wait_for(after.id, JobState::succeeded));
}

TEST_P(WatchJobs, DeliversChangesOfOtherEngines) {
  Engine runner(rig.options());
  Engine watcher(rig.options());
  JobRecorder one;
  JobRecorder all;
  const auto watching_all = watcher.watch_all(all.callback());
  const Job job = submit(runner, "block");
  const auto watching = watcher.watch(job.id, one.callback());
  auto finished = watcher.finished(job.id);
  ASSERT_TRUE(runner.start());
  EXPECT_TRUE(one.wait_for(job.id, JobState::running));
  EXPECT_TRUE(eventually([&]() { return one.delivered().back().progress == 0.5; })) << "by the heartbeat";
  EXPECT_TRUE(eventually([&]() { return all.delivered().back().progress == 0.5; }));
  rig.execution().unblock();
  EXPECT_EQ(finished.get().state, JobState::succeeded);
  EXPECT_TRUE(one.wait_for(job.id, JobState::succeeded));
  EXPECT_TRUE(all.wait_for(job.id, JobState::succeeded));
}

TEST_P(WatchJobs, DeliversNothingAfterReset) {
  Engine engine(rig.options());
  const Job job = submit(engine, "a");
  JobRecorder recorder;
  JobRecorder other;
  auto watching = engine.watch(job.id, recorder.callback());
  const auto going_on = engine.watch(job.id, other.callback());
  EXPECT_TRUE(recorder.wait_for(job.id, JobState::queued));
  watching.reset();
  ASSERT_TRUE(engine.cancel(job.id));
  EXPECT_TRUE(other.wait_for(job.id, JobState::cancelled));
  EXPECT_THAT(recorder.states(job.id), ElementsAre(JobState::queued));
}

TEST_P(WatchJobs, ACallbackMayResetItsSubscription) {
  Engine engine(rig.options());
  std::optional<Subscription> watching;
  std::mutex mutex;
  int calls = 0;
  JobRecorder other;
  const auto going_on = engine.watch_all(other.callback());
  {
    const std::scoped_lock lock(mutex);
    watching = engine.watch_all([&](const Job&) {
      const std::scoped_lock inner(mutex);
      ++calls;
      watching.reset();
    });
  }
  submit(engine, "a");
  const Job last = submit(engine, "b");
  EXPECT_TRUE(other.wait_for(last.id, JobState::queued));
  // A callback posted now runs after all deliveries.
  std::promise<void> done;
  const auto fence = engine.watch(last.id, [&, once = false](const Job&) mutable {
    if (!std::exchange(once, true)) done.set_value();
  });
  done.get_future().wait();
  const std::scoped_lock lock(mutex);
  EXPECT_EQ(calls, 1);
}

TEST_P(WatchJobs, CallbacksMayCallTheEngine) {
  Engine engine(rig.options());
  ASSERT_TRUE(engine.start());
  std::mutex mutex;
  JobId follower = 0;
  const Job job = submit(engine, "a");
  const auto watching = engine.watch(job.id, [&](const Job& now) {
    if (now.state != JobState::succeeded) return;
    const Job next = submit(engine, content(engine, now.outputs.at(0)));
    const std::scoped_lock lock(mutex);
    follower = next.id;
  });
  ASSERT_TRUE(eventually([&]() {
    const std::scoped_lock lock(mutex);
    return follower != 0;
  }));
  EXPECT_EQ(content(engine, finish(engine, follower).outputs.at(0)), "a->upper->upper");
}

TEST_P(WatchJobs, RunsCallbacksOnTheExecutor) {
  std::mutex mutex;
  std::vector<std::function<void()>> posted;
  auto options = rig.options();
  options.executor = [&](std::function<void()> call) {
    const std::scoped_lock lock(mutex);
    posted.push_back(std::move(call));
  };
  Engine engine(options);
  const Job job = submit(engine, "a");
  JobRecorder recorder;
  const auto watching = engine.watch(job.id, recorder.callback());
  ASSERT_TRUE(eventually([&]() {
    const std::scoped_lock lock(mutex);
    return !posted.empty();
  }));
  EXPECT_THAT(recorder.delivered(), IsEmpty());
  posted.front()();
  EXPECT_THAT(recorder.delivered(), SizeIs(1));
  EXPECT_EQ(posted.size(), 1U);
}

TEST_P(WatchJobs, AcceptsAnExecutorThatRunsInline) {
  auto options = rig.options();
  options.executor = [](const std::function<void()>& call) { call(); };
  Engine engine(options);
  ASSERT_TRUE(engine.start());
  JobRecorder recorder;
  const auto watching = engine.watch_all(recorder.callback());
  const Job job = submit(engine, "a");
  EXPECT_TRUE(recorder.wait_for(job.id, JobState::succeeded));
}

TEST_P(WatchJobs, ACallbackMayDestroyTheEngine) {
  for (const bool at_once : {false, true}) {
    auto options = rig.options();
    if (at_once) options.executor = [](const std::function<void()>& call) { call(); };
    auto engine = std::make_unique<Engine>(options);
    ASSERT_TRUE(engine->start());
    std::promise<void> go;
    auto gone = std::make_shared<std::promise<void>>();
    const Job job = submit(*engine, at_once ? "a" : "b");
    const auto watching = engine->watch(job.id, [&, gone, ready = go.get_future().share()](const Job& now) {
      if (!ended(now.state)) return;
      ready.wait();
      engine.reset();
      gone->set_value();
    });
    go.set_value();
    ASSERT_EQ(gone->get_future().wait_for(std::chrono::minutes(1)), std::future_status::ready);
  }
}

TEST_P(WatchJobs, ASubscriptionMayOutliveTheEngine) {
  Subscription watching;
  std::future<Job> finished;
  JobRecorder recorder;
  {
    Engine engine(rig.options());
    const Job job = submit(engine, "a");
    watching = engine.watch(job.id, recorder.callback());
    finished = engine.finished(job.id);
  }
  watching.reset();
  EXPECT_THROW(finished.get(), std::future_error);
}

TEST_P(WatchJobs, MissesNothingWhileTheStoreIsUnavailable) {
  auto chaos = std::make_shared<ChaosStore>(rig.shared_store(), 3);
  auto options = rig.options();
  options.store = chaos;
  Engine watcher(options);
  Engine runner(rig.options());
  const Job job = submit(runner, "a");
  JobRecorder recorder;
  chaos->faults().set_all({.share = 1});
  const auto watching = watcher.watch(job.id, recorder.callback());
  auto finished = watcher.finished(job.id);
  ASSERT_TRUE(runner.start());
  finish(runner, job.id);
  EXPECT_THAT(recorder.delivered(), IsEmpty());
  chaos->faults().clear();
  EXPECT_TRUE(recorder.wait_for(job.id, JobState::succeeded));
  EXPECT_EQ(finished.get().state, JobState::succeeded);
}

TEST_P(WatchJobs, ANewSubscriberReceivesAConcurrentChange) {
  auto store = std::make_shared<LateStore>(rig.shared_store());
  auto options = rig.options();
  options.store = store;
  Engine engine(options);
  const auto watching_all = engine.watch_all([](const Job&) {});
  JobRecorder recorder;
  std::promise<Subscription> watching;
  store->meanwhile([&](JobId id) {
    EXPECT_TRUE(engine.cancel(id));
    watching.set_value(engine.watch(id, recorder.callback()));
  });
  const Job job = submit(engine, "a");
  const auto subscription = watching.get_future().get();
  EXPECT_TRUE(recorder.wait_for(job.id, JobState::cancelled));
}

TEST_P(WatchJobs, DeliversNoProgressOfAnEndedRun) {
  std::promise<void> late, spoken, end;
  std::atomic<int> runs = 0;
  rig.execution().on_step([&](const ConvertOptions& options) {
    if (runs++ == 0) {
      late.get_future().wait();
      options.progress({.fraction = 0.9});
      return spoken.set_value();
    }
    spoken.get_future().wait();
    options.progress({.fraction = 0.3});
    end.get_future().wait();
  });
  JobRecorder recorder;  // a callback may still run when its subscription has ended
  Engine engine(rig.options());
  ASSERT_TRUE(engine.start());
  const Job job = submit(engine, "step");
  const auto watching = engine.watch(job.id, recorder.callback());
  EXPECT_TRUE(recorder.wait_for(job.id, JobState::running));
  const auto first = recorder.delivered().back().token;
  EXPECT_TRUE(engine.cancel(job.id));
  EXPECT_TRUE(engine.retry(job.id));
  EXPECT_TRUE(eventually([&]() {
    const Job now = recorder.delivered().back();
    return now.state == JobState::running && now.token != first;
  }));
  late.set_value();
  EXPECT_TRUE(eventually([&]() { return recorder.delivered().back().progress > 0; }));
  EXPECT_EQ(recorder.delivered().back().progress, 0.3);
  end.set_value();
  EXPECT_EQ(finish(engine, job.id).state, JobState::succeeded);
}

TEST_P(WatchJobs, DeliversManyJobsToManySubscribers) {
  auto options = rig.options();
  options.max_running_jobs = 4;
  Engine engine(options);
  ASSERT_TRUE(engine.start());
  JobRecorder all;
  const auto watching = engine.watch_all(all.callback());
  std::vector<std::future<Job>> finished;
  for (int i = 0; i < 200; ++i) finished.push_back(engine.finished(submit(engine, std::to_string(i)).id));
  std::vector<JobId> ids;
  for (auto& future : finished) {
    ASSERT_EQ(future.wait_for(std::chrono::minutes(1)), std::future_status::ready);
    ids.push_back(future.get().id);
  }
  for (const JobId id : ids) EXPECT_TRUE(all.wait_for(id, JobState::succeeded));
}

}  // namespace
}  // namespace convert::test
