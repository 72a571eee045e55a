// SPDX-License-Identifier: MIT
#pragma once

#include "job_store_fixture.hpp"

/// What a store keeps of a job, and what events make of it.
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

TEST_P(JobStoreTest, AJobIsKeptAsItWasAskedFor) {
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

TEST_P(JobStoreTest, AResultIsKeptAsItWasGiven) {
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

TEST_P(JobStoreTest, AnErrorIsKeptAsItWasGiven) {
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

TEST_P(JobStoreTest, IdsRiseAndAreNotUsedAgain) {
  const auto first = insert().id;
  const auto second = insert().id;
  EXPECT_GE(first, 1);
  EXPECT_GT(second, first);
  good(store().remove(second));
  good(store().remove(first));
  open_again();
  EXPECT_GT(insert().id, second);
}

TEST_P(JobStoreTest, RequestsOutOfBoundsAreRefused) {
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

TEST_P(JobStoreTest, UniqueKeysAreUniqueForAnOwner) {
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
}

TEST_P(JobStoreTest, AnInputBelongsToOneJob) {
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

TEST_P(JobStoreTest, AnOutputOfAJobIsNoInputOfAnother) {
  const auto done = complete(running());
  auto asked = request();
  asked.inputs.front().key = done.outputs.front().key;
  EXPECT_ERROR(store().insert(asked), Errc::conflict);
  apply(done.id, event::OutputsExpired{});
  EXPECT_TRUE(store().insert(asked));
}

inline std::vector<Event> events_for(std::int64_t token) {
  OutputSpec spec;
  spec.format = "ogg";
  JobOutput output{"o", "9/9/o", 1, "", "", {}};
  return {event::Completed{token, {output}, {{WarningCode::truncated, "w"}}},
          event::AttemptFailed{token, {Errc::io, "retryable", true}, milliseconds(7)},
          event::AttemptFailed{token, {Errc::corrupt_input, "final", false}, milliseconds(7)},
          event::Released{token, milliseconds(9)},
          event::Interrupted{token},
          event::Cancelled{},
          event::Retried{},
          event::Replaced{spec, "other"},
          event::OutputsExpired{},
          event::InputsExpired{}};
}

/// The store against the pure function: every event in every state, with the right token and wrong ones.
TEST_P(JobStoreTest, EveryEventInEveryStateDoesWhatTheLifeCycleSays) {
  for (const auto state : kStates) {
    for (const std::int64_t off : {0, -1, 1}) {
      for (std::size_t which = 0; which < events_for(0).size(); ++which) {
        const auto before = job_in(state);
        const auto event = events_for(before.token + off)[which];
        clock().step(milliseconds(3));
        const auto latest = statistics().revision;
        SCOPED_TRACE(testing::Message()
                     << to_string(state) << ", event " << which << ", token off by " << off);
        auto expected = next(before, event, clock().now());
        const auto answer = store().apply(before.id, event);
        ASSERT_EQ(answer.has_value(), expected.has_value());
        if (!expected) {
          EXPECT_EQ(answer.error().code, expected.error().code);
          expected = Transition{before, {}, {}, false};
        } else {
          if (expected->changed) expected->job.revision = latest + 1;
          EXPECT_EQ(describe(answer->job), describe(expected->job));
          EXPECT_EQ(answer->kind, expected->kind);
          EXPECT_EQ(answer->dropped, expected->dropped);
          EXPECT_EQ(answer->changed, expected->changed);
        }
        EXPECT_EQ(describe(find(before.id)), describe(expected->job));
        EXPECT_EQ(statistics().revision, expected->changed ? latest + 1 : latest);
        good(store().remove(before.id));
      }
    }
  }
}

TEST_P(JobStoreTest, OnlyClaimClaims) {
  const auto job = insert();
  EXPECT_ERROR(store().apply(job.id, event::Claimed{"w", 1}), Errc::invalid_argument);
  EXPECT_EQ(describe(find(job.id)), describe(job));
}

TEST_P(JobStoreTest, WhatIsNotThereIsNotFound) {
  const auto id = insert().id;
  for (const JobId other : {id + 1, JobId{0}, JobId{-1}}) {
    EXPECT_ERROR(store().find(other), Errc::not_found);
    EXPECT_ERROR(store().apply(other, event::Cancelled{}), Errc::not_found);
    EXPECT_ERROR(store().remove(other), Errc::not_found);
  }
  EXPECT_EQ(statistics().revision, 1);
}

TEST_P(JobStoreTest, AJobRetriesUntilItsAttemptsAreUsedUp) {
  auto asked = request();
  asked.max_attempts = 3;
  const auto id = insert(asked).id;
  for (int attempt = 1; attempt <= 3; ++attempt) {
    const auto job = claim();
    ASSERT_EQ(job.id, id);
    EXPECT_EQ(job.token, attempt == 1 ? job.token : find(id).token);
    const auto after =
        apply(id, event::AttemptFailed{job.token, {Errc::io, "again", true}, milliseconds(100)}).job;
    EXPECT_EQ(after.attempt, attempt);
    EXPECT_EQ(after.state, attempt < 3 ? JobState::queued : JobState::failed);
    EXPECT_EQ(claim().id, 0) << "before its time, or failed";
    clock().step(milliseconds(100));
  }
  EXPECT_EQ(claim().id, 0);
  EXPECT_EQ(apply(id, event::Retried{}).job.attempt, 0);
  EXPECT_EQ(claim().id, id);
}

TEST_P(JobStoreTest, TokensRiseWhateverHappens) {
  const auto id = insert().id;
  std::int64_t last = 0;
  const auto claimed = [&] {
    const auto job = claim();
    EXPECT_EQ(job.id, id);
    EXPECT_GT(job.token, last);
    last = job.token;
    return job;
  };
  OutputSpec spec;
  spec.format = "ogg";
  apply(id, event::Released{claimed().token, {}});
  apply(id, event::AttemptFailed{claimed().token, {Errc::io, "again", true}, {}});
  claimed();
  apply(id, event::Replaced{spec, ""});
  claimed();
  apply(id, event::Cancelled{});
  apply(id, event::Retried{});
  complete(claimed());
  apply(id, event::Replaced{spec, ""});
  open_again();
  claimed();
  clock().step(milliseconds(10'001));
  EXPECT_EQ(good(store().expire(10)).size(), 1U);
  claimed();
}

/// A worker that comes late, after each way in which it may have lost its claim.
TEST_P(JobStoreTest, ALateWorkerIsFenced) {
  OutputSpec spec;
  spec.format = "ogg";
  const std::vector<std::function<void(const Job&)>> losses{
      [&](const Job& job) { apply(job.id, event::Cancelled{}); },
      [&](const Job& job) {
        apply(job.id, event::Replaced{spec, ""});
      },
      [&](const Job& job) {
        apply(job.id, event::Released{job.token, {}});
      },
      [&](const Job& job) { apply(job.id, event::Interrupted{job.token}); },
      [&](const Job& job) {
        apply(job.id, event::Replaced{spec, ""});
        EXPECT_EQ(claim().id, job.id);  // by somebody else
      },
      [&](const Job& job) { good(store().remove(job.id)); },
  };
  for (std::size_t which = 0; which < losses.size(); ++which) {
    SCOPED_TRACE(which);
    const auto job = running();
    losses[which](job);
    const auto latest = statistics().revision;
    const bool gone = which == 5;
    for (std::size_t event = 0; event < 5; ++event) {
      EXPECT_ERROR(store().apply(job.id, events_for(job.token)[event]),
                   gone ? Errc::not_found : Errc::conflict);
    }
    const Beat beat{job.claim(), 0.5};
    EXPECT_EQ(good(store().heartbeat({&beat, 1}, milliseconds(10'000))), std::vector{job.claim()});
    EXPECT_EQ(statistics().revision, latest);
    if (!gone) good(store().remove(job.id));
  }
}

TEST_P(JobStoreTest, RemoveForgetsAJobInWhateverState) {
  for (const auto state : kStates) {
    SCOPED_TRACE(to_string(state));
    const auto job = job_in(state);
    EXPECT_EQ(describe(good(store().remove(job.id))), describe(job));
    EXPECT_ERROR(store().find(job.id), Errc::not_found);
    EXPECT_EQ(log().back().kind, ChangeKind::removed);
    EXPECT_EQ(log().back().state, state);
  }
  EXPECT_EQ(claim().id, 0);
  EXPECT_TRUE(good(store().list({})).empty());
  EXPECT_EQ(statistics().owners, 0U);
}

TEST_P(JobStoreTest, EverythingIsThereWhenOpenedAgain) {
  std::vector<std::string> before;
  for (const auto state :
       {JobState::running, JobState::succeeded, JobState::failed, JobState::cancelled, JobState::queued}) {
    job_in(state);
  }
  for (const auto& job : good(store().list({}))) before.push_back(describe(job));
  const auto lines = log().size();
  open_again();
  std::vector<std::string> after;
  for (const auto& job : good(store().list({}))) after.push_back(describe(job));
  EXPECT_EQ(after, before);
  EXPECT_EQ(log().size(), lines);
  EXPECT_EQ(statistics().in(JobState::running), 1U);
  EXPECT_EQ(claim().id, 5);
  clock().step(milliseconds(10'001));
  EXPECT_EQ(good(store().expire(10)).size(), 2U);
}

}  // namespace convert::conformance
