// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "engine/engine_rig.hpp"
#include "support/test_files.hpp"

namespace convert::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

class Submission : public OnBackend {};
ON_EVERY_BACKEND(Submission);

TEST_P(Submission, RunsAJobAndPublishesItsResult) {
  Engine engine(rig.options());
  ASSERT_TRUE(engine.start());
  const Job queued = submit(engine, "hello");
  EXPECT_EQ(queued.state, JobState::queued);
  const Job job = finish(engine, queued.id);
  EXPECT_EQ(job.state, JobState::succeeded) << (job.error ? job.error->message : "");
  ASSERT_THAT(job.outputs, SizeIs(1));
  const JobOutput& output = job.outputs.front();
  EXPECT_EQ(output.name, "song.upper");
  EXPECT_EQ(output.content_type, "text/x-test");
  EXPECT_EQ(output.size, 12U);
  // echo -n 'hello->upper' | sha256sum
  EXPECT_EQ(output.sha256, "690ef793444d694bd819d985210ce973dc62737a9aac928e38d0692cb15d418c");
  EXPECT_EQ(content(engine, output), "hello->upper");
  EXPECT_THAT(job.warnings, SizeIs(1));
  EXPECT_EQ(job.progress, 1);
}

TEST_P(Submission, UploadComputesTheHash) {
  Engine engine(rig.options());
  auto upload = engine.upload().value();
  ASSERT_TRUE(upload->write(bytes("hel")));
  ASSERT_TRUE(upload->write(bytes("lo")));
  EXPECT_EQ(upload->size(), 5U);
  const auto input = upload->finish("../../etc/passwd").value();
  EXPECT_EQ(input.sha256, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
  EXPECT_EQ(input.name, "../../etc/passwd");
  EXPECT_THAT(input.key, StartsWith("input/"));
  EXPECT_EQ(input.size, 5U);
  auto new_request = request();
  new_request.inputs = {input};
  const Job job = engine.submit(new_request).value();
  EXPECT_TRUE(engine.open(job.request.inputs.front()));
  // An input belongs to one job.
  EXPECT_EQ(engine.submit(new_request).error().code, Errc::conflict);
}

/// Reports a size that may be wrong.
class SizedReader : public Reader {
 public:
  SizedReader(std::string content, std::uint64_t size)
      : content_(std::move(content)), reader_(memory_reader(bytes(content_))), size_(size) {}

  std::optional<std::uint64_t> size() const override { return size_; }
  bool seekable() const override { return true; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    max_read = std::max(max_read, into.size());
    return reader_->read_at(offset, into);
  }

  std::size_t max_read = 0;

 private:
  std::string content_;
  std::unique_ptr<Reader> reader_;
  std::uint64_t size_;
};

TEST_P(Submission, BufferSizeFollowsTheInputSizeWithinLimits) {
  Engine engine(rig.options());
  for (const std::uint64_t reported : {0U, 10U, 100'000U, 1U << 30}) {
    SizedReader reader(std::string(10'000, 'x'), reported);
    const Input input{&reader, "sized"};
    const auto job = engine.submit(request(), std::span(&input, 1));
    ASSERT_TRUE(job) << job.error().message;
    EXPECT_EQ(job->request.inputs.front().size, 10'000U);
    EXPECT_LE(reader.max_read, std::max<std::uint64_t>(4'096, reported));
    EXPECT_LE(reader.max_read, 262'144U);
  }
}

TEST_P(Submission, AbandonedUploadLeavesNothing) {
  auto options = rig.options();
  options.limits.input_bytes = 4;
  Engine engine(options);
  {
    auto upload = engine.upload().value();
    ASSERT_TRUE(upload->write(bytes("four")));
    const auto more = upload->write(bytes("!"));
    EXPECT_EQ(more.error().code, Errc::limit_exceeded);
    EXPECT_THAT(more.error().message, HasSubstr("limit of 4 bytes"));
  }
  EXPECT_EQ(try_submit(engine, "fives").error().code, Errc::limit_exceeded);
  EXPECT_THAT(rig.blobs(), IsEmpty());
}

TEST_P(Submission, RefusedSubmissionLeavesNothing) {
  Engine engine(rig.options());
  auto new_request = request();
  new_request.spec.format = "mp9";
  EXPECT_EQ(try_submit(engine, "a", new_request).error().code, Errc::unsupported);
  new_request.spec.format = "";
  EXPECT_EQ(try_submit(engine, "a", new_request).error().code, Errc::invalid_argument);
  new_request.spec.format = "upper";
  new_request.spec.audio_bitrate = 192'000;  // does not apply to the format
  EXPECT_FALSE(try_submit(engine, "a", new_request));
  new_request = request();
  new_request.inputs = {JobInput{"a", "output/1-1-1", 1, {}}};
  EXPECT_EQ(engine.submit(new_request).error().code, Errc::invalid_argument);
  EXPECT_EQ(try_submit(engine, "a", new_request).error().code, Errc::invalid_argument);
  EXPECT_THAT(rig.blobs(), IsEmpty());
  EXPECT_THAT(engine.list({}).value(), IsEmpty());
}

TEST_P(Submission, UniqueKeysAreUniquePerOwner) {
  Engine engine(rig.options());
  auto new_request = request();
  new_request.unique_key = "once";
  const Job first = submit(engine, "a", new_request);
  EXPECT_EQ(try_submit(engine, "b", new_request).error().code, Errc::conflict);
  EXPECT_THAT(rig.blobs(), ElementsAre(first.request.inputs.front().key));
  new_request.owner = "bob";
  EXPECT_TRUE(try_submit(engine, "b", new_request));
}

TEST_P(Submission, AcceptsSeveralInputsAndLabels) {
  Engine engine(rig.options());
  ASSERT_TRUE(engine.start());
  const auto one = memory_reader(bytes("one,"));
  const auto two = memory_reader(bytes("two"));
  const std::vector<Input> inputs = {{one.get(), "1.low"}, {two.get(), "2.low"}};
  auto new_request = request();
  new_request.labels["album"] = "x";
  const Job job = finish(engine, engine.submit(new_request, inputs).value().id);
  EXPECT_EQ(content(engine, job.outputs.at(0)), "one,two->upper");
  EXPECT_EQ(job.request.labels.at("album"), "x");
}

TEST_P(Submission, FindsListsAndCountsJobs) {
  Engine engine(rig.options());
  const Job a = submit(engine, "a", request("ann"));
  const Job b = submit(engine, "b", request("bob"));
  EXPECT_EQ(engine.find(b.id).value().request.owner, "bob");
  EXPECT_EQ(engine.find(99).error().code, Errc::not_found);
  JobFilter filter;
  filter.owner = "ann";
  const auto of_ann = engine.list(filter).value();
  ASSERT_THAT(of_ann, SizeIs(1));
  EXPECT_EQ(of_ann.front().id, a.id);
  const auto statistics = engine.statistics().value();
  EXPECT_EQ(statistics.in(JobState::queued), 2U);
  EXPECT_EQ(statistics.owners, 2U);
  EXPECT_THAT(engine.changes(0, 10).value(), SizeIs(2));
}

TEST_P(Submission, OrdersJobsByUrgencyAndPriority) {
  auto options = rig.options();
  options.max_running_jobs = 1;
  Engine engine(options);
  auto later = request();
  later.not_before = rig.store().now().value() + std::chrono::hours(1);
  auto first = request();
  first.priority = 5;
  auto urgent = request("bob");
  urgent.urgency = 1;
  submit(engine, "later", later);
  const Job last = submit(engine, "plain");
  submit(engine, "priority", first);
  submit(engine, "urgent", urgent);
  ASSERT_TRUE(engine.start());
  finish(engine, last.id);
  EXPECT_THAT(rig.execution().started(), ElementsAre("urgent", "priority", "plain"));
}

TEST_P(Submission, StartsADelayedJobAtItsTime) {
  Rig timed(GetParam(), true);
  Engine engine(timed.options());
  auto later = request();
  later.not_before = timed.clock().now() + std::chrono::hours(1);
  const Job job = submit(engine, "later", later);
  ASSERT_TRUE(engine.start());
  finish(engine, submit(engine, "now").id);
  EXPECT_EQ(engine.find(job.id).value().state, JobState::queued);
  timed.clock().forward(std::chrono::hours(1));
  EXPECT_EQ(finish(engine, job.id).state, JobState::succeeded);
}

TEST(EngineDefaults, AnEngineNeedsNoOptions) {
  EngineOptions options;
  options.execution = std::make_shared<FakeExecution>();
  Engine engine(options);
  ASSERT_TRUE(engine.start());
  EXPECT_EQ(finish(engine, submit(engine, "a").id).state, JobState::succeeded);
}

TEST(EngineDefaults, SubmitsWithoutAnExecution) {
  Engine engine(EngineOptions{});
  EXPECT_EQ(engine.execution(), nullptr);
  EXPECT_TRUE(try_submit(engine, "a"));
  auto wrong = request();
  wrong.spec.audio_bitrate = 1;
  EXPECT_EQ(try_submit(engine, "a", wrong).error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace convert::test
