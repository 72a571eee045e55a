// SPDX-License-Identifier: MIT
// Storages as on another host: they write streams, hang, fail for a while, and their clock is not ours.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "engine/engine_rig.hpp"
#include "support/fault_injection.hpp"
#include "support/test_files.hpp"

namespace convert::test {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using testing::SizeIs;
using Steady = std::chrono::steady_clock;

class RemoteStorage : public OnBackend {
 protected:
  EngineOptions options() const {
    auto options = rig.options();
    options.storage = storage;
    return options;
  }
  JobRequest lower() const {
    auto requested = request();
    requested.spec.format = "lower";
    return requested;
  }

  std::shared_ptr<ChaosStorage> storage = std::make_shared<ChaosStorage>(rig.shared_storage(), 1);
};
ON_EVERY_BACKEND(RemoteStorage);

/// Of "song->lower", by sha256sum.
constexpr char kSha256[] = "9216880be469609f88b87a4dc8f880ab4ac47ca567d1ce8b396713348baed9cf";
/// Of "song->upper".
constexpr char kSha256OfUpper[] = "968c633ae210af57fb5976d018cb95632d7b17a12b60f331ac57cd760c321f05";

TEST_P(RemoteStorage, OutputsThatSeekAreStagedAndNotReadBack) {
  storage->forward_only(true);
  Engine engine(options());
  ASSERT_TRUE(engine.start());
  const Job job = finish(engine, submit(engine, "song", lower()).id);
  ASSERT_EQ(job.state, JobState::succeeded);
  EXPECT_EQ(storage->faults().calls(StorageCall::open), 1U) << "only the input is read";
  EXPECT_EQ(content(engine, job.outputs.at(0)), "song->lower");
  EXPECT_EQ(job.outputs.at(0).size, 11U);
  EXPECT_EQ(job.outputs.at(0).sha256, kSha256);
}

TEST_P(RemoteStorage, OtherOutputsAreStreamed) {
  storage->forward_only(true);
  auto how = options();
  how.temporary_folder = "/nonexistent";
  Engine engine(how);
  ASSERT_TRUE(engine.start());
  const Job job = finish(engine, submit(engine, "song").id);
  ASSERT_EQ(job.state, JobState::succeeded);
  EXPECT_EQ(job.outputs.at(0).sha256, kSha256OfUpper);
  EXPECT_EQ(storage->faults().calls(StorageCall::open), 1U);
  const Job staged = finish(engine, submit(engine, "song", lower()).id);
  EXPECT_EQ(staged.state, JobState::failed) << "there is no folder for its temporary file";
}

TEST_P(RemoteStorage, AWriterThatSeeksIsWrittenDirectly) {
  auto how = options();
  how.temporary_folder = "/nonexistent";
  storage->pass_handles(true);
  Engine engine(how);
  ASSERT_TRUE(engine.start());
  const Job job = finish(engine, submit(engine, "song", lower()).id);
  ASSERT_EQ(job.state, JobState::succeeded);
  EXPECT_EQ(job.outputs.at(0).sha256, kSha256);
  EXPECT_EQ(job.outputs.at(0).size, 11U);
}

/// Whichever call of the Storage waits, a cancellation through any engine ends it.
TEST_P(RemoteStorage, ACancelledJobFreesItsThreadWhileTheStorageHangs) {
  storage->forward_only(true);
  auto how = options();
  how.max_running_jobs = 1;
  Engine engine(how);
  Engine other(rig.options());
  ASSERT_TRUE(engine.start());
  for (const auto call :
       {StorageCall::open, StorageCall::read, StorageCall::create, StorageCall::write, StorageCall::commit}) {
    for (const bool here : {true, false}) {
      SCOPED_TRACE(testing::Message() << static_cast<int>(call) << (here ? " here" : " elsewhere"));
      storage->hang(call);
      const Job job = submit(other, "song", lower());
      ASSERT_TRUE(eventually([&]() { return storage->hanging() == 1; }));
      const Job next = submit(other, "next", lower());
      const auto started = Steady::now();
      ASSERT_TRUE((here ? engine : other).cancel(job.id));
      ASSERT_TRUE(eventually([&]() { return engine.find(next.id).value().state == JobState::running; }));
      EXPECT_LT(Steady::now() - started, std::chrono::seconds(1));
      ASSERT_TRUE(engine.cancel(next.id));
      ASSERT_TRUE(eventually([&]() { return storage->hanging() == 0; }));
    }
  }
  storage->hang({});
  EXPECT_EQ(finish(engine, submit(engine, "last", lower()).id).state, JobState::succeeded);
}

TEST_P(RemoteStorage, AStopReleasesJobsWhileTheStorageHangs) {
  Engine engine(options());
  storage->hang(StorageCall::read);
  const Job job = submit(engine, "song");
  ASSERT_TRUE(engine.start());
  ASSERT_TRUE(eventually([&]() { return storage->hanging() == 1; }));
  const auto started = Steady::now();
  engine.stop();
  EXPECT_LT(Steady::now() - started, std::chrono::seconds(5));
  const Job waiting = engine.find(job.id).value();
  EXPECT_EQ(waiting.state, JobState::queued);
  EXPECT_EQ(waiting.attempt, 0);
}

TEST_P(RemoteStorage, AnOutageCostsOneAttempt) {
  Fault outage;
  outage.share = 1;
  outage.error = {Errc::unavailable, "The object store does not answer.", true};
  Engine engine(options());
  const Job job = submit(engine, "song");
  storage->faults().set_all(outage);
  ASSERT_TRUE(engine.start());
  // Many sweeps: each could cost an attempt.
  ASSERT_TRUE(eventually([&]() { return storage->faults().calls(StorageCall::stat) > 20; }));
  storage->faults().clear();
  const Job ended = finish(engine, job.id);
  EXPECT_EQ(ended.state, JobState::succeeded);
  EXPECT_EQ(ended.attempt, 1);
}

void put_blob(Storage& storage, const Key& key) {
  auto writer = storage.create(key).value();
  ASSERT_TRUE(writer->write_at(0, bytes("x")));
  ASSERT_TRUE(writer->commit());
}

TEST_P(RemoteStorage, ABlobOfUnknownAgeIsAnOrphanOnlyAfterItWasSeenLongEnough) {
  storage->early_times(true);
  auto how = options();
  put_blob(*storage, "output/77-1-1");
  how.retention.orphans = hours(1);
  Engine patient(how);
  for (int sweep = 0; sweep < 3; ++sweep) ASSERT_TRUE(patient.sweep());
  EXPECT_THAT(rig.blobs(), SizeIs(1)) << "it says that it is a year old";

  how.retention.orphans = milliseconds(100);
  Engine engine(how);
  const auto started = Steady::now();
  ASSERT_TRUE(engine.sweep());
  if (Steady::now() - started < milliseconds(100)) {
    EXPECT_THAT(rig.blobs(), SizeIs(1));
  }
  EXPECT_TRUE(eventually([&]() { return engine.sweep() && rig.blobs().empty(); }));
  EXPECT_GE(Steady::now() - started, milliseconds(100));
}

TEST_P(RemoteStorage, ASubmittedBlobOfUnknownAgeIsKept) {
  storage->early_times(true);
  auto how = options();
  how.retention.orphans = milliseconds(0);
  Engine engine(how);
  const Job job = submit(engine, "song");
  ASSERT_TRUE(engine.sweep());
  EXPECT_THAT(rig.blobs(), testing::ElementsAre(job.request.inputs.at(0).key));
}

TEST_P(RemoteStorage, UnfinishedUploadsAreRemovedAfterTheirTime) {
  auto writer = rig.storage().create("input/0123456789abcdef0123456789abcdef").value();
  ASSERT_TRUE(writer->write_at(0, bytes("first part")));
  const std::string token = writer->suspend().value();
  auto how = options();
  Engine patient(how);
  ASSERT_TRUE(patient.sweep());
  EXPECT_TRUE(rig.storage().resume("input/0123456789abcdef0123456789abcdef", token));
  how.retention.unfinished = milliseconds(0);
  Engine hasty(how);
  // Again and again: the time of a file may be some milliseconds ahead of the Storage's clock.
  EXPECT_TRUE(eventually([&]() {
    const auto resumed = hasty.sweep()
                             ? rig.storage().resume("input/0123456789abcdef0123456789abcdef", token)
                             : Result<ResumedWriter>(Error{Errc::internal, "The sweep has failed."});
    return !resumed && resumed.error().code == Errc::not_found;
  }));
}

}  // namespace
}  // namespace convert::test
