// SPDX-License-Identifier: MIT
#pragma once

#include "conformance/job_store/job_store_fixture.hpp"

/// Usage of an owner, and the filter by file name.
namespace convert::conformance {

inline void PrintTo(const Usage& usage, std::ostream* out) {
  *out << usage.jobs << " jobs, " << usage.unfinished << " unfinished, " << usage.input_bytes
       << " bytes of inputs, " << usage.output_bytes << " of outputs";
}

TEST_P(JobStoreSuite, UsageCountsOneOwner) {
  EXPECT_EQ(expect_ok(store().usage("ann")), Usage{});
  auto requested = request("ann");
  requested.inputs.push_back({"cover.png", "in/cover", 23, ""});
  insert(requested);
  insert(request("ben"));
  insert(request("ann"));
  insert(request(""));
  EXPECT_EQ(expect_ok(store().usage("ann")), (Usage{2, 2, 2023, 0}));
  EXPECT_EQ(expect_ok(store().usage("ben")), (Usage{1, 1, 1000, 0}));
  EXPECT_EQ(expect_ok(store().usage("")), (Usage{1, 1, 1000, 0}));
  EXPECT_EQ(expect_ok(store().usage("an")), Usage{});
  open_again();
  EXPECT_EQ(expect_ok(store().usage("ann")), (Usage{2, 2, 2023, 0}));
}

TEST_P(JobStoreSuite, UsageFollowsTheStatesOfAJob) {
  const auto usage = [&] { return expect_ok(store().usage("ann")); };
  auto job = running();
  EXPECT_EQ(usage(), (Usage{1, 1, 1000, 0}));
  complete(job);
  EXPECT_EQ(usage(), (Usage{1, 0, 1000, 10}));
  OutputSpec spec;
  spec.format = "ogg";
  apply(job.id, event::Replaced{spec, ""});
  EXPECT_EQ(usage(), (Usage{1, 1, 1000, 0}));
  job = claim();
  auto outputs = outputs_of(job);
  outputs.push_back(outputs.front());
  outputs.back().key += "-2";
  outputs.back().size = 5'000'000'000;
  apply(job.id, event::Completed{job.token, outputs, {}});
  EXPECT_EQ(usage(), (Usage{1, 0, 1000, 5'000'000'010}));
  open_again();
  EXPECT_EQ(usage(), (Usage{1, 0, 1000, 5'000'000'010}));
  apply(job.id, event::OutputsExpired{});
  EXPECT_EQ(usage(), (Usage{1, 0, 1000, 0}));
  apply(job.id, event::InputsExpired{});
  EXPECT_EQ(usage(), (Usage{1, 0, 0, 0}));
  expect_ok(store().remove(job.id));
  EXPECT_EQ(usage(), Usage{});
}

TEST_P(JobStoreSuite, EndedJobsAreNotUnfinished) {
  for (const auto state : {JobState::running, JobState::succeeded, JobState::failed, JobState::cancelled}) {
    job_in(state);
  }
  insert();
  EXPECT_EQ(expect_ok(store().usage("ann")), (Usage{5, 2, 5000, 10}));
}

TEST_P(JobStoreSuite, FilesAreFoundByTheirFullName) {
  const std::vector<std::string> names{
      "song.wav",         "Song.wav", "a \"quoted\" \\ name.wav", "S\xC3\xBC\xC3\x9F/\xF0\x9F\x8E\xB5.wav",
      "tab\tand\x01.wav", "50%_.wav", "'; DROP TABLE jobs; --"};
  std::vector<JobId> made;
  for (const auto& name : names) {
    auto requested = request();
    requested.inputs.insert(requested.inputs.begin(), {"first", requested.inputs.front().key + "-0", 1, ""});
    requested.inputs.back().name = name;
    made.push_back(insert(requested).id);
  }
  open_again();
  JobFilter filter;
  filter.owner = "ann";
  for (std::size_t n = 0; n < names.size(); ++n) {
    filter.file = names[n];
    EXPECT_EQ(ids(expect_ok(store().list(filter))), std::vector{made[n]}) << names[n];
  }
  for (const auto* other : {"song", "song.wa", "song.wav ", "SONG.WAV", "name", "in/1", "%.wav"}) {
    filter.file = other;
    EXPECT_TRUE(expect_ok(store().list(filter)).empty()) << other;
  }
}

TEST_P(JobStoreSuite, FilesAreFoundUntilTheyExpire) {
  const auto first = complete(running());
  const auto second = insert();
  insert(request("ben"));
  JobFilter filter;
  filter.owner = "ann";
  const auto found = [&](const std::string& file) {
    filter.file = file;
    return ids(expect_ok(store().list(filter)));
  };
  using Ids = std::vector<JobId>;
  EXPECT_EQ(found("song.wav"), (Ids{first.id, second.id}));
  EXPECT_EQ(found("song.mp3"), Ids{first.id});
  filter.descending = true;
  filter.max = 1;
  EXPECT_EQ(found("song.wav"), Ids{second.id});
  filter.after = second.id;
  EXPECT_EQ(found("song.wav"), Ids{first.id});
  filter.after = 0;
  filter.states = {JobState::succeeded};
  EXPECT_EQ(found("song.wav"), Ids{first.id});
  apply(first.id, event::OutputsExpired{});
  EXPECT_TRUE(found("song.mp3").empty());
  EXPECT_EQ(found("song.wav"), Ids{first.id});
  apply(first.id, event::InputsExpired{});
  EXPECT_TRUE(found("song.wav").empty());
  filter.owner.reset();
  EXPECT_ERROR(store().list(filter), Errc::invalid_argument);
}

}  // namespace convert::conformance
