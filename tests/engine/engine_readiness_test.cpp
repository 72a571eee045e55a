// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>

#include "engine/engine_rig.hpp"
#include "support/fault_injection.hpp"

namespace convert::test {
namespace {

using testing::HasSubstr;

class EngineReadiness : public OnBackend {
 protected:
  /// Options without an Execution; `start` gets it from `open`.
  EngineOptions opened_by(std::function<Result<std::shared_ptr<Execution>>()> open) {
    auto options = rig.options();
    options.execution = nullptr;
    options.open_execution = std::move(open);
    return options;
  }
};
ON_EVERY_BACKEND(EngineReadiness);

TEST_P(EngineReadiness, OpensTheExecutionOnce) {
  int opened = 0;
  Engine engine(opened_by([&]() -> Result<std::shared_ptr<Execution>> {
    ++opened;
    return std::shared_ptr<Execution>(rig.shared_execution());
  }));
  EXPECT_EQ(engine.execution(), nullptr);
  EXPECT_EQ(opened, 0);
  ASSERT_TRUE(engine.start());
  ASSERT_TRUE(engine.start());
  EXPECT_EQ(engine.execution(), rig.shared_execution());
  EXPECT_EQ(finish(engine, submit(engine, "a").id).state, JobState::succeeded);
  engine.stop();
  ASSERT_TRUE(engine.start());
  EXPECT_EQ(opened, 1);
}

TEST_P(EngineReadiness, DoesNotOpenAnExecutionIfOneIsGiven) {
  auto options = opened_by([]() -> Result<std::shared_ptr<Execution>> {
    ADD_FAILURE() << "opened";
    return Error{Errc::internal, "not needed"};
  });
  options.execution = rig.shared_execution();
  Engine engine(options);
  EXPECT_TRUE(engine.start());
}

TEST_P(EngineReadiness, RetriesToOpenAnExecution) {
  bool there = false;
  Engine engine(opened_by([&]() -> Result<std::shared_ptr<Execution>> {
    if (!there) return Error{Errc::not_found, "There is no worker program."};
    return std::shared_ptr<Execution>(rig.shared_execution());
  }));
  EXPECT_EQ(engine.start().error().message, "There is no worker program.");
  EXPECT_EQ(engine.ready().error().code, Errc::unavailable);
  there = true;
  EXPECT_TRUE(engine.start());
  EXPECT_TRUE(engine.ready());
}

TEST_P(EngineReadiness, RejectsANullExecution) {
  Engine engine(opened_by([]() -> Result<std::shared_ptr<Execution>> { return nullptr; }));
  EXPECT_EQ(engine.start().error().code, Errc::internal);
}

TEST_P(EngineReadiness, OtherCallsDoNotWaitForTheExecution) {
  std::promise<void> opening;
  std::promise<void> go_on;
  Engine engine(opened_by([&]() -> Result<std::shared_ptr<Execution>> {
    opening.set_value();
    go_on.get_future().wait();
    return std::shared_ptr<Execution>(rig.shared_execution());
  }));
  auto started = std::async(std::launch::async, [&]() { return engine.start().has_value(); });
  opening.get_future().wait();
  EXPECT_EQ(engine.execution(), nullptr);
  EXPECT_EQ(engine.ready().error().code, Errc::unavailable);
  const Job job = submit(engine, "a");
  EXPECT_EQ(engine.find(job.id).value().state, JobState::queued);
  go_on.set_value();
  EXPECT_TRUE(started.get());
  EXPECT_EQ(finish(engine, job.id).state, JobState::succeeded);
}

TEST_P(EngineReadiness, ReportsTheUnavailableBackend) {
  const auto store = std::make_shared<ChaosStore>(rig.shared_store(), 1);
  const auto storage = std::make_shared<ChaosStorage>(rig.shared_storage(), 1);
  auto options = rig.options();
  options.store = store;
  options.storage = storage;
  Engine engine(options);
  EXPECT_TRUE(engine.ready());
  Fault always;
  always.share = 1;
  always.error = {Errc::unavailable, "The store is away.", true};
  store->faults().set(StoreCall::find, always);
  EXPECT_THAT(engine.ready().error().message, HasSubstr("store is away"));
  store->faults().clear();
  always.error = {Errc::io, "The disk is broken."};
  storage->faults().set(StorageCall::stat, always);
  EXPECT_THAT(engine.ready().error().message, HasSubstr("disk is broken"));
  storage->faults().clear();
  rig.execution().set_unavailable(true);
  EXPECT_THAT(engine.ready().error().message, HasSubstr("no worker"));
  rig.execution().set_unavailable(false);
  EXPECT_TRUE(engine.ready());
}

TEST_P(EngineReadiness, JobsWaitWhileTheExecutionIsUnavailable) {
  Engine engine(rig.options());
  ASSERT_TRUE(engine.start());
  rig.execution().set_unavailable(true);
  const Job job = submit(engine, "a");
  ASSERT_TRUE(eventually([&]() { return rig.execution().unavailable_count() > 2; }));
  const Job waiting = engine.find(job.id).value();
  EXPECT_EQ(waiting.state, JobState::queued);
  EXPECT_EQ(waiting.attempt, 0);
  rig.execution().set_unavailable(false);
  EXPECT_EQ(finish(engine, job.id).state, JobState::succeeded);
}

/// A Storage whose blobs have URLs.
class Signing : public ChaosStorage {
 public:
  using ChaosStorage::ChaosStorage;
  Result<std::string> signed_url(const Key& key, const DownloadUrl& request) override {
    return fmt::format("https://blobs.test/{}?for={}&name={}&type={}&attachment={}", key,
                       request.valid.count(), request.file_name, request.content_type, request.attachment);
  }
};

TEST_P(EngineReadiness, SignedUrlsComeFromTheStorage) {
  auto options = rig.options();
  Engine without(options);
  ASSERT_TRUE(without.start());
  const Job job = finish(without, submit(without, "a").id);
  EXPECT_EQ(without.signed_url(job.outputs.front()).error().code, Errc::unsupported);
  options.storage = std::make_shared<Signing>(rig.shared_storage(), 1);
  const Engine with(options);
  EXPECT_EQ(with.signed_url(job.outputs.front(), {.valid = std::chrono::minutes(2)}).value(),
            "https://blobs.test/" + job.outputs.front().key +
                "?for=120000&name=song.upper&type=text/x-test&attachment=true");
  EXPECT_EQ(with.signed_url(job.request.inputs.front(),
                            {.file_name = "a.b", .content_type = "c/d", .attachment = false})
                .value(),
            "https://blobs.test/" + job.request.inputs.front().key +
                "?for=60000&name=a.b&type=c/d&attachment=false");
}

}  // namespace
}  // namespace convert::test
