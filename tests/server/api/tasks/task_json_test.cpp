// SPDX-License-Identifier: MIT
#include "api/tasks/task_json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <chrono>
#include <set>

#include <convert/library.hpp>

namespace convert::server::api {
namespace {

using testing::HasSubstr;
using testing::Not;

std::span<const Format> formats() {
  static const Library library;
  return library.formats();
}

Job job() {
  Job job;
  job.id = 7;
  job.state = JobState::succeeded;
  job.request.owner = "abcd";
  job.request.inputs = {JobInput{"Song.MP3", "input/1", 10, std::string(64, 'a')}};
  job.request.spec.format = "wav";
  job.request.spec.sample_rate = 44'100;
  job.request.labels[kNameLabel] = "Song.MP3";
  job.outputs = {JobOutput{"Song.wav", "output/1", 20, std::string(64, 'b'), "audio/wav", {}}};
  job.progress = 1;
  job.created = Time(std::chrono::milliseconds(1'700'000'000'123));
  job.revision = 12;
  return job;
}

TEST(Task, HasTheDocumentedJson) {
  EXPECT_EQ(
      task_json(job(), "ann", formats()),
      R"({"id":7,"name":"Song.MP3","title":null,"originalExt":"mp3","convertedExt":"wav",)"
      R"("state":"PROCESSED","progress":1,)"
      R"("timestamp":"2023-11-14T22:13:20.123Z","user":"ann","options":{"sample_rate":44100},"attempt":0,)"
      R"("error":null,"outputs":[{"name":"Song.wav","size":20,"contentType":"audio/wav","sha256":")" +
          std::string(64, 'b') + R"(","url":"/api/tasks/7/outputs/Song.wav"}],"warnings":[]})");
}

TEST(Task, ShowsNeitherBlobKeysNorOwnerIds) {
  const std::string text = task_json(job(), "ann", formats());
  EXPECT_THAT(text, Not(HasSubstr("input/1")));
  EXPECT_THAT(text, Not(HasSubstr("output/1")));
  EXPECT_THAT(text, Not(HasSubstr("abcd")));
}

TEST(Task, ConvertsStateNames) {
  std::set<std::string_view> names;
  for (const JobState state :
       {JobState::queued, JobState::running, JobState::succeeded, JobState::failed, JobState::cancelled}) {
    names.insert(task_state(state));
    EXPECT_EQ(job_state(task_state(state)), state);
  }
  EXPECT_THAT(names, testing::ElementsAre("CANCELLED", "FAILED", "PROCESSED", "PROCESSING", "UPLOADED"));
  EXPECT_FALSE(job_state("processed"));
  EXPECT_FALSE(job_state(""));
}

TEST(Task, ShowsTheDefaultExtensionOfTheFormat) {
  Job other = job();
  for (const Format& format : formats()) {
    const auto extension = format.extensions.empty() ? format.name : format.extensions.front();
    other.request.spec.format = format.name;
    EXPECT_THAT(task_json(other, "ann", formats()),
                HasSubstr("\"convertedExt\":\"" + std::string(extension) + "\""));
  }
  other.request.spec.format = "wav";
  EXPECT_THAT(task_json(other, "ann", {}), HasSubstr("\"convertedExt\":\"wav\""));
}

TEST(Task, HidesInternalErrors) {
  Job failed = job();
  failed.state = JobState::failed;
  failed.error = Error{Errc::io, "Cannot open /srv/blobs/input/secret: permission denied.", true};
  const std::string inside = task_json(failed, "ann", formats());
  EXPECT_THAT(inside, HasSubstr(R"("error":{"code":"io","message":")"));
  EXPECT_THAT(inside, Not(HasSubstr("/srv/blobs")));
  failed.error = Error{Errc::corrupt_input, "The file is damaged.", false};
  EXPECT_THAT(task_json(failed, "ann", formats()),
              HasSubstr(R"("error":{"code":"corrupt_input","message":"The file is damaged."})"));
}

TEST(Task, EscapesUrls) {
  EXPECT_EQ(output_url(7, "a b?c#d%.wav"), "/api/tasks/7/outputs/a%20b%3Fc%23d%25.wav");
  EXPECT_EQ(output_url(7, "folder/a.wav"), "/api/tasks/7/outputs/folder_a.wav");
  EXPECT_EQ(output_url(7, "é.wav"), "/api/tasks/7/outputs/%C3%A9.wav");
}

TEST(Task, UsesTheNameOfTheFirstInputWithoutALabel) {
  Job plain = job();
  plain.request.labels.clear();
  EXPECT_EQ(task_name(plain), "Song.MP3");
  plain.request.inputs.clear();
  EXPECT_EQ(task_name(plain), "");
}

TEST(Task, ShowsWarnings) {
  Job warned = job();
  warned.warnings = {Warning{WarningCode::truncated, "The input ends early."}};
  EXPECT_THAT(task_json(warned, "ann", formats()),
              HasSubstr(R"("warnings":[{"code":"truncated","message":"The input ends early."}])"));
}

TEST(Task, RendersListsAsArrays) {
  EXPECT_EQ(tasks_json({}, "ann", formats()), "[]");
  const std::vector<Job> two{job(), job()};
  const std::string one = task_json(job(), "ann", formats());
  EXPECT_EQ(tasks_json(two, "ann", formats()), "[" + one + "," + one + "]");
}

}  // namespace
}  // namespace convert::server::api
