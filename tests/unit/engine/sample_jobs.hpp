// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <convert/life_cycle.hpp>

/// Sample jobs in each state, and sample events.
namespace convert::test {

using std::chrono::milliseconds;

inline constexpr JobState kStates[] = {JobState::queued, JobState::running, JobState::succeeded,
                                       JobState::failed, JobState::cancelled};
inline const Time kNow(milliseconds(1'800'000'000'000));

inline JobRequest request() {
  JobRequest made;
  made.owner = "ann";
  made.inputs = {{"a.wav", "in/1", 10, "aa"}, {"b.wav", "in/2", 20, "bb"}};
  made.spec.format = "mp3";
  made.fingerprint = "print";
  made.labels = {{"a", "b"}};
  return made;
}

/// A job in that state with some history.
inline Job job_in(JobState state) {
  Job job;
  job.id = 7;
  job.state = state;
  job.request = request();
  job.attempt = 1;
  job.interruptions = 2;
  job.token = 5;
  job.revision = 40;
  job.created = kNow - milliseconds(9000);
  job.not_before = kNow - milliseconds(8000);
  job.started = kNow - milliseconds(3000);
  job.error = Error{Errc::io, "the last attempt failed", true};
  if (state == JobState::running) {
    job.worker = "host-1";
    job.progress = 0.5;
  }
  if (ended(state)) job.finished = kNow - milliseconds(1000);
  if (state == JobState::succeeded) {
    job.error.reset();
    job.progress = 1;
    job.outputs = {{"a.mp3", "7/5/a.mp3", 5, "cc", "audio/mpeg", {}},
                   {"b.mp3", "7/5/b.mp3", 6, "dd", "", {}}};
    job.warnings = {{WarningCode::truncated, "w"}};
  }
  return job;
}

inline OutputSpec other_spec() {
  OutputSpec spec;
  spec.format = "ogg";
  return spec;
}

inline event::Completed completed(std::int64_t token) {
  return {token, {{"o.mp3", "7/5/o.mp3", 1, "ee", "", {}}}, {{WarningCode::damaged, "d"}}};
}
inline event::AttemptFailed failed(std::int64_t token, bool retryable,
                                   milliseconds retry_in = milliseconds(250)) {
  return {token, {Errc::corrupt_input, "this attempt failed", retryable}, retry_in};
}

}  // namespace convert::test
