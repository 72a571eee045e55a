// SPDX-License-Identifier: MIT
// Calls that create no task (probe, plan), and answers while conversions or the storage are unavailable.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "http/support/live_server.hpp"
#include "http/support/task_client.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ProbeAndPlan, ProbesAFileAndStoresNothing) {
  const LiveServer server;
  const TaskClient ann(server.url(), "ann");
  const auto info =
      ann.api().request("POST", "/api/probe", {"--data-binary", "@" + ann.file("song.wav", wav_clip())});
  ASSERT_EQ(info.status, 200) << info;
  EXPECT_EQ(member(info.body, "format"), "wav");
  EXPECT_EQ(member(info.body, "size"), std::to_string(wav_clip().size()));
  const auto bad = ann.api().request("POST", "/api/probe", {"--data-binary", "no sound at all, only words"});
  EXPECT_EQ(bad.status, 422) << bad;
  EXPECT_TRUE(wait_until_empty(server));
}

TEST(ProbeAndPlan, PlansAConversion) {
  const LiveServer server;
  const TaskClient ann(server.url(), "ann");
  const std::string path = ann.file("song.wav", wav_clip());
  const auto plan = ann.api().request("POST", "/api/plan?to=mp3&bitrate=128k", {"--data-binary", "@" + path});
  ASSERT_EQ(plan.status, 200) << plan;
  EXPECT_EQ(member(plan.body, "format"), "mp3");
  EXPECT_THAT(plan.body, HasSubstr("\"action\":\"encode\""));
  const auto send_request = [&](const std::string& query) {
    return ann.api().request("POST", "/api/plan" + query, {"--data-binary", "@" + path});
  };
  expect_problem(send_request(""), 400, "no_format");
  expect_problem(send_request("?to=exe"), 415, "unsupported_format");
  expect_problem(send_request("?to=mp3&colour=red"), 400, "unsupported");
  expect_problem(send_request("?to=mp3&bitrate=1"), 400, "invalid_argument");
  for (const std::string twice : {"?to=mp3&to=wav", "?to=mp3&bitrate=128k&bitrate=64k"}) {
    const auto refused = send_request(twice);
    expect_problem(refused, 400, "invalid_argument");
    EXPECT_THAT(refused.body, HasSubstr("occurs twice with different values"));
    expect_problem(ann.api().request("POST", "/api/convert" + twice, {"--data-binary", "@" + path}), 400,
                   "invalid_argument");
  }
  EXPECT_EQ(send_request("?to=mp3&to=mp3").status, 200);
  expect_problem(send_request("?to=mp3&format=flac"), 400, "invalid_argument");
  EXPECT_EQ(send_request("?to=mp3&format=MP3").status, 200);
  EXPECT_EQ(send_request("?to=mp3&options=").status, 200);
  EXPECT_TRUE(wait_until_empty(server));
}

TEST(ProbeAndPlan, ReportsAMissingArchiveEntryAsAnInputError) {
  const LiveServer server;
  const TaskClient ann(server.url(), "ann");
  const std::string path = ann.file("song.wav", wav_clip());
  const auto packed = ann.api().request("POST", "/api/convert?to=tar", {"--data-binary", "@" + path});
  ASSERT_EQ(packed.status, 200);
  const std::string archive = ann.file("songs.tar", packed.body);
  const auto missing =
      ann.api().request("POST", "/api/convert?to=raw&entry=nope", {"--data-binary", "@" + archive});
  expect_problem(missing, 422, "not_found");
  EXPECT_THAT(missing.body, HasSubstr("no such entry"));
  const std::string id = task_id(ann.create(archive, {"newFormat=raw", R"(options={"entry":"nope"})"}));
  ASSERT_EQ(ann.ended(id), "FAILED");
  EXPECT_THAT(ann.api().get("/api/tasks/" + id).body, HasSubstr("no such entry"));
}

TEST(Storage, LogsErrorsOfTheStorage) {
  NEED_DIRECT_CONNECTION();  // the document does not list a 500
  const LiveServer server;
  const TaskClient ann(server.url(), "ann");
  const std::string path = ann.file("song.wav", wav_clip());
  EXPECT_EQ(ann.api().get("/readyz").status, 200);
  std::filesystem::remove_all(server.folder() / "blobs");
  const auto refused = ann.create(path, {"newFormat=mp3"});
  expect_problem(refused, 500, "io");
  EXPECT_THAT(refused.body, Not(HasSubstr("No such file")));
  EXPECT_THAT(server.log(), HasSubstr("No such file"));
  EXPECT_EQ(ann.api().get("/readyz").status, 503);
}

TEST(ProbeAndPlan, RejectsAFormInsteadOfAFile) {
  const LiveServer server;
  const TaskClient ann(server.url(), "ann");
  const std::string path = ann.file("song.wav", wav_clip());
  for (const std::string route : {"/api/probe", "/api/plan?to=mp3", "/api/convert?to=mp3"}) {
    SCOPED_TRACE(route);
    expect_problem(ann.api().request("POST", route, {"-F", "file=@" + path}), 415, "unsupported_type");
    expect_problem(ann.api().request("POST", route), 422, "empty_input");
  }
}

TEST(Readiness, AnswersStartingBeforeTheEngineRuns) {
  const LiveServer server([](LiveSettings& settings) {
    settings.starts_engine = false;
    settings.engine.execution.reset();
  });
  const TaskClient ann(server.url(), "ann");
  const std::string path = ann.file("song.wav", wav_clip());
  const auto starting = [](const CurlResponse& answer) {
    expect_problem(answer, 503, "starting");
    EXPECT_TRUE(answer.field("Retry-After"));
  };
  starting(ann.create(path, {"newFormat=mp3"}));
  starting(ann.api().request("POST", "/api/convert?to=mp3", {"--data-binary", "@" + path}));
  starting(ann.api().request("POST", "/api/probe", {"--data-binary", "@" + path}));
  EXPECT_EQ(ann.api().get("/api/tasks").status, 200);
}

}  // namespace
}  // namespace convert::test
