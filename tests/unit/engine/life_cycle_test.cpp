// SPDX-License-Identifier: MIT
// The life cycle of a job: every event in every state, new jobs, and the delay between attempts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <sstream>

#include <convert/json.hpp>

#include "sample_jobs.hpp"

namespace convert::test {
namespace {

constexpr auto Q = JobState::queued;
constexpr auto R = JobState::running;
constexpr auto S = JobState::succeeded;
constexpr auto F = JobState::failed;
constexpr auto C = JobState::cancelled;

/// The expected result: a state, no change, or an error.
struct Outcome {
  std::optional<JobState> state{};
  std::optional<Errc> error{};
};
const Outcome conflict{{}, Errc::conflict};
const Outcome unchanged{};
Outcome to(JobState state) { return {state, {}}; }

struct Row {
  std::string name;
  Event event;
  ChangeKind kind;
  std::vector<Outcome> outcomes;  // from queued, running, succeeded, failed, cancelled
};

/// The table of life_cycle.hpp, for a job whose claim has the token 5 and that failed once.
std::vector<Row> table() {
  const std::vector<Outcome> never(5, conflict);
  const auto only_running = [](JobState state) {
    return std::vector<Outcome>{conflict, to(state), conflict, conflict, conflict};
  };
  return {
      {"Claimed",
       event::Claimed{"host-2", 6},
       ChangeKind::claimed,
       {to(R), conflict, conflict, conflict, conflict}},
      {"Claimed, same token", event::Claimed{"host-2", 5}, ChangeKind::claimed, never},
      {"Claimed, old token", event::Claimed{"host-2", 4}, ChangeKind::claimed, never},
      {"Completed", completed(5), ChangeKind::completed, only_running(S)},
      {"Completed, old token", completed(4), ChangeKind::completed, never},
      {"Completed, new token", completed(6), ChangeKind::completed, never},
      {"Completed, no token", completed(0), ChangeKind::completed, never},
      {"Failed, again", failed(5, true), ChangeKind::attempt_failed, only_running(Q)},
      {"Failed, for good", failed(5, false), ChangeKind::attempt_failed, only_running(F)},
      {"Failed, old token", failed(4, true), ChangeKind::attempt_failed, never},
      {"Failed, new token", failed(6, false), ChangeKind::attempt_failed, never},
      {"Released", event::Released{5, {}}, ChangeKind::released, only_running(Q)},
      {"Released, old token", event::Released{4, {}}, ChangeKind::released, never},
      {"Released, new token", event::Released{6, {}}, ChangeKind::released, never},
      {"Interrupted", event::Interrupted{5}, ChangeKind::interrupted, only_running(Q)},
      {"Interrupted, old token", event::Interrupted{4}, ChangeKind::interrupted, never},
      {"Interrupted, new token", event::Interrupted{6}, ChangeKind::interrupted, never},
      {"Cancelled", event::Cancelled{}, ChangeKind::cancelled, {to(C), to(C), conflict, conflict, unchanged}},
      {"Retried", event::Retried{}, ChangeKind::retried, {unchanged, conflict, conflict, to(Q), to(Q)}},
      {"Replaced",
       event::Replaced{other_spec(), "p"},
       ChangeKind::replaced,
       {to(Q), to(Q), to(Q), to(Q), to(Q)}},
      {"OutputsExpired",
       event::OutputsExpired{},
       ChangeKind::outputs_expired,
       {conflict, conflict, to(S), unchanged, unchanged}},
      {"InputsExpired",
       event::InputsExpired{},
       ChangeKind::inputs_expired,
       {conflict, conflict, to(S), to(F), to(C)}},
  };
}

std::string text(const Job& job) {
  std::ostringstream keys;
  for (const auto& input : job.request.inputs) keys << " " << input.key;
  for (const auto& output : job.outputs) keys << " " << output.key;
  return to_json(job) + keys.str();
}

TEST(LifeCycle, EveryEventInEveryState) {
  for (const auto& row : table()) {
    for (std::size_t from = 0; from < kJobStates; ++from) {
      SCOPED_TRACE(row.name + ", " + std::string(to_string(kStates[from])));
      const auto before = job_in(kStates[from]);
      const auto& expected = row.outcomes[from];
      const auto step = apply_event(before, row.event, kNow);
      if (expected.error) {
        ASSERT_FALSE(step);
        EXPECT_EQ(step.error().code, *expected.error);
        EXPECT_FALSE(step.error().retryable);
        EXPECT_THAT(step.error().message,
                    testing::HasSubstr("Job 7 is " + std::string(to_string(kStates[from]))));
        continue;
      }
      ASSERT_TRUE(step) << step.error().message;
      EXPECT_EQ(step->kind, row.kind);
      EXPECT_EQ(step->changed, expected.state.has_value());
      if (!expected.state) {
        EXPECT_EQ(text(step->job), text(before));
        EXPECT_TRUE(step->dropped_keys.empty());
        continue;
      }
      EXPECT_EQ(step->job.state, *expected.state);
      EXPECT_EQ(step->job.revision, before.revision) << "the store sets it";
      EXPECT_EQ(step->job.id, before.id);
      EXPECT_EQ(step->job.created, before.created);
      EXPECT_EQ(step->job.finished.has_value(), ended(*expected.state));
      EXPECT_EQ(step->job.worker.empty(), *expected.state != R);
    }
  }
}

/// Compares the result of `apply_event` with the expected changes.
template <class Change>
Job expect_exactly(const Job& before, const Event& event, Change change, std::vector<Key> dropped = {}) {
  const auto step = apply_event(before, event, kNow);
  EXPECT_TRUE(step) << step.error().message;
  if (!step) return before;
  auto expected = before;
  change(expected);
  EXPECT_EQ(text(step->job), text(expected));
  EXPECT_EQ(step->dropped_keys, dropped);
  return step->job;
}

TEST(LifeCycle, Claimed) {
  expect_exactly(job_in(Q), event::Claimed{"host-2", 6}, [](Job& job) {
    job.state = R;
    job.worker = "host-2";
    job.token = 6;
    job.started = kNow;
  });
}

TEST(LifeCycle, RejectsAClaimBeforeNotBefore) {
  auto job = job_in(Q);
  job.not_before = kNow + milliseconds(1);
  EXPECT_EQ(apply_event(job, event::Claimed{"w", 6}, kNow).error().code, Errc::conflict);
  EXPECT_TRUE(apply_event(job, event::Claimed{"w", 6}, kNow + milliseconds(1)));
}

TEST(LifeCycle, Completed) {
  expect_exactly(job_in(R), completed(5), [](Job& job) {
    job.state = S;
    job.outputs = completed(5).outputs;
    job.warnings = completed(5).warnings;
    job.error.reset();
    job.worker.clear();
    job.progress = 1;
    job.finished = kNow;
  });
}

TEST(LifeCycle, RetriesARetryableFailure) {
  expect_exactly(job_in(R), failed(5, true), [](Job& job) {
    job.state = Q;
    job.attempt = 2;
    job.error = failed(5, true).error;
    job.worker.clear();
    job.progress = 0;
    job.not_before = kNow + milliseconds(250);
  });
}

TEST(LifeCycle, FailsOnAPermanentFailure) {
  expect_exactly(job_in(R), failed(5, false), [](Job& job) {
    job.state = F;
    job.attempt = 2;
    job.error = failed(5, false).error;
    job.worker.clear();
    job.finished = kNow;
  });
}

TEST(LifeCycle, FailsAfterTheLastAttempt) {
  auto job = job_in(R);
  job.request.max_attempts = 3;
  job.attempt = 1;
  EXPECT_EQ(apply_event(job, failed(5, true), kNow)->job.state, Q);
  job.attempt = 2;
  const auto given_up = apply_event(job, failed(5, true), kNow)->job;
  EXPECT_EQ(given_up.state, F);
  EXPECT_EQ(given_up.attempt, 3);
  EXPECT_EQ(given_up.error->message, "this attempt failed");
  job.request.max_attempts = 1;
  job.attempt = 0;
  EXPECT_EQ(apply_event(job, failed(5, true), kNow)->job.state, F);
}

TEST(LifeCycle, Released) {
  expect_exactly(job_in(R), event::Released{5, milliseconds(10)}, [](Job& job) {
    job.state = Q;
    job.worker.clear();
    job.progress = 0;
    job.not_before = kNow + milliseconds(10);
  });
}

TEST(LifeCycle, ClampsExtremeDelays) {
  const auto at = [](milliseconds wait) {
    return apply_event(job_in(R), event::Released{5, wait}, kNow)->job.not_before;
  };
  EXPECT_EQ(at(milliseconds(-5)), Time{});
  EXPECT_EQ(at(milliseconds::min()), Time{});
  EXPECT_EQ(at(milliseconds::max()), Time::max());
}

TEST(LifeCycle, Interrupted) {
  expect_exactly(job_in(R), event::Interrupted{5}, [](Job& job) {
    job.state = Q;
    job.interruptions = 3;
    job.worker.clear();
    job.progress = 0;
    job.not_before = job.request.not_before;
  });
}

TEST(LifeCycle, DelaysAJobThatWasInterruptedOften) {
  std::vector<std::int64_t> seconds;
  for (int before = 0; before < 14; ++before) {
    auto job = job_in(R);
    job.interruptions = before;
    const auto waits_until = std::max(kNow, apply_event(job, event::Interrupted{5}, kNow)->job.not_before);
    seconds.push_back((waits_until - kNow).count() / 1000);
  }
  EXPECT_THAT(seconds, testing::ElementsAre(0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60));
}

TEST(LifeCycle, FailsAJobThatWasInterruptedTooOften) {
  auto job = job_in(R);
  job.request.max_interruptions = 2;
  job.interruptions = 1;
  EXPECT_EQ(apply_event(job, event::Interrupted{5}, kNow)->job.state, Q);
  job.interruptions = 2;
  const auto given_up = apply_event(job, event::Interrupted{5}, kNow)->job;
  EXPECT_EQ(given_up.state, F);
  EXPECT_EQ(given_up.interruptions, 3);
  EXPECT_EQ(given_up.attempt, 1);
  EXPECT_EQ(given_up.finished, kNow);
  EXPECT_EQ(given_up.error->code, Errc::crashed);
  EXPECT_THAT(given_up.error->message, testing::HasSubstr("3 hosts died"));
}

TEST(LifeCycle, Cancelled) {
  for (const auto state : {Q, R}) {
    expect_exactly(job_in(state), event::Cancelled{}, [](Job& job) {
      job.state = C;
      job.worker.clear();
      job.finished = kNow;
    });
  }
}

void begin_again(Job& job) {
  job.state = Q;
  job.attempt = 0;
  job.interruptions = 0;
  job.error.reset();
  job.warnings.clear();
  job.outputs.clear();
  job.worker.clear();
  job.progress = 0;
  job.not_before = job.request.not_before;
  job.finished.reset();
  job.outputs_expired = false;
}

TEST(LifeCycle, Retried) {
  for (const auto state : {F, C}) expect_exactly(job_in(state), event::Retried{}, begin_again);
}

TEST(LifeCycle, Replaced) {
  for (const auto state : kStates) {
    const auto dropped = state == S ? std::vector<Key>{"7/5/a.mp3", "7/5/b.mp3"} : std::vector<Key>{};
    expect_exactly(
        job_in(state), event::Replaced{other_spec(), "other"},
        [](Job& job) {
          begin_again(job);
          job.request.spec = other_spec();
          job.request.fingerprint = "other";
        },
        dropped);
  }
}

TEST(LifeCycle, ReplacedFencesTheRunningWorker) {
  const auto queued = apply_event(job_in(R), event::Replaced{other_spec(), ""}, kNow)->job;
  EXPECT_EQ(apply_event(queued, completed(5), kNow).error().code, Errc::conflict);
  const auto claimed = apply_event(queued, event::Claimed{"host-2", 6}, kNow)->job;
  for (const Event& late : {Event(completed(5)), Event(failed(5, false)), Event(event::Released{5, {}}),
                            Event(event::Interrupted{5})}) {
    EXPECT_EQ(apply_event(claimed, late, kNow).error().code, Errc::conflict);
  }
}

TEST(LifeCycle, RerunKeepsTheRequestedNotBefore) {
  auto job = job_in(C);
  job.request.not_before = kNow + milliseconds(5000);
  EXPECT_EQ(apply_event(job, event::Retried{}, kNow)->job.not_before, job.request.not_before);
  EXPECT_EQ(apply_event(job, event::Replaced{other_spec(), ""}, kNow)->job.not_before,
            job.request.not_before);
}

TEST(LifeCycle, OutputsExpired) {
  const auto gone = expect_exactly(job_in(S), event::OutputsExpired{},
                                   [](Job& job) {
                                     job.outputs.clear();
                                     job.outputs_expired = true;
                                   },
                                   {"7/5/a.mp3", "7/5/b.mp3"});
  EXPECT_FALSE(apply_event(gone, event::OutputsExpired{}, kNow)->changed);
}

TEST(LifeCycle, ExpiresOnlyJobsThatEndedBeforeTheGivenTime) {
  auto job = job_in(S);
  job.finished = kNow;
  const auto after = kNow + milliseconds(1);
  EXPECT_EQ(apply_event(job, event::OutputsExpired{kNow}, after).error().code, Errc::conflict);
  EXPECT_EQ(apply_event(job, event::InputsExpired{kNow}, after).error().code, Errc::conflict);
  EXPECT_TRUE(apply_event(job, event::OutputsExpired{after}, after)->changed);
  EXPECT_TRUE(apply_event(job, event::InputsExpired{after}, after)->changed);
}

TEST(LifeCycle, InputsExpired) {
  for (const auto state : {S, F, C}) {
    const auto gone = expect_exactly(job_in(state), event::InputsExpired{},
                                     [](Job& job) { job.inputs_expired = true; }, {"in/1", "in/2"});
    EXPECT_FALSE(apply_event(gone, event::InputsExpired{}, kNow)->changed);
    const auto replaced = apply_event(gone, event::Replaced{other_spec(), ""}, kNow);
    EXPECT_EQ(replaced.error().code, Errc::not_found);
    EXPECT_THAT(replaced.error().message, testing::HasSubstr(to_string(state)));
    EXPECT_EQ(apply_event(gone, event::Retried{}, kNow).error().code,
              state == S ? Errc::conflict : Errc::not_found);
  }
}

TEST(NewJob, IsQueued) {
  const auto job = *new_job(request(), kNow);
  EXPECT_EQ(job.state, JobState::queued);
  EXPECT_EQ(job.created, kNow);
  EXPECT_EQ(job.not_before, Time{});
  EXPECT_EQ(job.request.inputs, request().inputs);
  EXPECT_EQ(job.token, 0);
  EXPECT_FALSE(job.finished || job.started || job.error);
}

TEST(NewJob, KeepsTheRequestedNotBefore) {
  auto requested = request();
  requested.not_before = kNow + milliseconds(5);
  EXPECT_EQ(new_job(requested, kNow)->not_before, requested.not_before);
  requested.not_before = kNow - milliseconds(5);
  EXPECT_EQ(new_job(requested, kNow)->not_before, requested.not_before);
}

/// A value beyond the bound is refused with a message that names it; the bound itself is accepted.
struct Bound {
  std::string named;
  void (*within)(JobRequest&);
  void (*beyond)(JobRequest&);
};

void many_inputs(JobRequest& requested, int count) {
  requested.inputs.clear();
  for (int n = 0; n < count; ++n) requested.inputs.push_back({"", "in/" + std::to_string(n), 0, ""});
}

TEST(NewJob, EnforcesTheBoundsOfARequest) {
  const std::vector<Bound> bounds{
      {"owner", [](JobRequest& r) { r.owner.assign(255, 'x'); },
       [](JobRequest& r) { r.owner.assign(256, 'x'); }},
      {"unique key", [](JobRequest& r) { r.unique_key.assign(255, 'x'); },
       [](JobRequest& r) { r.unique_key.assign(256, 'x'); }},
      {"1 to 1000 inputs", [](JobRequest& r) { many_inputs(r, 1); },
       [](JobRequest& r) { many_inputs(r, 0); }},
      {"1 to 1000 inputs", [](JobRequest& r) { many_inputs(r, 1000); },
       [](JobRequest& r) { many_inputs(r, 1001); }},
      {"key", [](JobRequest& r) { r.inputs[0].key = "a/b"; },
       [](JobRequest& r) { r.inputs[0].key = "a//b"; }},
      {"twice", [](JobRequest& r) { r.inputs[0].key = "in/3"; },
       [](JobRequest& r) { r.inputs[0].key = "in/2"; }},
      {"max_attempts", [](JobRequest& r) { r.max_attempts = 1; }, [](JobRequest& r) { r.max_attempts = 0; }},
      {"max_interruptions", [](JobRequest& r) { r.max_interruptions = 0; },
       [](JobRequest& r) { r.max_interruptions = -1; }},
      {"labels",
       [](JobRequest& r) {
         r.labels = {{"abc", std::string(65'533, 'x')}};
       },
       [](JobRequest& r) {
         r.labels = {{"abc", std::string(65'534, 'x')}};
       }},
  };
  for (const auto& bound : bounds) {
    SCOPED_TRACE(bound.named);
    auto requested = request();
    bound.within(requested);
    const auto made = new_job(requested, kNow);
    EXPECT_TRUE(made) << made.error().message;
    bound.beyond(requested);
    const auto refused = new_job(requested, kNow);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::invalid_argument);
    EXPECT_THAT(refused.error().message, testing::HasSubstr(bound.named));
  }
}

std::vector<std::int64_t> waits(const RetryPolicy& policy, int failures, double random = 0.5) {
  std::vector<std::int64_t> found;
  for (int n = 1; n <= failures; ++n) found.push_back(backoff(policy, n, random).count());
  return found;
}

TEST(Backoff, GrowsUpToTheMaximum) {
  EXPECT_THAT(waits({}, 8), testing::ElementsAre(250, 1000, 4000, 16'000, 64'000, 256'000, 300'000, 300'000));
  EXPECT_THAT(waits({milliseconds(100), 2, milliseconds(500), 0}, 5),
              testing::ElementsAre(100, 200, 400, 500, 500));
}

TEST(Backoff, AppliesJitter) {
  EXPECT_EQ(backoff({}, 2, 0).count(), 800);
  EXPECT_EQ(backoff({}, 2, 1).count(), 1200);
  RetryPolicy wide;
  wide.jitter = 1;
  EXPECT_EQ(backoff(wide, 2, 0).count(), 0);
  EXPECT_EQ(backoff(wide, 2, 1).count(), 2000);
}

TEST(Backoff, AcceptsExtremeValues) {
  EXPECT_EQ(backoff({}, 0, 0.5).count(), 250);
  EXPECT_EQ(backoff({}, -7, 0.5).count(), 250);
  EXPECT_EQ(backoff({}, std::numeric_limits<int>::max(), 0.5).count(), 300'000);
  EXPECT_EQ(backoff({}, 1, 7).count(), 300);
  EXPECT_EQ(backoff({milliseconds(0), 4, milliseconds(1000), 0.2}, 5, 0.5).count(), 0);
  EXPECT_EQ(
      backoff({milliseconds(0), 4, milliseconds(1000), 0.2}, std::numeric_limits<int>::max(), 0.5).count(),
      0);
  EXPECT_EQ(backoff({milliseconds(100), 0.5, milliseconds(1000), 0}, 3, 0.5).count(), 100) << "never shorter";
  EXPECT_GT(backoff({milliseconds::max(), 4, milliseconds::max(), 1}, 9, 1).count(), 0);
}

}  // namespace
}  // namespace convert::test
