// SPDX-License-Identifier: MIT
// What a job is when it is new, and which requests are none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample_jobs.hpp"

namespace convert::test {
namespace {

TEST(NewJob, IsQueuedFromNowOn) {
  const auto job = *new_job(request(), kNow);
  EXPECT_EQ(job.state, JobState::queued);
  EXPECT_EQ(job.created, kNow);
  EXPECT_EQ(job.not_before, Time{});
  EXPECT_EQ(job.request.inputs, request().inputs);
  EXPECT_EQ(job.token, 0);
  EXPECT_FALSE(job.finished || job.started || job.error);
}

TEST(NewJob, WaitsForTheTimeThatIsAskedFor) {
  auto requested = request();
  requested.not_before = kNow + milliseconds(5);
  EXPECT_EQ(new_job(requested, kNow)->not_before, requested.not_before);
  requested.not_before = kNow - milliseconds(5);
  EXPECT_EQ(new_job(requested, kNow)->not_before, requested.not_before);
}

/// One step beyond a bound is refused, with a sentence that names it; the bound itself is not.
struct Bound {
  std::string named;
  void (*within)(JobRequest&);
  void (*beyond)(JobRequest&);
};

void many_inputs(JobRequest& requested, int count) {
  requested.inputs.clear();
  for (int n = 0; n < count; ++n) requested.inputs.push_back({"", "in/" + std::to_string(n), 0, ""});
}

TEST(NewJob, Bounds) {
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

}  // namespace
}  // namespace convert::test
