// SPDX-License-Identifier: MIT
#pragma once

#include "conformance/job_store/job_store_fixture.hpp"

/// The fields of stored jobs, and invalid requests.
namespace convert::conformance {

/// A request in which every field has an unusual value.
inline JobRequest unusual_request(JobRequest requested) {
  requested.owner = "Ünusual \x01 owner\x7F!";
  requested.inputs.front().name = "a \"song\"\n\xF0\x9F\x8E\xB5.wav";
  requested.inputs.front().size = 18'446'744'073'709'551'615U;
  requested.inputs.push_back({"", "in/second", 0, ""});
  requested.spec.format = "flac";
  requested.spec.sample_rate = 44'100;
  requested.spec.start = std::chrono::nanoseconds(1'500'000'001);
  requested.spec.tags = {{"title", "Ä \"b\" \\ c"}, {"artist", ""}};
  requested.spec.volume = 0.1;
  requested.priority = -2'147'483'647 - 1;
  requested.urgency = 2'147'483'647;
  requested.max_attempts = 7;
  requested.max_interruptions = 0;
  requested.unique_key = "key \\ '; --";
  requested.labels = {{"", "empty"}, {"a\tb", "\xEF\xBF\xBF"}, {"name", ""}};
  requested.fingerprint = "\xC2\x80 print";
  return requested;
}

TEST_P(JobStoreSuite, StoresAllFieldsOfARequest) {
  auto requested = unusual_request(request());
  requested.not_before = clock().now() + milliseconds(12'345);
  Job expected;
  expected.request = requested;
  expected.id = 1;
  expected.created = clock().now();
  expected.not_before = requested.not_before;
  const auto inserted = insert(requested);
  expected.revision = next_revision(inserted, 0);
  EXPECT_EQ(describe(inserted), describe(expected));
  EXPECT_EQ(describe(find(1)), describe(expected));
  open_again();
  EXPECT_EQ(describe(find(1)), describe(expected));
  EXPECT_EQ(find(1).request.spec, requested.spec);
  JobFilter by_owner;
  by_owner.owner = requested.owner;
  EXPECT_EQ(ids(expect_ok(store().list(by_owner))), std::vector<JobId>{1});
}

TEST_P(JobStoreSuite, StoresAllFieldsOfAResult) {
  const auto job = running();
  auto outputs = outputs_of(job);
  outputs.front().name = "\xC3\xBF \"x\"\n";
  outputs.front().size = 18'446'744'073'709'551'615U;
  outputs.push_back({"second", "9/9/second", 0, "", "", {}});
  const std::vector<Warning> warnings{{WarningCode::truncated, "ends \xC3\xA4 early"},
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
  expected.revision = next_revision(done.job, job.revision);
  EXPECT_EQ(describe(done.job), describe(expected));
  open_again();
  EXPECT_EQ(describe(find(job.id)), describe(expected));
}

TEST_P(JobStoreSuite, StoresAllFieldsOfAnError) {
  const auto job = running();
  const Error error{Errc::decompression_bomb, "\x1F too \"much\"\n", true};
  const auto failed = apply(job.id, event::AttemptFailed{job.token, error, milliseconds(250)}).job;
  EXPECT_EQ(failed.state, JobState::queued);
  EXPECT_EQ(failed.attempt, 1);
  EXPECT_EQ(failed.not_before, clock().now() + milliseconds(250));
  open_again();
  EXPECT_EQ(describe(find(job.id)), describe(failed));
  ASSERT_TRUE(find(job.id).error);
  EXPECT_EQ(find(job.id).error->message, error.message);
}

/// PostgreSQL refuses NUL and what is not UTF-8, so every store does.
TEST_P(JobStoreSuite, RejectsTextThatIsNotUtf8OrHasNul) {
  using namespace std::string_literals;
  const auto refused = [&](auto change) {
    auto requested = request();
    change(requested);
    EXPECT_ERROR(store().insert(requested), Errc::invalid_argument);
  };
  for (const auto& bad : {"a\0b"s, "\xFF"s, "\xED\xA0\x80"s}) {
    refused([&](JobRequest& requested) { requested.owner = bad; });
    refused([&](JobRequest& requested) { requested.unique_key = bad; });
    refused([&](JobRequest& requested) { requested.inputs.front().name = bad; });
    refused([&](JobRequest& requested) { requested.labels = {{"a", bad}}; });
    refused([&](JobRequest& requested) { requested.labels = {{bad, "a"}}; });
    refused([&](JobRequest& requested) { requested.spec.tags = {{"title", bad}}; });
    refused([&](JobRequest& requested) { requested.spec.entry = bad; });
    refused([&](JobRequest& requested) { requested.fingerprint = bad; });
  }
}

TEST_P(JobStoreSuite, RepairsTextOfAWorker) {
  using namespace std::string_literals;
  const auto job = running();
  const Error error{Errc::corrupt_input, "a\0b \xFF"s, true};
  apply(job.id, event::AttemptFailed{job.token, error, milliseconds(0)});
  ASSERT_TRUE(find(job.id).error);
  EXPECT_EQ(find(job.id).error->message, "a\uFFFDb \uFFFD");
}

TEST_P(JobStoreSuite, IdsRiseAndAreNeverReused) {
  const auto first = insert().id;
  const auto second = insert().id;
  EXPECT_GE(first, 1);
  EXPECT_GT(second, first);
  expect_ok(store().remove(second));
  expect_ok(store().remove(first));
  open_again();
  EXPECT_GT(insert().id, second);
}

TEST_P(JobStoreSuite, RejectsRequestsOutOfBounds) {
  const auto refused = [&](auto change) {
    auto requested = request();
    change(requested);
    EXPECT_ERROR(store().insert(requested), Errc::invalid_argument);
  };
  refused([](JobRequest& requested) { requested.owner.assign(256, 'o'); });
  refused([](JobRequest& requested) { requested.unique_key.assign(256, 'u'); });
  refused([](JobRequest& requested) { requested.inputs.clear(); });
  refused([](JobRequest& requested) { requested.inputs.front().key = "../x"; });
  refused([](JobRequest& requested) { requested.inputs.push_back(requested.inputs.front()); });
  refused([](JobRequest& requested) { requested.max_attempts = 0; });
  refused([](JobRequest& requested) { requested.max_interruptions = -1; });
  refused([](JobRequest& requested) { requested.labels["x"].assign(64 * 1024, 'x'); });
  EXPECT_TRUE(log().empty());

  auto requested = request();
  requested.owner.assign(255, 'o');
  requested.unique_key.assign(255, 'u');
  for (int n = 1; n < 1000; ++n) requested.inputs.push_back({"", "many/" + std::to_string(n), 1, ""});
  requested.labels["x"].assign(64 * 1024 - 1, 'x');
  const auto job = insert(requested);
  EXPECT_TRUE(describe(find(job.id)) == describe(job)) << "the largest valid request";
  for (auto& input : requested.inputs) input.key += "-b";
  requested.inputs.push_back({"", "in/1001", 1, ""});
  requested.unique_key.clear();
  EXPECT_ERROR(store().insert(requested), Errc::invalid_argument);
}

TEST_P(JobStoreSuite, UniqueKeysAreUniqueForAnOwner) {
  auto requested = request();
  requested.unique_key = "once";
  const auto job = insert(requested);
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
  insert();  // an empty key is not unique
  apply(job.id, event::Cancelled{});
  EXPECT_ERROR(again(), Errc::conflict);
  open_again();
  EXPECT_ERROR(again(), Errc::conflict);
  expect_ok(store().remove(job.id));
  EXPECT_TRUE(again());
  EXPECT_ERROR(again(), Errc::conflict);  // conflicts with the second job
}

TEST_P(JobStoreSuite, RemoveWithATimeRequiresAnEarlierEnd) {
  const auto done = complete(running());
  const auto runs = running();
  const auto waits = insert();
  const auto later = clock().now() + milliseconds(1);
  EXPECT_ERROR(store().remove(waits.id, later), Errc::conflict);
  EXPECT_ERROR(store().remove(runs.id, later), Errc::conflict);
  EXPECT_ERROR(store().remove(done.id, *done.finished), Errc::conflict);
  EXPECT_ERROR(store().remove(waits.id + 1, later), Errc::not_found);
  EXPECT_EQ(find(done.id).outputs, done.outputs);
  EXPECT_EQ(expect_ok(store().remove(done.id, later)).id, done.id);
  EXPECT_ERROR(store().find(done.id), Errc::not_found);
}

TEST_P(JobStoreSuite, AnInputBelongsToOneJob) {
  const auto requested = request();
  const auto job = insert(requested);
  EXPECT_ERROR(store().insert(requested), Errc::conflict);
  auto two = request();
  two.inputs.push_back(requested.inputs.front());
  EXPECT_ERROR(store().insert(two), Errc::conflict);
  two.inputs.pop_back();
  insert(two);  // the failed call left nothing
  expect_ok(store().remove(job.id));
  const auto second = insert(requested);
  apply(second.id, event::Cancelled{});
  apply(second.id, event::InputsExpired{});
  EXPECT_TRUE(store().insert(requested));
}

TEST_P(JobStoreSuite, RejectsTheOutputOfAnotherJobAsInput) {
  const auto done = complete(running());
  auto requested = request();
  requested.inputs.front().key = done.outputs.front().key;
  EXPECT_ERROR(store().insert(requested), Errc::conflict);
  apply(done.id, event::OutputsExpired{});
  EXPECT_TRUE(store().insert(requested));
}

}  // namespace convert::conformance
