// SPDX-License-Identifier: MIT
#pragma once

#include "conformance/job_store/job_store_fixture.hpp"

/// Events that change a job.
namespace convert::conformance {

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

/// Compares the store with the pure function `next`: every event in every state, with the right and wrong
/// tokens.
TEST_P(JobStoreSuite, EveryEventInEveryStateFollowsTheLifeCycle) {
  for (const auto state : kStates) {
    for (const std::int64_t off : {0, -1, 1}) {
      for (std::size_t which = 0; which < events_for(0).size(); ++which) {
        const auto before = job_in(state);
        const auto event = events_for(before.token + off)[which];
        clock().step(milliseconds(3));
        const auto latest = statistics().revision;
        SCOPED_TRACE(testing::Message()
                     << to_string(state) << ", event " << which << ", token off by " << off);
        auto expected = apply_event(before, event, clock().now());
        const auto answer = store().apply(before.id, event);
        ASSERT_EQ(answer.has_value(), expected.has_value());
        if (!expected) {
          EXPECT_EQ(answer.error().code, expected.error().code);
          expected = Transition{before, {}, {}, false};
        } else {
          if (expected->changed) expected->job.revision = next_revision(answer->job, latest);
          EXPECT_EQ(describe(answer->job), describe(expected->job));
          EXPECT_EQ(answer->kind, expected->kind);
          EXPECT_EQ(answer->dropped_keys, expected->dropped_keys);
          EXPECT_EQ(answer->changed, expected->changed);
        }
        EXPECT_EQ(describe(find(before.id)), describe(expected->job));
        EXPECT_EQ(statistics().revision, expected->changed ? expected->job.revision : latest);
        expect_ok(store().remove(before.id));
      }
    }
  }
}

TEST_P(JobStoreSuite, ApplyRejectsClaimed) {
  const auto job = insert();
  EXPECT_ERROR(store().apply(job.id, event::Claimed{"w", 1}), Errc::invalid_argument);
  EXPECT_EQ(describe(find(job.id)), describe(job));
}

TEST_P(JobStoreSuite, UnknownJobsAreNotFound) {
  const auto job = insert();
  const auto id = job.id;
  for (const JobId other : {id + 1, JobId{0}, JobId{-1}}) {
    EXPECT_ERROR(store().find(other), Errc::not_found);
    EXPECT_ERROR(store().apply(other, event::Cancelled{}), Errc::not_found);
    EXPECT_ERROR(store().remove(other), Errc::not_found);
  }
  EXPECT_EQ(statistics().revision, job.revision);
}

TEST_P(JobStoreSuite, AJobRetriesUntilItsAttemptsAreExhausted) {
  auto requested = request();
  requested.max_attempts = 3;
  const auto id = insert(requested).id;
  for (int attempt = 1; attempt <= 3; ++attempt) {
    const auto job = claim();
    ASSERT_EQ(job.id, id);

    const auto after =
        apply(id, event::AttemptFailed{job.token, {Errc::io, "again", true}, milliseconds(100)}).job;
    EXPECT_EQ(after.attempt, attempt);
    EXPECT_EQ(after.state, attempt < 3 ? JobState::queued : JobState::failed);
    EXPECT_EQ(claim().id, 0) << "before not_before, or failed";
    clock().step(milliseconds(100));
  }
  EXPECT_EQ(claim().id, 0);
  EXPECT_EQ(apply(id, event::Retried{}).job.attempt, 0);
  EXPECT_EQ(claim().id, id);
}

TEST_P(JobStoreSuite, TokensAlwaysRise) {
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
  EXPECT_EQ(expect_ok(store().expire_leases(10)).size(), 1U);
  claimed();
}

/// A worker that has lost its claim, in each possible way.
TEST_P(JobStoreSuite, ALateWorkerIsFenced) {
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
        EXPECT_EQ(claim().id, job.id);  // by another worker
      },
      [&](const Job& job) { expect_ok(store().remove(job.id)); },
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
    const ClaimHeartbeat beat{job.claim(), 0.5};
    EXPECT_EQ(expect_ok(store().heartbeat({&beat, 1}, milliseconds(10'000))), std::vector{job.claim()});
    EXPECT_EQ(statistics().revision, latest);
    if (!gone) expect_ok(store().remove(job.id));
  }
}

TEST_P(JobStoreSuite, RemovesAJobInEveryState) {
  for (const auto state : kStates) {
    SCOPED_TRACE(to_string(state));
    const auto job = job_in(state);
    EXPECT_EQ(describe(expect_ok(store().remove(job.id))), describe(job));
    EXPECT_ERROR(store().find(job.id), Errc::not_found);
    EXPECT_EQ(log().back().kind, ChangeKind::removed);
    EXPECT_EQ(log().back().state, state);
  }
  EXPECT_EQ(claim().id, 0);
  EXPECT_TRUE(expect_ok(store().list({})).empty());
  EXPECT_EQ(statistics().owners, 0U);
}

TEST_P(JobStoreSuite, ReopeningKeepsEverything) {
  std::vector<std::string> before;
  for (const auto state :
       {JobState::running, JobState::succeeded, JobState::failed, JobState::cancelled, JobState::queued}) {
    job_in(state);
  }
  for (const auto& job : expect_ok(store().list({}))) before.push_back(describe(job));
  const auto lines = log().size();
  open_again();
  std::vector<std::string> after;
  for (const auto& job : expect_ok(store().list({}))) after.push_back(describe(job));
  EXPECT_EQ(after, before);
  EXPECT_EQ(log().size(), lines);
  EXPECT_EQ(statistics().in(JobState::running), 1U);
  EXPECT_EQ(claim().id, 5);
  clock().step(milliseconds(10'001));
  EXPECT_EQ(expect_ok(store().expire_leases(10)).size(), 2U);
}

}  // namespace convert::conformance
