// SPDX-License-Identifier: MIT
#pragma once

#include "conformance/job_store_fixture.hpp"

/// What a store keeps of a job, and what it refuses.
namespace convert::conformance {

/// A request in which nothing is as it would be anyway.
inline JobRequest unusual_request(JobRequest asked) {
  using namespace std::string_literals;
  asked.owner = "Ünusual \xFF owner\0!"s;
  asked.inputs.front().name = "a \"song\"\n\xC3\x28\0.wav"s;
  asked.inputs.front().size = 18'446'744'073'709'551'615U;
  asked.inputs.push_back({"", "in/second", 0, ""});
  asked.spec.format = "flac";
  asked.spec.sample_rate = 44'100;
  asked.spec.start = std::chrono::nanoseconds(1'500'000'001);
  asked.spec.tags = {{"title", "Ä \"b\" \\ c"}, {"artist", ""}};
  asked.spec.volume = 0.1;
  asked.priority = -2'147'483'647 - 1;
  asked.urgency = 2'147'483'647;
  asked.max_attempts = 7;
  asked.max_interruptions = 0;
  asked.unique_key = "key \xFE '; --"s;
  asked.labels = {{"", "empty"}, {"a\0b"s, "\xFF"}, {"name", ""}};
  asked.fingerprint = "\x80 print"s;
  return asked;
}

TEST_P(JobStoreSuite, AJobIsKeptAsItWasAskedFor) {
  auto asked = unusual_request(request());
  asked.not_before = clock().now() + milliseconds(12'345);
  Job expected;
  expected.request = asked;
  expected.id = 1;
  expected.revision = 1;
  expected.created = clock().now();
  expected.not_before = asked.not_before;
  EXPECT_EQ(describe(insert(asked)), describe(expected));
  EXPECT_EQ(describe(find(1)), describe(expected));
  open_again();
  EXPECT_EQ(describe(find(1)), describe(expected));
  EXPECT_EQ(find(1).request.spec, asked.spec);
  JobFilter by_owner;
  by_owner.owner = asked.owner;
  EXPECT_EQ(ids(good(store().list(by_owner))), std::vector<JobId>{1});
}

TEST_P(JobStoreSuite, AResultIsKeptAsItWasGiven) {
  using namespace std::string_literals;
  const auto job = running();
  auto outputs = outputs_of(job);
  outputs.front().name = "\xFF \"x\"\0"s;
  outputs.front().size = 18'446'744'073'709'551'615U;
  outputs.push_back({"second", "9/9/second", 0, "", "", {}});
  const std::vector<Warning> warnings{{WarningCode::truncated, "ends \xC3 early"},
                                      {WarningCode::damaged, ""}};
  clock().step(milliseconds(5));
  const auto done = apply(job.id, event::Completed{job.token, outputs, warnings});
  auto expected = job;
  expected.state = JobState::succeeded;
  expected.outputs = outputs;
  expected.warnings = warnings;
  expected.worker.clear();
  expected.progress = 1;
  expected.finished = clock().now();
  expected.revision = job.revision + 1;
  EXPECT_EQ(describe(done.job), describe(expected));
  open_again();
  EXPECT_EQ(describe(find(job.id)), describe(expected));
}

TEST_P(JobStoreSuite, AnErrorIsKeptAsItWasGiven) {
  const auto job = running();
  const Error error{Errc::decompression_bomb, "\xFF too \"much\"\n", true};
  const auto failed = apply(job.id, event::AttemptFailed{job.token, error, milliseconds(250)}).job;
  EXPECT_EQ(failed.state, JobState::queued);
  EXPECT_EQ(failed.attempt, 1);
  EXPECT_EQ(failed.not_before, clock().now() + milliseconds(250));
  open_again();
  EXPECT_EQ(describe(find(job.id)), describe(failed));
  ASSERT_TRUE(find(job.id).error);
  EXPECT_EQ(find(job.id).error->message, error.message);
}

TEST_P(JobStoreSuite, IdsRiseAndAreNotUsedAgain) {
  const auto first = insert().id;
  const auto second = insert().id;
  EXPECT_GE(first, 1);
  EXPECT_GT(second, first);
  good(store().remove(second));
  good(store().remove(first));
  open_again();
  EXPECT_GT(insert().id, second);
}

TEST_P(JobStoreSuite, RequestsOutOfBoundsAreRefused) {
  const auto refused = [&](auto change) {
    auto asked = request();
    change(asked);
    EXPECT_ERROR(store().insert(asked), Errc::invalid_argument);
  };
  refused([](JobRequest& asked) { asked.owner.assign(256, 'o'); });
  refused([](JobRequest& asked) { asked.unique_key.assign(256, 'u'); });
  refused([](JobRequest& asked) { asked.inputs.clear(); });
  refused([](JobRequest& asked) { asked.inputs.front().key = "../x"; });
  refused([](JobRequest& asked) { asked.inputs.push_back(asked.inputs.front()); });
  refused([](JobRequest& asked) { asked.max_attempts = 0; });
  refused([](JobRequest& asked) { asked.max_interruptions = -1; });
  refused([](JobRequest& asked) { asked.labels["x"].assign(64 * 1024, 'x'); });
  EXPECT_TRUE(log().empty());

  auto asked = request();
  asked.owner.assign(255, 'o');
  asked.unique_key.assign(255, 'u');
  for (int n = 1; n < 1000; ++n) asked.inputs.push_back({"", "many/" + std::to_string(n), 1, ""});
  asked.labels["x"].assign(64 * 1024 - 1, 'x');
  const auto job = insert(asked);
  EXPECT_TRUE(describe(find(job.id)) == describe(job)) << "as big as it may be";
  for (auto& input : asked.inputs) input.key += "-b";
  asked.inputs.push_back({"", "in/1001", 1, ""});
  asked.unique_key.clear();
  EXPECT_ERROR(store().insert(asked), Errc::invalid_argument);
}

TEST_P(JobStoreSuite, UniqueKeysAreUniqueForAnOwner) {
  auto asked = request();
  asked.unique_key = "once";
  const auto job = insert(asked);
  const auto again = [&] {
    auto twice = request();
    twice.unique_key = "once";
    return store().insert(twice);
  };
  EXPECT_ERROR(again(), Errc::conflict);
  auto of_another = request("ben");
  of_another.unique_key = "once";
  insert(of_another);
  insert();
  insert();  // an empty key is none
  apply(job.id, event::Cancelled{});
  EXPECT_ERROR(again(), Errc::conflict);
  open_again();
  EXPECT_ERROR(again(), Errc::conflict);
  good(store().remove(job.id));
  EXPECT_TRUE(again());
  EXPECT_ERROR(again(), Errc::conflict);  // with the second job that has it
}

TEST_P(JobStoreSuite, OnlyWhatEndedBeforeThatTimeIsRemoved) {
  const auto done = complete(running());
  const auto runs = running();
  const auto waits = insert();
  const auto later = clock().now() + milliseconds(1);
  EXPECT_ERROR(store().remove(waits.id, later), Errc::conflict);
  EXPECT_ERROR(store().remove(runs.id, later), Errc::conflict);
  EXPECT_ERROR(store().remove(done.id, *done.finished), Errc::conflict);
  EXPECT_ERROR(store().remove(waits.id + 1, later), Errc::not_found);
  EXPECT_EQ(find(done.id).outputs, done.outputs);
  EXPECT_EQ(good(store().remove(done.id, later)).id, done.id);
  EXPECT_ERROR(store().find(done.id), Errc::not_found);
}

TEST_P(JobStoreSuite, AnInputBelongsToOneJob) {
  const auto asked = request();
  const auto job = insert(asked);
  EXPECT_ERROR(store().insert(asked), Errc::conflict);
  auto two = request();
  two.inputs.push_back(asked.inputs.front());
  EXPECT_ERROR(store().insert(two), Errc::conflict);
  two.inputs.pop_back();
  insert(two);  // the refused call kept nothing of it
  good(store().remove(job.id));
  const auto second = insert(asked);
  apply(second.id, event::Cancelled{});
  apply(second.id, event::InputsExpired{});
  EXPECT_TRUE(store().insert(asked));
}

TEST_P(JobStoreSuite, AnOutputOfAJobIsNoInputOfAnother) {
  const auto done = complete(running());
  auto asked = request();
  asked.inputs.front().key = done.outputs.front().key;
  EXPECT_ERROR(store().insert(asked), Errc::conflict);
  apply(done.id, event::OutputsExpired{});
  EXPECT_TRUE(store().insert(asked));
}

}  // namespace convert::conformance
