// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/engine_rig.hpp"
#include "support/fault_injection.hpp"

namespace convert::test {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class ResultReuse : public OnBackend {};
ON_EVERY_BACKEND(ResultReuse);

TEST_P(ResultReuse, ReusesResultsOfEqualWork) {
  Engine engine(rig.options());
  ASSERT_TRUE(engine.start());
  const Job first = finish(engine, submit(engine, "a", request(), "one.low").id);
  const Job second = finish(engine, submit(engine, "a", request(), "two.low").id);
  EXPECT_THAT(rig.execution().started(), SizeIs(1));
  EXPECT_EQ(second.state, JobState::succeeded);
  ASSERT_THAT(second.outputs, SizeIs(1));
  EXPECT_EQ(second.outputs[0].name, "two.upper");
  EXPECT_THAT(second.warnings.at(0).message, HasSubstr("two.low"));
  EXPECT_EQ(second.outputs[0].sha256, first.outputs.at(0).sha256);
  EXPECT_EQ(second.outputs[0].content_type, "text/x-test");
  EXPECT_NE(second.outputs[0].key, first.outputs[0].key);
  // Each job has its own copy: removing one leaves the other.
  ASSERT_TRUE(engine.remove(first.id));
  EXPECT_EQ(content(engine, second.outputs[0]), "a->upper");
}

TEST_P(ResultReuse, DoesNotReuseResultsOfDifferentWork) {
  Engine engine(rig.options());
  ASSERT_TRUE(engine.start());
  finish(engine, submit(engine, "a").id);
  finish(engine, submit(engine, "b").id);
  finish(engine, submit(engine, "a", request("bob")).id);
  auto other = request();
  other.spec.format = "lower";
  finish(engine, submit(engine, "a", other).id);
  EXPECT_THAT(rig.execution().started(), SizeIs(4));
  // "low" is an extension of "lower"; in archives the names are content.
  other.spec.format = "low";
  finish(engine, submit(engine, "a", other).id);
  EXPECT_THAT(rig.execution().started(), SizeIs(4));
  other.spec.format = "packed";
  finish(engine, submit(engine, "a", other, "one.low").id);
  finish(engine, submit(engine, "a", other, "two.low").id);
  EXPECT_THAT(rig.execution().started(), SizeIs(6));
}

TEST_P(ResultReuse, DoesNotReuseResultsWhenDisabled) {
  auto options = rig.options();
  options.reuse_results = false;
  Engine engine(options);
  ASSERT_TRUE(engine.start());
  finish(engine, submit(engine, "a").id);
  finish(engine, submit(engine, "a").id);
  EXPECT_THAT(rig.execution().started(), SizeIs(2));
}

TEST_P(ResultReuse, ConvertsIfTheCopyFails) {
  auto chaos = std::make_shared<ChaosStorage>(rig.shared_storage(), 1);
  auto options = rig.options();
  options.storage = chaos;
  Engine engine(options);
  ASSERT_TRUE(engine.start());
  finish(engine, submit(engine, "a").id);
  chaos->faults().set(StorageCall::copy, {.share = 1});
  const Job second = finish(engine, submit(engine, "a").id);
  EXPECT_EQ(second.state, JobState::succeeded);
  EXPECT_EQ(second.attempt, 0);
  EXPECT_THAT(rig.execution().started(), SizeIs(2));
  EXPECT_THAT(rig.blobs(), SizeIs(4));
}

TEST_P(ResultReuse, ConcurrentDuplicatesRunOnce) {
  Engine engine(rig.options());
  ASSERT_TRUE(engine.start());
  const Job first = submit(engine, "block");
  ASSERT_TRUE(rig.execution().wait_for_started(1));
  const Job second = submit(engine, "block");
  EXPECT_EQ(finish(engine, submit(engine, "other").id).state, JobState::succeeded);
  EXPECT_EQ(engine.find(second.id).value().state, JobState::queued) << "it waits although a thread is idle";
  EXPECT_EQ(engine.statistics().value().waiting, 1U);
  rig.execution().unblock();
  EXPECT_EQ(finish(engine, first.id).state, JobState::succeeded);
  EXPECT_EQ(finish(engine, second.id).state, JobState::succeeded);
  EXPECT_THAT(rig.execution().started(), SizeIs(2));
}

TEST_P(ResultReuse, ADuplicateRunsIfTheOtherIsCancelled) {
  Engine engine(rig.options());
  ASSERT_TRUE(engine.start());
  const Job first = submit(engine, "block");
  ASSERT_TRUE(rig.execution().wait_for_started(1));
  const Job second = submit(engine, "block");
  ASSERT_TRUE(engine.cancel(first.id));
  ASSERT_TRUE(rig.execution().wait_for_started(2));
  rig.execution().unblock();
  EXPECT_EQ(finish(engine, second.id).state, JobState::succeeded);
  EXPECT_EQ(engine.find(first.id).value().state, JobState::cancelled);
}

}  // namespace
}  // namespace convert::test
