// SPDX-License-Identifier: MIT
// Tasks over real sockets: how they are made, read, changed and removed, and by whom.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "http/support/live_server.hpp"
#include "http/support/tasks.hpp"
#include "http/support/wire.hpp"
#include "support/must.hpp"
#include "support/sounds.hpp"

namespace convert::test {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string& sound() {
  static const std::string content = wav(0.2, 1);
  return content;
}

/// Tasks stay UPLOADED.
void runs_nothing(LiveSettings& settings) { settings.starts_engine = false; }

// --- New tasks ------------------------------------------------------------------------------------------

TEST(Tasks, FromUploadToDownloadToAnotherFormatToTheEnd) {
  const LiveServer server;
  const TaskClient ann(server.url(), "ann");
  const auto made = ann.create(ann.file("song.wav", sound()), {"newFormat=mp3"});
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
  EXPECT_TRUE(same_sound(output.body, converted(sound(), "format=mp3")));
  EXPECT_EQ(ann.api().get("/api/tasks/" + id + "/input").body, sound());
  EXPECT_EQ(ann.api().get("/api/download/" + id).body, sound());
  EXPECT_EQ(ann.api().get("/api/files/song.mp3").body, output.body);
  EXPECT_EQ(ann.api().get("/api/files/song.wav").body, sound());

  const auto again = ann.api().send("PUT", "/api/tasks/" + id, FieldsAs::json, {{"newFormat", "ogg"}});
  ASSERT_EQ(again.status, 200) << again;
  EXPECT_EQ(member(again.body, "convertedExt"), "ogg");
  ASSERT_EQ(ann.ended(id), "PROCESSED");
  EXPECT_EQ(ann.api().get("/api/tasks/" + id + "/outputs/song.ogg").body.substr(0, 4), "OggS");
  expect_problem(ann.api().get("/api/tasks/" + id + "/outputs/song.mp3"), 404, "not_found");

  EXPECT_EQ(ann.api().ask("DELETE", "/api/tasks/" + id).status, 204);
  expect_problem(ann.api().get("/api/tasks/" + id), 404, "not_found");
  expect_problem(ann.api().get("/api/tasks/" + id + "/output"), 404, "not_found");
  expect_problem(ann.api().get("/api/files/song.ogg"), 404, "not_found");
}

TEST(Tasks, FieldsOfANewOneByEveryNameFromFormAndQuery) {
  LiveServer server(runs_nothing);
  const TaskClient ann(server.url(), "ann");
  const std::string path = ann.file("song.wav", sound());
  for (const std::string format : {"MP3", "mp3", ".mp3"}) {
    for (const std::string name : {"newFormat", "extension_convertir"}) {
      const auto made = ann.create(path, {name + "=" + format});
      ASSERT_EQ(made.status, 200) << name << " " << made;
      EXPECT_EQ(member(made.body, "convertedExt"), "mp3");
    }
  }
  for (const std::string name : {"filename", "nombre"}) {
    const auto made = ann.create(path, {"newFormat=mp3", name + "=other.flac"});
    ASSERT_EQ(made.status, 200) << made;
    EXPECT_EQ(member(made.body, "name"), "other.flac");
    EXPECT_EQ(member(made.body, "originalExt"), "flac");
  }
  for (const std::string part : {"audio", "fileName", "file", "whatever"}) {
    const auto made =
        ann.api().ask("POST", "/api/tasks?newFormat=mp3&filename=by.wav", {"-F", part + "=@" + path});
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

struct Refused {
  std::vector<std::string> parts;
  int status;
  std::string code;
};

TEST(Tasks, RefusalsOfANewOne) {
  const LiveServer server(runs_nothing);
  const TaskClient ann(server.url(), "ann");
  const std::string path = ann.file("song.wav", sound());
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
  expect_problem(ann.create(ann.file("noextension", sound()), {"newFormat=mp3"}), 400, "bad_name");
  const auto unsupported = ann.create(path, {"newFormat=exe"});
  EXPECT_THAT(unsupported.body, HasSubstr("\"formats\":["));
  EXPECT_THAT(unsupported.body, HasSubstr("\"mp3\""));
  EXPECT_EQ(ann.api().get("/api/tasks").body, "[]");
}

TEST(Tasks, ANewOneNeedsAFile) {
  const LiveServer server(runs_nothing);
  const TaskClient ann(server.url(), "ann");
  for (const FieldsAs type : kFieldsAs) {
    SCOPED_TRACE(to_string(type));
    expect_problem(ann.api().post("/api/tasks", {{"newFormat", "mp3"}}, type), 400, "no_file");
  }
  expect_problem(ann.api().ask("POST", "/api/tasks?newFormat=mp3"), 400, "no_file");
  expect_problem(
      ann.api().ask("POST", "/api/tasks", {"-H", "Content-Type: text/plain", "--data-binary", "x"}), 415,
      "unsupported_type");
  // What browsers send for a field without a file.
  expect_problem(ann.api().ask("POST", "/api/tasks", {"-F", "file=;filename=", "-F", "newFormat=mp3"}), 400,
                 "no_file");
}

TEST(Tasks, AFormatThatIsNotThereIsRefusedBeforeTheBodyIsRead) {
  const LiveServer server(runs_nothing);
  const TaskClient ann(server.url(), "ann");
  Wire wire(server.port());
  wire.send("POST /api/tasks?newFormat=exe HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " +
            ann.api().token() +
            "\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 5000000\r\n\r\n");
  const auto answer = wire.answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 415);
}

TEST(Tasks, SeveralFilesAreOneTaskWithSeveralInputs) {
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

TEST(Tasks, ABadFileFailsWithASentence) {
  const LiveServer server;
  const TaskClient ann(server.url(), "ann");
  const std::string id = ann.task(ann.file("bad.wav", broken_wav(3)), "mp3");
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

TEST(Lists, HaveAnOrderABoundAndARest) {
  const LiveServer server(runs_nothing);
  const TaskClient ann(server.url(), "ann");
  const std::string path = ann.file("song.wav", sound());
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

TEST(Lists, AreNeverOlderThanWhatTheirReaderHasDone) {
  const LiveServer server(runs_nothing);
  const TaskClient ann(server.url(), "ann");
  const std::string path = ann.file("song.wav", sound());
  EXPECT_EQ(ann.api().get("/api/tasks").body, "[]");
  const std::string id = ann.task(path, "mp3");
  EXPECT_EQ(ids_in(ann.api().get("/api/tasks").body), std::vector{id});
  EXPECT_EQ(ids_in(ann.api().get("/api/tasks").body), std::vector{id});
  ann.api().send("PUT", "/api/tasks/" + id, FieldsAs::form, {{"newFormat", "ogg"}});
  EXPECT_THAT(ann.api().get("/api/tasks").body, HasSubstr("\"convertedExt\":\"ogg\""));
  ann.api().ask("POST", "/api/tasks/" + id + "/cancel");
  EXPECT_THAT(ann.api().get("/api/tasks").body, HasSubstr("CANCELLED"));
  ann.api().ask("DELETE", "/api/tasks/" + id);
  EXPECT_EQ(ann.api().get("/api/tasks").body, "[]");
}

TEST(Lists, ShowWhatWasSeenInTheTaskItself) {
  const LiveServer server;
  const TaskClient ann(server.url(), "ann");
  const std::string id = ann.task(ann.file("song.wav", sound()), "mp3");
  const std::string state = ann.ended(id);
  EXPECT_THAT(ann.api().get("/api/tasks").body, HasSubstr("\"state\":\"" + state + "\""));
}

// --- Changes ----------------------------------------------------------------------------------------------

TEST(Changes, AnotherFormatInEveryTypeAndByTheOlderName) {
  const LiveServer server(runs_nothing);
  const TaskClient ann(server.url(), "ann");
  const std::string id = ann.task(ann.file("song.wav", sound()), "mp3");
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
  // As an object rather than its text.
  const auto object = ann.api().ask("PUT", "/api/tasks/" + id,
                                    {"-H", "Content-Type: application/json", "--data-binary",
                                     R"({"newFormat":"mp3","options":{"bitrate":128000}})"});
  ASSERT_EQ(object.status, 200) << object;
  EXPECT_THAT(object.body, HasSubstr(R"("options":{"bitrate":128000})"));
}

TEST(Changes, ACancelledTaskStaysAndCanBeAskedForAgain) {
  const LiveServer server(runs_nothing);
  const TaskClient ann(server.url(), "ann");
  const std::string id = ann.task(ann.file("song.wav", sound()), "mp3");
  const auto cancelled = ann.api().ask("POST", "/api/tasks/" + id + "/cancel");
  ASSERT_EQ(cancelled.status, 200) << cancelled;
  EXPECT_EQ(member(cancelled.body, "state"), "CANCELLED");
  expect_problem(ann.api().ask("POST", "/api/tasks/" + id + "/cancel"), 409, "ended");
  EXPECT_EQ(ann.api().get("/api/tasks/" + id + "/input").body, sound());
  const auto again = ann.api().send("PUT", "/api/tasks/" + id, FieldsAs::json, {{"newFormat", "mp3"}});
  EXPECT_EQ(member(again.body, "state"), "UPLOADED") << again;
}

TEST(Changes, ATaskHasATagThatChangesWithIt) {
  const LiveServer server(runs_nothing);
  const TaskClient ann(server.url(), "ann");
  const std::string id = ann.task(ann.file("song.wav", sound()), "mp3");
  const auto tag = ann.api().get("/api/tasks/" + id).field("ETag").value_or("");
  ASSERT_FALSE(tag.empty());
  EXPECT_EQ(ann.api().get("/api/tasks/" + id, {"-H", "If-None-Match: " + tag}).status, 304);
  ann.api().ask("POST", "/api/tasks/" + id + "/cancel");
  EXPECT_EQ(ann.api().get("/api/tasks/" + id, {"-H", "If-None-Match: " + tag}).status, 200);
}

TEST(Changes, FilesOfARemovedTaskAreGone) {
  const LiveServer server(runs_nothing);
  const TaskClient ann(server.url(), "ann");
  const std::string id = ann.task(ann.file("song.wav", sound()), "mp3");
  EXPECT_EQ(blobs(server), 1u);
  EXPECT_EQ(ann.api().ask("DELETE", "/api/tasks/" + id).status, 204);
  EXPECT_EQ(blobs(server), 0u);
  expect_problem(ann.api().ask("DELETE", "/api/tasks/" + id), 404, "not_found");
}

// --- Other people's
// -----------------------------------------------------------------------------------------

/// An answer without what differs between any two.
std::string comparable(const CurlAnswer& answer, bool has_body) {
  std::string text = std::to_string(answer.status) + "\n";
  for (const auto& [name, value] : answer.fields) {
    if (name == "Date" || name == "X-Request-Id") continue;
    text += name + ": " + value + "\n";
  }
  return has_body ? text + answer.body : text;
}

TEST(Strangers, AreAnsweredAsIfThereWereNothing) {
  std::vector<server::Route> routes;
  const LiveServer server([&](LiveSettings& settings) {
    settings.routes = [&](server::Router& router) { routes = router.routes(); };
  });
  const TaskClient ann(server.url(), "ann");
  const TaskClient eve(server.url(), "eve");
  const std::string id = ann.task(ann.file("song.wav", sound()), "mp3");
  ASSERT_EQ(ann.ended(id), "PROCESSED");
  int walked = 0;
  for (const server::Route& route : routes) {
    const auto at = route.pattern.find("{id}");
    if (at == std::string::npos || !route.pattern.starts_with("/api/")) continue;
    if (route.pattern.starts_with("/api/auth")) continue;
    ++walked;
    for (const std::string method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
      SCOPED_TRACE(method + " " + route.pattern);
      const auto ask = [&](const std::string& which) {
        std::string path = route.pattern;
        path.replace(at, 4, which);
        if (const auto name = path.find("{name}"); name != std::string::npos)
          path.replace(name, 6, "song.mp3");
        auto further = method == "PUT" ? with_fields(FieldsAs::json, {{"newFormat", "ogg"}})
                                       : std::vector<std::string>();
        further.insert(further.end(), {"-m", "10"});
        return comparable(eve.api().ask(method, path, further), method != "HEAD");
      };
      const std::string hers = ask(id);
      EXPECT_EQ(hers, ask("999999999"));
      EXPECT_EQ(hers, ask("1" + std::string(18, '0')));
      EXPECT_THAT(hers, Not(HasSubstr("song")));
    }
  }
  EXPECT_GE(walked, 10);
  expect_problem(eve.api().get("/api/files/song.wav"), 404, "not_found");
  EXPECT_EQ(eve.api().get("/api/tasks").body, "[]");
  EXPECT_EQ(ann.state(id), "PROCESSED");
}

TEST(Strangers, NumbersThatAreNoneAreNobodys) {
  const LiveServer server(runs_nothing);
  const TaskClient ann(server.url(), "ann");
  for (const std::string id :
       {"0", "-1", "x", "1x", "99999999999999999999", "9223372036854775808", "%20", "1.0"}) {
    SCOPED_TRACE(id);
    expect_problem(ann.api().get("/api/tasks/" + id), 404, "not_found");
  }
}

// --- Links
// --------------------------------------------------------------------------------------------------

/// The address in an answer that has that beginning.
std::string address_in(const std::string& body, const std::string& begin) {
  const auto at = body.find("\"" + begin + "?link=");
  if (at == std::string::npos) return {};
  return body.substr(at + 1, body.find('"', at + 1) - at - 1);
}

TEST(Links, ReadOneTaskAndNothingElse) {
  const LiveServer server;
  const TaskClient ann(server.url(), "ann");
  const ApiClient anybody(server.url());
  const std::string id = ann.task(ann.file("song.wav", sound()), "mp3");
  const std::string other = ann.task(ann.file("other.wav", sound()), "mp3");
  ASSERT_EQ(ann.ended(id), "PROCESSED");
  const std::string task = "/api/tasks/" + id;
  const auto links = ann.api().ask("POST", task + "/links");
  ASSERT_EQ(links.status, 200) << links;
  EXPECT_EQ(links.field("Cache-Control"), "no-store");
  const auto get = [&](const std::string& path) {
    const std::string address = address_in(links.body, path);
    EXPECT_FALSE(address.empty()) << path << " in " << links.body;
    return anybody.get(address, {"-m", "20"});
  };
  EXPECT_EQ(member(get(task).body, "id"), id);
  EXPECT_EQ(get(task + "/input").body, sound());
  EXPECT_EQ(get(task + "/output").status, 200);
  EXPECT_EQ(get(task + "/outputs/song.mp3").status, 200);

  const std::string link = address_in(links.body, task).substr(task.size());
  expect_problem(anybody.get("/api/tasks/" + other + link), 401, "unauthorized");
  expect_problem(anybody.get("/api/tasks" + link), 401, "unauthorized");
  expect_problem(anybody.get("/api/download/" + id + link), 401, "unauthorized");
  expect_problem(anybody.ask("DELETE", task + link), 401, "unauthorized");
  expect_problem(anybody.ask("POST", task + "/links" + link), 401, "unauthorized");
  expect_problem(anybody.get(task + link + "x"), 401, "unauthorized");
  EXPECT_THAT(server.log(), Not(HasSubstr(link.substr(6))));
}

// --- Questions
// ------------------------------------------------------------------------------------------------

TEST(Questions, AProbeSaysWhatIsInAFileAndLeavesNothing) {
  const LiveServer server;
  const TaskClient ann(server.url(), "ann");
  const auto info =
      ann.api().ask("POST", "/api/probe", {"--data-binary", "@" + ann.file("song.wav", sound())});
  ASSERT_EQ(info.status, 200) << info;
  EXPECT_EQ(member(info.body, "format"), "wav");
  EXPECT_EQ(member(info.body, "size"), std::to_string(sound().size()));
  const auto bad = ann.api().ask("POST", "/api/probe", {"--data-binary", "no sound at all, only words"});
  EXPECT_EQ(bad.status, 422) << bad;
  EXPECT_TRUE(becomes_empty(server));
}

TEST(Questions, APlanSaysWhatAConversionWouldDo) {
  const LiveServer server;
  const TaskClient ann(server.url(), "ann");
  const std::string path = ann.file("song.wav", sound());
  const auto plan = ann.api().ask("POST", "/api/plan?to=mp3&bitrate=128k", {"--data-binary", "@" + path});
  ASSERT_EQ(plan.status, 200) << plan;
  EXPECT_EQ(member(plan.body, "format"), "mp3");
  EXPECT_THAT(plan.body, HasSubstr("\"action\":\"encode\""));
  const auto ask = [&](const std::string& query) {
    return ann.api().ask("POST", "/api/plan" + query, {"--data-binary", "@" + path});
  };
  expect_problem(ask(""), 400, "no_format");
  expect_problem(ask("?to=exe"), 415, "unsupported_format");
  expect_problem(ask("?to=mp3&colour=red"), 400, "unsupported");
  expect_problem(ask("?to=mp3&bitrate=1"), 400, "invalid_argument");
  EXPECT_TRUE(becomes_empty(server));
}

TEST(Questions, AFormIsNotAFile) {
  const LiveServer server;
  const TaskClient ann(server.url(), "ann");
  const std::string path = ann.file("song.wav", sound());
  for (const std::string route : {"/api/probe", "/api/plan?to=mp3", "/api/convert?to=mp3"}) {
    SCOPED_TRACE(route);
    expect_problem(ann.api().ask("POST", route, {"-F", "file=@" + path}), 415, "unsupported_type");
    expect_problem(ann.api().ask("POST", route), 422, "empty_input");
  }
}

TEST(Starting, ConversionsThatDoNotRunYetAreTold) {
  const LiveServer server([](LiveSettings& settings) {
    settings.starts_engine = false;
    settings.engine.execution.reset();
  });
  const TaskClient ann(server.url(), "ann");
  const std::string path = ann.file("song.wav", sound());
  const auto starting = [](const CurlAnswer& answer) {
    expect_problem(answer, 503, "starting");
    EXPECT_TRUE(answer.field("Retry-After"));
  };
  starting(ann.create(path, {"newFormat=mp3"}));
  starting(ann.api().ask("POST", "/api/convert?to=mp3", {"--data-binary", "@" + path}));
  starting(ann.api().ask("POST", "/api/probe", {"--data-binary", "@" + path}));
  EXPECT_EQ(ann.api().get("/api/tasks").status, 200);
}

}  // namespace
}  // namespace convert::test
