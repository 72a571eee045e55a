// SPDX-License-Identifier: MIT
// An API host: it knows the formats and accepts tasks without workers, and says which requests need some.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include <convert/library.hpp>

#include "http/support/live_server.hpp"
#include "http/support/task_client.hpp"

namespace convert::test {
namespace {

using testing::HasSubstr;

const Library& catalogue() {
  static const Library library;
  return library;
}

/// An adjustment of LiveServer: no Execution, but the formats of one.
void is_api_host(LiveSettings& settings) {
  settings.starts_engine = false;
  settings.engine.execution.reset();
  settings.engine.formats = catalogue().formats();
  settings.server.jobs_run_elsewhere = true;
}

TEST(ApiHost, IsReadyWithoutWorkers) {
  const LiveServer server(is_api_host);
  const ApiClient anyone(server.url());
  const auto ready = anyone.get("/readyz");
  EXPECT_EQ(ready.status, 200) << ready;
  EXPECT_THAT(ready.body, HasSubstr(R"("conversions":"ok")"));
  const auto formats = anyone.get("/api/formats");
  EXPECT_EQ(formats.status, 200) << formats;
  EXPECT_THAT(formats.body, HasSubstr(R"("mp3")"));
}

TEST(ApiHost, AcceptsTasksAndRefusesUnknownFormats) {
  const LiveServer server(is_api_host);
  const TaskClient ann(server.url(), "ann");
  const std::string path = ann.file("song.wav", wav_clip());
  const auto id = ann.task(path, "mp3");
  EXPECT_EQ(ann.state(id), "UPLOADED");
  expect_problem(ann.create(path, {"newFormat=xyz"}), 415, "unsupported_format");
  expect_problem(ann.create(path, {"newFormat=mp3", "options={\"channels\":99}"}), 400, "invalid_argument");
  EXPECT_EQ(ann.api().get("/api/tasks/" + id + "/input").body, wav_clip());
  EXPECT_EQ(ann.api().request("POST", "/api/tasks/" + id + "/cancel").status, 200);
  EXPECT_EQ(ann.state(id), "CANCELLED");
  EXPECT_EQ(ann.api().request("DELETE", "/api/tasks/" + id).status, 200);
}

TEST(ApiHost, NamesTheReasonWhereItNeedsWorkers) {
  const LiveServer server(is_api_host);
  const TaskClient ann(server.url(), "ann");
  const std::string path = ann.file("song.wav", wav_clip());
  for (const std::string route : {"/api/probe", "/api/plan?to=mp3", "/api/convert?to=mp3"}) {
    SCOPED_TRACE(route);
    const auto answer = ann.api().request("POST", route, {"--data-binary", "@" + path});
    expect_problem(answer, 503, "no_workers");
    EXPECT_THAT(answer.body, HasSubstr("POST /api/tasks"));
    EXPECT_TRUE(answer.field("Retry-After"));
  }
  expect_problem(ann.api().request("POST", "/api/convert?to=xyz", {"--data-binary", "@" + path}), 415,
                 "unsupported_format");
}

TEST(ApiHost, AnswersWhatNeedsWorkersIfItHasSome) {
  const LiveServer server([](LiveSettings& settings) {
    const auto execution = settings.engine.execution;
    is_api_host(settings);
    settings.engine.execution = execution;
  });
  const TaskClient ann(server.url(), "ann");
  const std::string path = ann.file("song.wav", wav_clip());
  EXPECT_EQ(ann.api().request("POST", "/api/probe", {"--data-binary", "@" + path}).status, 200);
  const auto converted = ann.api().request("POST", "/api/convert?to=mp3", {"--data-binary", "@" + path});
  EXPECT_EQ(converted.status, 200) << converted;
  EXPECT_EQ(ann.state(ann.task(path, "mp3")), "UPLOADED") << "tasks run on other hosts";
}

TEST(ApiHost, ListsWhatAnotherHostHasAcceptedAtOnce) {
  const auto accounts = server::memory_account_store();
  const std::vector<server::Secret> secrets{{"one", std::string(32, 's'), {}}};
  std::shared_ptr<JobStore> store;
  std::shared_ptr<Storage> storage;
  const auto shared = [&](LiveSettings& settings) {
    is_api_host(settings);
    settings.server.accounts = accounts;
    settings.server.secrets = secrets;
    settings.server.cache_task_lists = false;
    settings.engine.poll_interval = std::chrono::minutes(1);
    if (!store) {
      store = settings.engine.store;
      storage = settings.engine.storage;
    }
    settings.engine.store = store;
    settings.engine.storage = storage;
  };
  const LiveServer first(shared);
  const LiveServer second(shared);
  const TaskClient ann(first.url(), "ann");
  const ApiClient elsewhere(second.url(), ann.api().token());
  const std::string path = ann.file("song.wav", wav_clip());
  EXPECT_EQ(elsewhere.get("/api/tasks").body, "[]");
  for (int n = 0; n < 3; ++n) {
    const auto id = ann.task(path, "mp3");
    EXPECT_THAT(elsewhere.get("/api/tasks").body, HasSubstr("\"id\":" + id));
    EXPECT_THAT(ann.api().get("/api/tasks").body, HasSubstr("\"id\":" + id));
  }
}

}  // namespace
}  // namespace convert::test
