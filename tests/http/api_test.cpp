// SPDX-License-Identifier: MIT
// Tasks over real sockets: creation, lists, changes and removal.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "http/support/live_server.hpp"
#include "http/support/raw_connection.hpp"
#include "http/support/task_client.hpp"
#include "support/audio_samples.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Tasks stay UPLOADED.

// --- New tasks ------------------------------------------------------------------------------------------

TEST(Tasks, SupportsTheWholeLifeOfATask) {
  const LiveServer server;
  const TaskClient ann(server.url(), "ann");
  const auto made = ann.create(ann.file("song.wav", wav_clip()), {"newFormat=mp3"});
  ASSERT_EQ(made.status, 200) << made;
  const std::string id = task_id(made);
  EXPECT_EQ(made.field("Location"), "/api/tasks/" + id);
  EXPECT_EQ(member(made.body, "name"), "song.wav");
  EXPECT_EQ(member(made.body, "originalExt"), "wav");
  EXPECT_EQ(member(made.body, "convertedExt"), "mp3");
  EXPECT_EQ(member(made.body, "user"), "ann");
  ASSERT_EQ(ann.ended(id), "PROCESSED");

  const auto task = ann.api().get("/api/tasks/" + id);
  EXPECT_THAT(task.body, HasSubstr("\"url\":\"/api/tasks/" + id + "/outputs/song.mp3\""));
  const auto output = ann.api().get("/api/tasks/" + id + "/output");
  EXPECT_EQ(output.status, 200);
  EXPECT_TRUE(same_audio(output.body, converted(wav_clip(), "format=mp3")));
  EXPECT_EQ(ann.api().get("/api/tasks/" + id + "/input").body, wav_clip());
  EXPECT_EQ(ann.api().get("/api/download/" + id).body, wav_clip());
  EXPECT_EQ(ann.api().get("/api/files/song.mp3").body, output.body);
  EXPECT_EQ(ann.api().get("/api/files/song.wav").body, wav_clip());

  const auto again = ann.api().send("PUT", "/api/tasks/" + id, FieldsAs::json, {{"newFormat", "ogg"}});
  ASSERT_EQ(again.status, 200) << again;
  EXPECT_EQ(member(again.body, "convertedExt"), "ogg");
  ASSERT_EQ(ann.ended(id), "PROCESSED");
  EXPECT_EQ(ann.api().get("/api/tasks/" + id + "/outputs/song.ogg").body.substr(0, 4), "OggS");
  expect_problem(ann.api().get("/api/tasks/" + id + "/outputs/song.mp3"), 404, "not_found");

  EXPECT_EQ(ann.api().request("DELETE", "/api/tasks/" + id).status, 200);
  expect_problem(ann.api().get("/api/tasks/" + id), 404, "not_found");
  expect_problem(ann.api().get("/api/tasks/" + id + "/output"), 404, "not_found");
  expect_problem(ann.api().get("/api/files/song.ogg"), 404, "not_found");
}

TEST(Tasks, AcceptsFieldsFromFormAndQueryUnderAllNames) {
  LiveServer server(runs_nothing);
  const TaskClient ann(server.url(), "ann");
  const std::string path = ann.file("song.wav", wav_clip());
  for (const std::string format : {"MP3", "mp3", ".mp3"}) {
    for (const std::string name : {"newFormat", "extension_convertir"}) {
      const auto made = ann.create(path, {name + "=" + format});
      ASSERT_EQ(made.status, 200) << name << " " << made;
      EXPECT_EQ(member(made.body, "convertedExt"), "mp3");
    }
  }
  for (const std::string name : {"filename", "name"}) {
    const auto made = ann.create(path, {"newFormat=mp3", name + "=other.flac"});
    ASSERT_EQ(made.status, 200) << made;
    EXPECT_EQ(member(made.body, "name"), "other.flac");
    EXPECT_EQ(member(made.body, "originalExt"), "flac");
  }
  for (const std::string part : {"audio", "fileName", "file", "whatever"}) {
    const auto made =
        ann.api().request("POST", "/api/tasks?newFormat=mp3&filename=by.wav", {"-F", part + "=@" + path});
    ASSERT_EQ(made.status, 200) << part << " " << made;
    EXPECT_EQ(member(made.body, "name"), "by.wav");
  }
  const auto options =
      ann.create(path, {"newFormat=mp3", R"(options={"bitrate":"96k"})", "priority=-7", "unknown=ignored"});
  ASSERT_EQ(options.status, 200) << options;
  EXPECT_THAT(options.body, HasSubstr(R"("options":{"bitrate":96000})"));
  const Job job = must(server.engine().find(std::stoll(task_id(options))));
  EXPECT_EQ(job.request.priority, -7);
}

TEST(Tasks, KeepsTheTitleAsFreeText) {
  const LiveServer server(runs_nothing);
  const TaskClient ann(server.url(), "ann");
  const std::string path = ann.file("song.wav", wav_clip());
  for (const std::string name : {"title", "nombre"}) {
    const auto made = ann.create(path, {"newFormat=mp3", name + "=tarea 1"});
    ASSERT_EQ(made.status, 200) << made;
    EXPECT_EQ(member(made.body, "title"), "tarea 1");
    EXPECT_EQ(member(made.body, "name"), "song.wav");
    EXPECT_EQ(member(ann.api().get("/api/tasks/" + task_id(made)).body, "title"), "tarea 1");
  }
  EXPECT_EQ(member(ann.create(path, {"newFormat=mp3"}).body, "title"), "null");
  std::string longest;
  for (int i = 0; i < 200; ++i) longest += "é";
  EXPECT_EQ(ann.create(path, {"newFormat=mp3", "title=" + longest}).status, 200);
  expect_problem(ann.create(path, {"newFormat=mp3", "title=" + longest + "x"}), 400, "invalid_argument");
}

struct Refused {
  std::vector<std::string> parts;
  int status;
  std::string code;
};

TEST(Tasks, RejectsInvalidForms) {
  const LiveServer server(runs_nothing);
  const TaskClient ann(server.url(), "ann");
  const std::string path = ann.file("song.wav", wav_clip());
  const Refused refusals[] = {
      {{}, 400, "no_format"},
      {{"newFormat="}, 400, "no_format"},
      {{"newFormat=exe"}, 415, "unsupported_format"},
      {{"newFormat=../../etc"}, 415, "unsupported_format"},
      {{"newFormat=mp3", "newFormat=ogg"}, 400, "invalid_argument"},
      {{"newFormat=mp3", "extension_convertir=ogg"}, 400, "invalid_argument"},
      {{"newFormat=mp3", "options={"}, 400, "invalid_argument"},
      {{"newFormat=mp3", R"(options={"colour":"red"})"}, 400, "unsupported"},
      {{"newFormat=mp3", R"(options={"bitrate":1})"}, 400, "invalid_argument"},
      {{"newFormat=mp3", R"(options={"format":"flac"})"}, 400, "invalid_argument"},
      {{"newFormat=mp3", R"(options={"format":"exe"})"}, 400, "invalid_argument"},
      {{"newFormat=mp3", "priority=101"}, 400, "invalid_argument"},
      {{"newFormat=mp3", "priority=1.5"}, 400, "invalid_argument"},
      {{"newFormat=mp3", "filename=noextension"}, 400, "bad_name"},
      {{"newFormat=mp3", "filename=.mp3"}, 400, "bad_name"},
      {{"newFormat=mp3", "filename=a."}, 400, "bad_name"},
      {{"newFormat=mp3", "filename=.."}, 400, "bad_name"},
      {{"newFormat=mp3", "callbackUrl=http://example.org/"}, 400, "not_offered"},
  };
  for (const Refused& refused : refusals) {
    SCOPED_TRACE(testing::PrintToString(refused.parts));
    expect_problem(ann.create(path, refused.parts), refused.status, refused.code);
  }
  expect_problem(ann.create(ann.file("noextension", wav_clip()), {"newFormat=mp3"}), 400, "bad_name");
  const auto unsupported = ann.create(path, {"newFormat=exe"});
  EXPECT_THAT(unsupported.body, HasSubstr("\"formats\":["));
  EXPECT_THAT(unsupported.body, HasSubstr("\"mp3\""));
  EXPECT_EQ(ann.api().get("/api/tasks").body, "[]");
}

TEST(Tasks, RequiresAFile) {
  const LiveServer server(runs_nothing);
  const TaskClient ann(server.url(), "ann");
  for (const FieldsAs type : kFieldsAs) {
    SCOPED_TRACE(to_string(type));
    expect_problem(ann.api().post("/api/tasks", {{"newFormat", "mp3"}}, type), 400, "no_file");
  }
  expect_problem(ann.api().request("POST", "/api/tasks?newFormat=mp3"), 400, "no_file");
  expect_problem(
      ann.api().request("POST", "/api/tasks", {"-H", "Content-Type: text/plain", "--data-binary", "x"}), 415,
      "unsupported_type");
  // What browsers send for a field without a file.
  expect_problem(ann.api().request("POST", "/api/tasks", {"-F", "file=;filename=", "-F", "newFormat=mp3"}),
                 400, "no_file");
}

TEST(Tasks, RejectsUnknownFormatsBeforeReadingTheBody) {
  const LiveServer server(runs_nothing);
  const TaskClient ann(server.url(), "ann");
  RawConnection wire(server.port());
  wire.send("POST /api/tasks?newFormat=exe HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " +
            ann.api().token() +
            "\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 5000000\r\n\r\n");
  const auto answer = wire.read_response();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 415);
}

/// A request that announces a body and sends none of it.
std::string unsent(const std::string& call, const std::string& token, const std::string& fields) {
  return call + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token +
         "\r\nContent-Type: audio/wav\r\nContent-Length: 5000\r\n" + fields + "\r\n";
}

TEST(Bodies, RejectsContentEncodingBeforeReadingTheBody) {
  const LiveServer server(runs_nothing);
  const TaskClient ann(server.url(), "ann");
  for (const std::string call : {"POST /api/tasks", "POST /api/convert?to=mp3", "POST /api/probe",
                                 "POST /api/plan?to=mp3", "PUT /api/tasks/1", "PATCH /api/auth/me"}) {
    for (const std::string coding :
         {"gzip", "x-gzip, identity", "identity,br", "identity\r\nContent-Encoding: gzip"}) {
      SCOPED_TRACE(call + " " + coding);
      RawConnection wire(server.port());
      wire.send(unsent(call, ann.api().token(), "content-encoding: " + coding + "\r\n"));
      const auto answer = wire.read_response();
      ASSERT_TRUE(answer);
      EXPECT_EQ(answer->status, 415U);
      EXPECT_EQ(answer->field("Accept-Encoding"), "identity");
      EXPECT_THAT(answer->body, HasSubstr("\"code\":\"unsupported_encoding\""));
    }
  }
}

TEST(Bodies, AcceptsContentEncodingIdentity) {
  const LiveServer server(runs_nothing);
  const TaskClient ann(server.url(), "ann");
  const std::string path = ann.file("song.wav", wav_clip());
  const auto made = ann.create(path, {"newFormat=mp3"}, {"-H", "Content-Encoding: Identity"});
  EXPECT_EQ(made.status, 200) << made;
  EXPECT_EQ(ann.api().get("/api/tasks", {"-H", "Content-Encoding: gzip"}).status, 200);
}

TEST(Tasks, CreatesOneTaskForSeveralFiles) {
  const LiveServer server;
  const TaskClient ann(server.url(), "ann");
  const auto made = ann.create(ann.file("a.txt", "one"), {"more=@" + ann.file("b.txt", "two"),
                                                          "newFormat=zip", "third=@" + ann.file("c", "3")});
  ASSERT_EQ(made.status, 200) << made;
  const std::string id = task_id(made);
  EXPECT_EQ(member(made.body, "name"), "a.txt");
  ASSERT_EQ(ann.ended(id), "PROCESSED") << ann.api().get("/api/tasks/" + id);
  EXPECT_EQ(ann.api().get("/api/tasks/" + id + "/input?n=0").body, "one");
  EXPECT_EQ(ann.api().get("/api/tasks/" + id + "/input?n=1").body, "two");
  EXPECT_EQ(ann.api().get("/api/tasks/" + id + "/input?n=2").body, "3");
  expect_problem(ann.api().get("/api/tasks/" + id + "/input?n=3"), 404, "not_found");
  expect_problem(ann.api().get("/api/tasks/" + id + "/input?n=x"), 400, "invalid_argument");
  EXPECT_EQ(ann.api().get("/api/tasks/" + id + "/output").body.substr(0, 2), "PK");
}

TEST(Tasks, RejectsSeveralFilesForASingleFileFormat) {
  const LiveServer server([](LiveSettings& settings) {
    runs_nothing(settings);
    settings.server.default_quota.active_tasks = 1;
  });
  const TaskClient ann(server.url(), "ann");
  const std::string song = ann.file("a.wav", wav_clip());
  const auto refused = ann.create(song, {"more=@" + ann.file("b.wav", wav_clip()), "newFormat=mp3"});
  expect_problem(refused, 400, "too_many_files");
  EXPECT_THAT(refused.body, HasSubstr("an archive such as zip"));
  for (const char* format : {"gz", "bz2", "xz", "zst", "raw"}) {  // archives that hold a single file
    const std::string chosen = std::string("newFormat=") + format;
    expect_problem(ann.create(song, {"more=@" + ann.file("b.wav", wav_clip()), chosen}), 400,
                   "too_many_files");
  }
  EXPECT_TRUE(wait_until_empty(server));
  EXPECT_EQ(ann.api().get("/api/tasks").body, "[]");
  const std::string nothing = R"("used":{"storage_bytes":0,"tasks_today":0,"tasks_at_once":0})";
  EXPECT_TRUE(eventually(std::chrono::seconds(20), [&] {
    return ann.api().get("/api/auth/me").body.find(nothing) != std::string::npos;
  })) << ann.api().get("/api/auth/me");
}

TEST(Changes, RejectsASingleFileFormatForSeveralInputs) {
  const LiveServer server(runs_nothing);
  const TaskClient ann(server.url(), "ann");
  const std::string song = ann.file("a.wav", wav_clip());
  const auto made = ann.create(song, {"more=@" + ann.file("b.wav", wav_clip()), "newFormat=zip"});
  const std::string path = "/api/tasks/" + task_id(made);
  expect_problem(ann.api().send("PUT", path, FieldsAs::json, {{"newFormat", "mp3"}}), 400, "too_many_files");
  EXPECT_EQ(ann.api().send("PUT", path, FieldsAs::json, {{"newFormat", "tar"}}).status, 200);
}

TEST(Tasks, FailsABadFileWithAMessage) {
  const LiveServer server;
  const TaskClient ann(server.url(), "ann");
  const std::string id = ann.task(ann.file("bad.wav", corrupt_wav(3)), "mp3");
  EXPECT_EQ(ann.ended(id), "FAILED");
  const auto task = ann.api().get("/api/tasks/" + id);
  EXPECT_THAT(task.body, HasSubstr("\"error\":{\"code\":"));
  EXPECT_THAT(task.body, testing::ContainsRegex(R"("message":".{20,}\.")"));
  expect_problem(ann.api().get("/api/tasks/" + id + "/output"), 404, "not_ready");
}

// --- Lists ------------------------------------------------------------------------------------------------

std::vector<std::string> ids_in(std::string_view body) {
  std::vector<std::string> ids;
  for (std::size_t at = 0; (at = body.find("{\"id\":", at)) != std::string_view::npos; ++at) {
    ids.push_back(member(body.substr(at), "id"));
  }
  return ids;
}

TEST(Lists, ArePagedAndOrdered) {
  const LiveServer server(runs_nothing);
  const TaskClient ann(server.url(), "ann");
  const std::string path = ann.file("song.wav", wav_clip());
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(ann.task(path, "mp3"));
  EXPECT_EQ(ids_in(ann.api().get("/api/tasks").body), ids);
  const auto page = ann.api().get("/api/tasks?max=2");
  EXPECT_EQ(ids_in(page.body), (std::vector{ids[0], ids[1]}));
  EXPECT_EQ(page.field("Link"), "</api/tasks?max=2&order=0&after=" + ids[1] + ">; rel=\"next\"");
  EXPECT_EQ(ids_in(ann.api().get("/api/tasks?max=2&order=0&after=" + ids[1]).body),
            (std::vector{ids[2], ids[3]}));
  const auto last = ann.api().get("/api/tasks?max=2&order=0&after=" + ids[3]);
  EXPECT_EQ(ids_in(last.body), std::vector{ids[4]});
  EXPECT_FALSE(last.field("Link"));
  EXPECT_EQ(ids_in(ann.api().get("/api/tasks?max_tasks=1&order=1").body), std::vector{ids[4]});
  std::reverse(ids.begin(), ids.end());
  EXPECT_EQ(ids_in(ann.api().get("/api/tasks?order=1").body), ids);
  EXPECT_EQ(ann.api().get("/api/tasks?state=FAILED").body, "[]");
  EXPECT_EQ(ids_in(ann.api().get("/api/tasks?state=UPLOADED,FAILED&order=1").body), ids);
  for (const std::string bad : {"max=0", "max=-1", "order=2", "order=up", "after=x", "state=queued"}) {
    SCOPED_TRACE(bad);
    expect_problem(ann.api().get("/api/tasks?" + bad), 400, "invalid_argument");
  }
}

TEST(Lists, IncludeTheCallersOwnChanges) {
  const LiveServer server(runs_nothing);
  const TaskClient ann(server.url(), "ann");
  const std::string path = ann.file("song.wav", wav_clip());
  EXPECT_EQ(ann.api().get("/api/tasks").body, "[]");
  const std::string id = ann.task(path, "mp3");
  EXPECT_EQ(ids_in(ann.api().get("/api/tasks").body), std::vector{id});
  EXPECT_EQ(ids_in(ann.api().get("/api/tasks").body), std::vector{id});
  ann.api().send("PUT", "/api/tasks/" + id, FieldsAs::form, {{"newFormat", "ogg"}});
  EXPECT_THAT(ann.api().get("/api/tasks").body, HasSubstr("\"convertedExt\":\"ogg\""));
  ann.api().request("POST", "/api/tasks/" + id + "/cancel");
  EXPECT_THAT(ann.api().get("/api/tasks").body, HasSubstr("CANCELLED"));
  ann.api().request("DELETE", "/api/tasks/" + id);
  EXPECT_EQ(ann.api().get("/api/tasks").body, "[]");
}

TEST(Lists, AreAsNewAsAPreviouslyReadTask) {
  const LiveServer server;
  const TaskClient ann(server.url(), "ann");
  const std::string id = ann.task(ann.file("song.wav", wav_clip()), "mp3");
  const std::string state = ann.ended(id);
  EXPECT_THAT(ann.api().get("/api/tasks").body, HasSubstr("\"state\":\"" + state + "\""));
}

// --- Changes ----------------------------------------------------------------------------------------------

TEST(Changes, AcceptsANewFormatInAllBodyTypesAndLegacyNames) {
  const LiveServer server(runs_nothing);
  const TaskClient ann(server.url(), "ann");
  const std::string id = ann.task(ann.file("song.wav", wav_clip()), "mp3");
  for (const FieldsAs type : kFieldsAs) {
    SCOPED_TRACE(to_string(type));
    for (const std::string name : {"newFormat", "extension_convertir"}) {
      const auto changed =
          ann.api().send("PUT", "/api/tasks/" + id, type, {{name, ".OGG"}, {"options", R"({"quality":3})"}});
      ASSERT_EQ(changed.status, 200) << changed;
      EXPECT_EQ(member(changed.body, "convertedExt"), "ogg");
      EXPECT_THAT(changed.body, HasSubstr(R"("options":{"quality":3})"));
    }
    const auto put = [&](const ApiFields& fields) {
      return ann.api().send("PUT", "/api/tasks/" + id, type, fields);
    };
    expect_problem(put({{"options", "{}"}}), 400, "no_format");
    expect_problem(put({{"newFormat", "exe"}}), 415, "unsupported_format");
    expect_problem(put({{"newFormat", "mp3"}, {"options", "[]"}}), 400, "invalid_argument");
  }
  // As a JSON object instead of its text.
  const auto object = ann.api().request("PUT", "/api/tasks/" + id,
                                        {"-H", "Content-Type: application/json", "--data-binary",
                                         R"({"newFormat":"mp3","options":{"bitrate":128000}})"});
  ASSERT_EQ(object.status, 200) << object;
  EXPECT_THAT(object.body, HasSubstr(R"("options":{"bitrate":128000})"));
}

TEST(Changes, SkipsConversionForTheSameFormatAndOptions) {
  const LiveServer server;
  const TaskClient ann(server.url(), "ann");
  const std::string id = ann.task(ann.file("song.wav", wav_clip()), "mp3");
  ASSERT_EQ(ann.ended(id), "PROCESSED");
  const auto tag = ann.api().get("/api/tasks/" + id).field("ETag");
  const auto same = ann.api().send("PUT", "/api/tasks/" + id, FieldsAs::json, {{"newFormat", ".MP3"}});
  ASSERT_EQ(same.status, 200) << same;
  EXPECT_EQ(member(same.body, "state"), "PROCESSED");
  EXPECT_EQ(ann.api().get("/api/tasks/" + id).field("ETag"), tag) << "no new revision";
  const auto other = ann.api().send("PUT", "/api/tasks/" + id, FieldsAs::json,
                                    {{"newFormat", "mp3"}, {"options", R"({"bitrate":96000})"}});
  ASSERT_EQ(other.status, 200) << other;
  EXPECT_NE(ann.api().get("/api/tasks/" + id).field("ETag"), tag);
}

TEST(Changes, DeletingATaskReturnsAMessage) {
  const LiveServer server(runs_nothing);
  const TaskClient ann(server.url(), "ann");
  const std::string id = ann.task(ann.file("song.wav", wav_clip()), "mp3");
  const auto deleted = ann.api().request("DELETE", "/api/tasks/" + id);
  EXPECT_EQ(deleted.status, 200);
  EXPECT_EQ(deleted.body, R"({"message":"Task deleted."})");
}

TEST(Changes, QueuesACancelledTaskAgain) {
  const LiveServer server(runs_nothing);
  const TaskClient ann(server.url(), "ann");
  const std::string id = ann.task(ann.file("song.wav", wav_clip()), "mp3");
  const auto cancelled = ann.api().request("POST", "/api/tasks/" + id + "/cancel");
  ASSERT_EQ(cancelled.status, 200) << cancelled;
  EXPECT_EQ(member(cancelled.body, "state"), "CANCELLED");
  expect_problem(ann.api().request("POST", "/api/tasks/" + id + "/cancel"), 409, "ended");
  EXPECT_EQ(ann.api().get("/api/tasks/" + id + "/input").body, wav_clip());
  const auto again = ann.api().send("PUT", "/api/tasks/" + id, FieldsAs::json, {{"newFormat", "mp3"}});
  EXPECT_EQ(member(again.body, "state"), "UPLOADED") << again;
}

TEST(Changes, ChangesTheETagWithTheTask) {
  const LiveServer server(runs_nothing);
  const TaskClient ann(server.url(), "ann");
  const std::string id = ann.task(ann.file("song.wav", wav_clip()), "mp3");
  const auto tag = ann.api().get("/api/tasks/" + id).field("ETag").value_or("");
  ASSERT_FALSE(tag.empty());
  EXPECT_EQ(ann.api().get("/api/tasks/" + id, {"-H", "If-None-Match: " + tag}).status, 304);
  ann.api().request("POST", "/api/tasks/" + id + "/cancel");
  EXPECT_EQ(ann.api().get("/api/tasks/" + id, {"-H", "If-None-Match: " + tag}).status, 200);
}

TEST(Changes, DeletesTheFilesOfATask) {
  const LiveServer server(runs_nothing);
  const TaskClient ann(server.url(), "ann");
  const std::string id = ann.task(ann.file("song.wav", wav_clip()), "mp3");
  EXPECT_EQ(blobs(server), 1u);
  EXPECT_EQ(ann.api().request("DELETE", "/api/tasks/" + id).status, 200);
  EXPECT_EQ(blobs(server), 0u);
  expect_problem(ann.api().request("DELETE", "/api/tasks/" + id), 404, "not_found");
}

}  // namespace
}  // namespace convert::test
