// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <set>

#include <convert/storage.hpp>

#include "engine/active_claims.hpp"
#include "engine/blob_keys.hpp"
#include "engine/crypto.hpp"
#include "engine/engine_context.hpp"
#include "engine/engine_threads.hpp"
#include "engine/job_outputs.hpp"
#include "engine/result_reuse.hpp"
#include "engine/subscriptions/subscriptions.hpp"
#include "support/test_files.hpp"

namespace convert::engine {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::string sha256_of(std::string_view text) {
  Sha256 sha256;
  sha256.add(text);
  return sha256.hex();
}

// Test vectors of FIPS 180-2.
TEST(Sha256, KnownValues) {
  EXPECT_EQ(sha256_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, InPiecesAndOfAReader) {
  const std::string million(1'000'000, 'a');
  const std::string expected = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
  Sha256 sha256;
  for (std::size_t at = 0; at < million.size(); at += 12'345)
    sha256.add(std::string_view(million).substr(at, 12'345));
  EXPECT_EQ(sha256.hex(), expected);
  const auto reader = memory_reader(test::bytes(million));
  const auto content = hash_content(*reader, {});
  EXPECT_EQ(content.value().sha256, expected);
  EXPECT_EQ(content.value().size, million.size());
  std::stop_source stopped;
  stopped.request_stop();
  EXPECT_EQ(hash_content(*reader, stopped.get_token()).error().code, Errc::cancelled);
}

TEST(BlobKeys, AreValidAndUnique) {
  std::set<Key> keys;
  for (int i = 0; i < 1'000; ++i) {
    const Key key = new_input_key();
    EXPECT_TRUE(check_key(key));
    EXPECT_TRUE(is_input_key(key));
    keys.insert(key);
  }
  EXPECT_THAT(keys, SizeIs(1'000));
  EXPECT_EQ(output_key({7, 3}, 2), "output/7-3-2");
  EXPECT_TRUE(check_key(output_key({7, 3}, 2)));
}

TEST(BlobKeys, RecognizesInputKeysOnly) {
  const Key key = new_input_key();
  for (const Key& wrong :
       {Key(), Key("input/"), Key("output/1-1-1"), key + "0", key.substr(0, key.size() - 1), "x" + key,
        Key("input/../../../../../etc/passwd/aaaaaa")}) {
    EXPECT_FALSE(is_input_key(wrong)) << wrong;
  }
}

TEST(Random, IsBetweenZeroAndOne) {
  double min = 1;
  double max = 0;
  for (int i = 0; i < 1'000; ++i) {
    const double random = random_fraction();
    EXPECT_GE(random, 0);
    EXPECT_LE(random, 1);
    min = std::min(min, random);
    max = std::max(max, random);
  }
  EXPECT_LT(min, 0.2);
  EXPECT_GT(max, 0.8);
  EXPECT_THAT(random_hex(4), SizeIs(8));
}

TEST(ThreadBudget, DividesEvenlyWithAtLeastOne) {
  ThreadBudget thread_budget(6);
  EXPECT_EQ(thread_budget.per_job(), 6U);
  {
    const ThreadBudget::Share one(thread_budget);
    EXPECT_EQ(thread_budget.per_job(), 6U);
    const ThreadBudget::Share two(thread_budget);
    EXPECT_EQ(thread_budget.per_job(), 3U);
    std::vector<std::unique_ptr<ThreadBudget::Share>> more;
    for (int i = 0; i < 10; ++i) more.push_back(std::make_unique<ThreadBudget::Share>(thread_budget));
    EXPECT_EQ(thread_budget.per_job(), 1U);
  }
  EXPECT_EQ(thread_budget.per_job(), 6U);
}

Job running_job(JobId id, std::int64_t token) {
  Job job;
  job.id = id;
  job.token = token;
  job.state = JobState::running;
  return job;
}

TEST(ActiveClaims, StopsOnlyTheNamedClaims) {
  ActiveClaims claims;
  const auto old_one = claims.add(running_job(1, 4));
  const auto new_one = claims.add(running_job(1, 9));
  const auto other = claims.add(running_job(2, 1));
  claims.mark_lost_up_to({1, 4});
  EXPECT_TRUE(old_one->stop_token().stop_requested());
  EXPECT_FALSE(new_one->stop_token().stop_requested()) << "a newer claim";
  claims.mark_lost({2, 7});
  EXPECT_FALSE(other->stop_token().stop_requested()) << "another claim of that job";
  claims.release_all();
  EXPECT_EQ(old_one->stop_reason(), StopReason::lost) << "lost overrides";
  EXPECT_EQ(new_one->stop_reason(), StopReason::released);
  claims.mark_lost({1, 9});
  EXPECT_EQ(new_one->stop_reason(), StopReason::lost);
  other->progress(0.25);
  EXPECT_EQ(claims.progress({2, 1}), 0.25);
  claims.remove({2, 1});
  EXPECT_EQ(claims.progress({2, 1}), std::nullopt);
  EXPECT_THAT(claims.all(), SizeIs(2));
}

constexpr std::array<std::string_view, 1> kSong = {"song"};
constexpr std::array<std::string_view, 1> kPack = {"pack"};

std::vector<Format> formats() {
  Format song;
  song.name = "song";
  song.extensions = kSong;
  Format pack;
  pack.name = "pack";
  pack.family = Family::archive;
  pack.extensions = kPack;
  return {song, pack};
}

std::string print(const std::string& owner, std::vector<JobInput> inputs, const std::string& format,
                  std::optional<double> volume = {}) {
  OutputSpec spec;
  spec.format = format;
  spec.volume = volume;
  return fingerprint(owner, inputs, spec, formats());
}

TEST(Fingerprint, IsEqualOnlyForEqualWork) {
  const JobInput a{"a.wav", "input/1", 1, "aa"};
  const JobInput same{"b.wav", "input/2", 1, "aa"};
  const JobInput other{"a.wav", "input/1", 1, "bb"};
  const auto it = print("ann", {a}, "song");
  EXPECT_EQ(it, print("ann", {same}, "song")) << "the key and the file name do not count";
  EXPECT_NE(it, print("ann", {other}, "song"));
  EXPECT_NE(it, print("bob", {a}, "song"));
  EXPECT_NE(it, print("ann", {a}, "song", 0.5));
  EXPECT_NE(print("ann", {a}, "pack"), print("ann", {same}, "pack")) << "in archives names count";
  EXPECT_NE(print("ann", {a, other}, "song"), print("ann", {other, a}, "song"));
  EXPECT_NE(it, print("ann", {{"a.mp3", "input/1", 1, "aa"}}, "song")) << "warnings mention extensions";
  EXPECT_EQ(print("ann", {{"a.wav", "input/1", 1, ""}}, "song"), "") << "content without a hash";
}

TEST(Fingerprint, RenamesReusedResults) {
  std::vector<JobOutput> outputs(2);
  outputs[0].name = "a.song";
  outputs[1].name = "cover.jpg";
  std::vector<Warning> warnings(1);
  warnings[0].message = "The name \"a.wav\" says WAV, \"a.wav\" is none.";
  rename_results(outputs, warnings, "a.wav", "b.c.wav", formats());
  EXPECT_EQ(outputs[0].name, "b.c.song");
  EXPECT_EQ(outputs[1].name, "cover.jpg");
  EXPECT_EQ(warnings[0].message, "The name \"b.c.wav\" says WAV, \"b.c.wav\" is none.");
}

Report report_of(const std::string& name) {
  Report report;
  OutputReport& output = report.outputs.emplace_back();
  output.name = name;
  output.mime_type = "audio/x-song";
  output.duration = std::chrono::nanoseconds(1'500'000'000);
  return report;
}

TEST(JobOutputs, HashesSequentialWritesAndRereadsOthers) {
  const auto storage = memory_storage();
  for (const bool patched : {false, true}) {
    JobOutputs outputs(*storage, {5, patched ? 2 : 1});
    {
      auto writer = outputs.create("a.song").value();
      ASSERT_TRUE(writer->write_at(0, test::bytes(patched ? "xbc" : "abc")));
      const auto again = patched ? writer->write_at(0, test::bytes("a")) : Result<void>();
      ASSERT_TRUE(again);
      ASSERT_TRUE(writer->commit());
    }
    const auto made = outputs.collect(report_of("a.song")).value();
    ASSERT_THAT(made, SizeIs(1));
    EXPECT_EQ(made[0].sha256, sha256_of("abc"));
    EXPECT_EQ(made[0].size, 3U);
    EXPECT_EQ(made[0].content_type, "audio/x-song");
    EXPECT_EQ(made[0].duration, std::chrono::milliseconds(1500));
    EXPECT_THAT(outputs.keys(), ElementsAre(patched ? "output/5-2-1" : "output/5-1-1"));
  }
}

TEST(JobOutputs, IgnoresUncommittedOutputs) {
  const auto storage = memory_storage();
  JobOutputs outputs(*storage, {5, 1});
  { ASSERT_TRUE(outputs.create("a.song").value()->write_at(0, test::bytes("abc"))); }
  EXPECT_THAT(outputs.collect({}).value(), IsEmpty());
  EXPECT_THAT(outputs.keys(), IsEmpty()) << "it left no blob";
}

TEST(PeriodicThread, RunsTheActionUntilDestroyed) {
  std::atomic<int> times = 0;
  std::promise<void> third;
  {
    const PeriodicThread periodic(std::chrono::milliseconds(1), [&](const std::stop_token&) {
      if (++times == 3) third.set_value();
    });
    third.get_future().wait();
  }
  const int at_the_end = times;
  EXPECT_GE(at_the_end, 3);
  {
    const PeriodicThread never(std::chrono::hours(1), [&](const std::stop_token&) { ++times; });
  }
  EXPECT_EQ(times, at_the_end);
}

TEST(CallbackThread, RunsInOrderAndDiscardsTheRest) {
  std::vector<int> order;
  std::promise<void> last;
  {
    CallbackThread thread;
    for (int i = 0; i < 100; ++i) thread.post([&order, i]() { order.push_back(i); });
    thread.post([&]() { last.set_value(); });
    last.get_future().wait();
  }
  EXPECT_THAT(order, SizeIs(100));
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(CallbackThread, MayBeDestroyedByACallback) {
  auto thread = std::make_unique<CallbackThread>();
  std::promise<void> ready;
  std::promise<void> gone;
  thread->post([&, go = ready.get_future().share()]() {
    go.wait();
    thread.reset();
    gone.set_value();
  });
  ready.set_value();
  gone.get_future().wait();
}

}  // namespace
}  // namespace convert::engine
