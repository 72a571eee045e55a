// SPDX-License-Identifier: MIT
// Faults are injected into storage, store and queue, before and after calls take effect: every acknowledged
// job ends once, with the right output or with the fault as its error.
#include <fmt/format.h>

#include <map>
#include <set>

#include <gmock/gmock.h>

#include <convert/engine.hpp>

#include "faults/engine_folder.hpp"
#include "faults/job_history.hpp"
#include "support/audio_samples.hpp"
#include "support/fault_injection.hpp"
#include "support/test_files.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr double kSeconds = 0.2;
const Error kInjectedError{Errc::io, "The disk is broken on purpose: replace it.", true};

/// An engine whose storage, store and queue can fail.
class FaultyBackends : public testing::Test {
 protected:
  FaultyBackends() {
    EngineOptions options;
    options.storage = storage_;
    options.store = store_;
    options.queue = queue_;
    options.execution = in_process_execution(std::make_shared<Library>());
    options.max_running_jobs = 4;
    options.lease_duration = milliseconds(300);
    options.heartbeat_interval = milliseconds(50);
    options.sweep_interval = milliseconds(50);
    options.cleanup_interval = milliseconds(50);
    options.poll_interval = milliseconds(50);
    options.retry = {milliseconds(10), 2, milliseconds(100), 0.2};
    options.retention.orphans = seconds(600);
    options.reuse_results = false;
    engine_ = std::make_unique<Engine>(std::move(options));
  }

  int jobs() const { return full_run() ? 400 : 40; }

  /// Submits all jobs. Those that are not acknowledged are submitted again after the faults have ended.
  void submit_all() {
    for (int i = 0; i < jobs(); ++i) submit(i);
  }
  void submit(int number) {
    const auto chosen_seed = static_cast<std::uint32_t>(number);
    const auto content = wav(kSeconds, chosen_seed);
    const auto reader = memory_reader(bytes(content));
    JobRequest request;
    request.owner = "someone";
    request.unique_key = fmt::format("job-{}", number);
    request.spec.format = "flac";
    request.max_interruptions = 10'000;
    const Input input{reader.get(), "sound.wav"};
    const auto job = engine_->submit(request, std::span(&input, 1));
    if (job) {
      acknowledged_[number] = job->id;
    } else {
      EXPECT_TRUE(job.error().code == Errc::conflict || job.error().message == kInjectedError.message)
          << job.error().message;
    }
  }

  void end_faults() {
    storage_->faults().clear();
    store_->faults().clear();
    queue_->faults().clear();
  }

  /// Submits the rejected jobs again and retries those that failed by a fault: all must succeed.
  void expect_all_right() {
    for (int i = 0; i < jobs(); ++i) {
      if (!acknowledged_.contains(i)) submit(i);
    }
    ASSERT_TRUE(engine_->start());
    EXPECT_TRUE(all_end());
    for (const auto& job : all_jobs(*inner_store_)) {
      if (job.state != JobState::failed) continue;
      EXPECT_THAT(job.error.value_or(Error{}).message, testing::EndsWith(kInjectedError.message));
      EXPECT_TRUE(engine_->retry(job.id));
      ++failed_;
    }
    EXPECT_TRUE(all_end());
    engine_->stop(milliseconds(1000));
    expect_outputs();
    expect_nothing_left_over();
  }

  bool all_end() {
    return eventually(kDeadline, [this] {
      const auto now = must(inner_store_->statistics());
      return now.in(JobState::queued) + now.in(JobState::running) == 0;
    });
  }

  void expect_outputs() {
    const auto histories = job_histories(all_changes(*inner_store_));
    std::map<std::string, Job> by_key;
    for (auto& job : all_jobs(*inner_store_)) by_key[job.request.unique_key] = job;
    EXPECT_EQ(by_key.size(), static_cast<std::size_t>(jobs()));
    for (const auto& [key, job] : by_key) {
      ASSERT_EQ(job.state, JobState::succeeded) << key;
      EXPECT_EQ(histories.at(job.id).violation, "") << key;
      EXPECT_EQ(histories.at(job.id).completions, 1) << histories.at(job.id).text;
      ASSERT_EQ(job.outputs.size(), 1U) << key;
      const auto number = static_cast<std::uint32_t>(std::stoul(key.substr(4)));
      EXPECT_TRUE(content(job.outputs.front()) == converted(wav(kSeconds, number), "format=flac")) << key;
    }
    for (const auto& [number, id] : acknowledged_) EXPECT_TRUE(inner_store_->find(id)) << "lost: " << number;
  }

  std::string content(const JobOutput& output) {
    const auto reader = must(inner_storage_->open(output.key));
    std::vector<std::byte> bytes(output.size + 1);
    std::size_t done = 0;
    while (const auto count = must(reader->read_at(done, std::span(bytes).subspan(done)))) done += count;
    bytes.resize(done);
    return text(bytes);
  }

  void expect_nothing_left_over() {
    EngineOptions options;
    options.storage = inner_storage_;
    options.store = inner_store_;
    options.retention.orphans = milliseconds(0);
    Engine sweeper(std::move(options));
    ASSERT_TRUE(eventually(kDeadline, [&] { return sweeper.sweep() && blobs() == keys_in_use(); }))
        << blobs().size() << " blobs, " << keys_in_use().size() << " in use";
  }
  std::set<Key> blobs() {
    std::set<Key> keys;
    for (const auto& blob : must(inner_storage_->list("", "", 100'000))) keys.insert(blob.key);
    return keys;
  }
  std::set<Key> keys_in_use() {
    std::set<Key> keys;
    for (const auto& job : all_jobs(*inner_store_)) {
      for (const auto& input : job.request.inputs) keys.insert(input.key);
      for (const auto& output : job.outputs) keys.insert(output.key);
    }
    return keys;
  }

  const std::uint32_t seed_ = seed();
  std::shared_ptr<Storage> inner_storage_ = memory_storage();
  std::shared_ptr<JobStore> inner_store_ = memory_job_store();
  std::shared_ptr<ChaosStorage> storage_ = std::make_shared<ChaosStorage>(inner_storage_, seed_);
  std::shared_ptr<ChaosStore> store_ = std::make_shared<ChaosStore>(inner_store_, seed_ + 1);
  std::shared_ptr<ChaosQueue> queue_ = std::make_shared<ChaosQueue>(
      memory_queue(), seed_ + 2, QueueDisturbances{0.2, 0.2, 0.2, 0.2, milliseconds(500)});
  std::unique_ptr<Engine> engine_;
  std::map<int, JobId> acknowledged_;
  int failed_ = 0;
};

TEST_F(FaultyBackends, UnreliableQueueLosesNoJob) {
  queue_->faults().set_all({0.1, 0, kInjectedError});
  ASSERT_TRUE(engine_->start());
  submit_all();
  EXPECT_TRUE(all_end());
  EXPECT_EQ(acknowledged_.size(), static_cast<std::size_t>(jobs()))
      << "a fault of the queue must not fail a submission";
  EXPECT_GT(queue_->disturbances(), 0U);
  EXPECT_GT(queue_->faults().injected_count(), 0U);
  end_faults();
  expect_all_right();
}

/// Whether calls fail before or after they take effect.
class FailingBackend : public FaultyBackends, public testing::WithParamInterface<bool> {};

TEST_P(FailingBackend, StorageFailsJobsWithItsError) {
  storage_->faults().set_all({0.05, 0, kInjectedError, GetParam()});
  ASSERT_TRUE(engine_->start());
  submit_all();
  EXPECT_TRUE(all_end());
  EXPECT_GT(storage_->faults().injected_count(), 0U);
  end_faults();
  expect_all_right();
}

TEST_P(FailingBackend, StoreDelaysJobsAndLosesNone) {
  store_->faults().set_all({0.15, 0, kInjectedError, GetParam()});
  ASSERT_TRUE(engine_->start());
  submit_all();
  EXPECT_TRUE(all_end());
  EXPECT_GT(store_->faults().injected_count(), 0U);
  end_faults();
  expect_all_right();
}

TEST_P(FailingBackend, AllBackendsAtOnceLoseNoJob) {
  storage_->faults().set_all({0.03, 0, kInjectedError, GetParam()});
  store_->faults().set_all({0.05, 0, kInjectedError, GetParam()});
  queue_->faults().set_all({0.2, 0, kInjectedError, GetParam()});
  ASSERT_TRUE(engine_->start());
  submit_all();
  EXPECT_TRUE(all_end());
  end_faults();
  expect_all_right();
}

TEST_F(FaultyBackends, UnavailableStoreResumesItsJobs) {
  ASSERT_TRUE(engine_->start());
  submit_all();
  store_->faults().set_all({1, 0, kInjectedError});
  const auto before = store_->faults().injected_count();
  EXPECT_TRUE(eventually(kDeadline, [&] { return store_->faults().injected_count() > before + 50; }));
  end_faults();
  EXPECT_TRUE(all_end());
  expect_all_right();
}

INSTANTIATE_TEST_SUITE_P(Fails, FailingBackend, testing::Bool(),
                         [](const auto& after) { return after.param ? "AfterItsWork" : "BeforeItsWork"; });

}  // namespace
}  // namespace convert::test
