// SPDX-License-Identifier: MIT
// Full and read-only disks: jobs wait or fail with a reason, and no acknowledged job is lost.
#include <fmt/format.h>

#include <gmock/gmock.h>

#include "faults/child_engine.hpp"
#include "faults/workload.hpp"
#include "support/audio_samples.hpp"
#include "support/shell_command.hpp"
#include "support/small_disk.hpp"
#include "support/test_files.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

using std::chrono::seconds;
using testing::IsEmpty;

constexpr std::uint64_t kDisk = 48 << 20;
#define SKIP_UNLESS(permitted) \
  if (!(permitted)) GTEST_SKIP() << "this kernel does not permit mounts in a user namespace"

void sweep(const EngineFolder& engine_folder) {
  ChildEngine sweeper(engine_folder.folder(), {"start=0", "orphans=1"});
  ASSERT_TRUE(ready(sweeper));
  const auto swept = sweeper.request("sweep").value_or(EngineReply{});
  EXPECT_TRUE(swept.ok) << swept.text;
  EXPECT_TRUE(sweeper.shut_down());
}

void expect_retryable(const std::optional<EngineReply>& answer) {
  ASSERT_TRUE(answer) << "the engine crashed on a full disk";
  EXPECT_FALSE(answer->ok) << "acknowledged on a full disk";
  EXPECT_TRUE(answer->retryable) << answer->code << ": " << answer->text;
  EXPECT_GT(answer->text.size(), 20U) << "no sentence: " << answer->text;
}

/// Fills the disk while jobs run, and frees it after the engine has failed to write.
void fill_and_free(const std::filesystem::path& folder, const std::string& durability,
                   std::uint32_t chosen_seed) {
  EngineFolder engine_folder(folder);
  Workload workload(engine_folder, chosen_seed);
  ChildEngine engine(folder, {"durability=" + durability, "lease=10000"});
  ASSERT_TRUE(ready(engine));
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(workload.submit(engine));
  const auto late = engine_folder.add_input("late.wav", wav(5, chosen_seed));
  {
    const DiskFiller filler(folder / "ballast");
    expect_retryable(engine.request(fmt::format("submit late someone {} format=flac", late.string())));
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(workload.change_random_job(engine));
    engine.exits_within(seconds(2));
  }
  EXPECT_TRUE(engine.alive()) << "the engine crashed on a full disk";
  std::filesystem::remove(late);
  EXPECT_TRUE(workload.resubmit_unacknowledged(engine));
  {
    const auto store = engine_folder.store();
    EXPECT_TRUE(eventually(kDeadline, [&] { return all_ended(*store); }))
        << "jobs wait although the disk has free space";
  }
  EXPECT_TRUE(engine.shut_down());
  sweep(engine_folder);
  EXPECT_THAT(workload.problems(), IsEmpty());
  EXPECT_THAT(engine_folder.leftovers(), IsEmpty());
}

class FullDisk : public testing::TestWithParam<std::string> {};

TEST_P(FullDisk, LosesNoJob) {
  SKIP_WITHOUT_PROGRAMS("sha256sum");
  const TemporaryFolder folder;
  const auto chosen_seed = seed();
  SKIP_UNLESS(
      on_small_disk(folder.path(), kDisk, [&] { fill_and_free(folder.path(), GetParam(), chosen_seed); }));
}

INSTANTIATE_TEST_SUITE_P(Durability, FullDisk, testing::Values("process", "power"),
                         [](const auto& durability) { return durability.param; });

/// The blobs are on a separate disk, which becomes read-only between two engines.
void lock_and_unlock(const EngineFolder& engine_folder, std::uint32_t chosen_seed) {
  const auto blobs = engine_folder.folder() / "blobs";
  const auto input = engine_folder.add_input("sound.wav", wav(1, chosen_seed));
  const auto submit = fmt::format("submit job someone {} format=mp3", input.string());
  {
    ChildEngine engine(engine_folder.folder(), {"start=0"});
    ASSERT_TRUE(ready(engine));
    ASSERT_TRUE(engine.request(submit).value_or(EngineReply{}).ok);
    ASSERT_TRUE(engine.shut_down());
  }
  make_read_only(blobs, true);
  {
    ChildEngine engine(engine_folder.folder());
    const auto ready = engine.started().value_or(EngineReply{});
    if (ready.ok) {
      const auto store = engine_folder.store();
      EXPECT_TRUE(eventually(kDeadline, [&] { return must(store->find(1)).error.has_value(); }));
      const auto refused = engine.request("submit other someone " + input.string() + " format=mp3");
      ASSERT_TRUE(refused) << "the engine crashed on a read-only disk";
      EXPECT_FALSE(refused->ok);
      EXPECT_THAT(refused->text, testing::HasSubstr("ead-only"));
      EXPECT_THAT(must(store->find(1)).error->message, testing::HasSubstr("ead-only"));
    } else {
      EXPECT_THAT(ready.text, testing::HasSubstr("ead-only"));
    }
  }
  make_read_only(blobs, false);
  ChildEngine engine(engine_folder.folder());
  ASSERT_TRUE(ready(engine));
  const auto store = engine_folder.store();
  if (must(store->find(1)).state == JobState::failed) {
    EXPECT_TRUE(engine.request("retry 1").value_or(EngineReply{}).ok);
  }
  EXPECT_TRUE(eventually(kDeadline, [&] { return must(store->find(1)).state == JobState::succeeded; }));
}

TEST(ReadOnlyDisk, IsReportedAndLosesNoJob) {
  const TemporaryFolder folder;
  const EngineFolder engine_folder(folder.path());
  const auto blobs = folder / "blobs";
  std::filesystem::create_directory(blobs);
  SKIP_UNLESS(on_small_disk(blobs, kDisk, [&] { lock_and_unlock(engine_folder, seed()); }));
}

}  // namespace
}  // namespace convert::test
