// SPDX-License-Identifier: MIT
// A task is visible to its owner and to holders of a link.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "http/support/live_server.hpp"
#include "http/support/raw_connection.hpp"
#include "http/support/task_client.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Tasks stay UPLOADED.

/// A response without the fields that differ between any two responses.
std::string comparable(const CurlResponse& answer, bool has_body) {
  std::string text = std::to_string(answer.status) + "\n";
  for (const auto& [name, value] : answer.fields) {
    if (name == "Date" || name == "X-Request-Id") continue;
    text += name + ": " + value + "\n";
  }
  return has_body ? text + answer.body : text;
}

TEST(TaskVisibility, TasksOfOthersAreNotFound) {
  std::vector<server::Route> routes;
  const LiveServer server([&](LiveSettings& settings) {
    settings.routes = [&](server::Router& router) { routes = router.routes(); };
  });
  const TaskClient ann(server.url(), "ann");
  const TaskClient eve(server.url(), "eve");
  const std::string id = ann.task(ann.file("song.wav", wav_clip()), "mp3");
  ASSERT_EQ(ann.ended(id), "PROCESSED");
  int walked = 0;
  for (const server::Route& route : routes) {
    const auto at = route.pattern.find("{id}");
    if (at == std::string::npos || !route.pattern.starts_with("/api/")) continue;
    if (route.pattern.starts_with("/api/auth")) continue;
    ++walked;
    for (const std::string method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
      SCOPED_TRACE(method + " " + route.pattern);
      const auto send_request = [&](const std::string& which) {
        std::string path = route.pattern;
        path.replace(at, 4, which);
        if (const auto name = path.find("{name}"); name != std::string::npos)
          path.replace(name, 6, "song.mp3");
        auto extra_arguments = method == "PUT" ? with_fields(FieldsAs::json, {{"newFormat", "ogg"}})
                                               : std::vector<std::string>();
        extra_arguments.insert(extra_arguments.end(), {"-m", "10"});
        return comparable(eve.api().request(method, path, extra_arguments), method != "HEAD");
      };
      const std::string hers = send_request(id);
      EXPECT_EQ(hers, send_request("999999999"));
      EXPECT_EQ(hers, send_request("1" + std::string(18, '0')));
      EXPECT_THAT(hers, Not(HasSubstr("song")));
    }
  }
  EXPECT_GE(walked, 10);
  expect_problem(eve.api().get("/api/files/song.wav"), 404, "not_found");
  EXPECT_EQ(eve.api().get("/api/tasks").body, "[]");
  EXPECT_EQ(ann.state(id), "PROCESSED");
}

TEST(TaskVisibility, AcceptsOneSpellingOfAnId) {
  const LiveServer server(runs_nothing);
  const TaskClient ann(server.url(), "ann");
  const std::string id = ann.task(ann.file("song.wav", wav_clip()), "mp3");
  for (const std::string zeros : {"0", "00"}) {
    const std::string other = "/api/tasks/" + zeros + id;
    SCOPED_TRACE(other);
    expect_problem(ann.api().get(other), 404, "not_found");
    expect_problem(ann.api().get(other + "/input"), 404, "not_found");
    expect_problem(ann.api().get("/api/download/" + zeros + id), 404, "not_found");
    expect_problem(ann.api().request("POST", other + "/links"), 404, "not_found");
    expect_problem(ann.api().request("DELETE", other), 404, "not_found");
  }
  EXPECT_EQ(ann.state(id), "UPLOADED");
}

TEST(TaskVisibility, InvalidIdsAreNotFound) {
  const LiveServer server(runs_nothing);
  const TaskClient ann(server.url(), "ann");
  for (const std::string id :
       {"0", "-1", "x", "1x", "99999999999999999999", "9223372036854775808", "%20", "1.0"}) {
    SCOPED_TRACE(id);
    expect_problem(ann.api().get("/api/tasks/" + id), 404, "not_found");
  }
}

/// The URL in a response that starts with that prefix.
std::string address_in(const std::string& body, const std::string& begin) {
  const auto at = body.find("\"" + begin + "?link=");
  if (at == std::string::npos) return {};
  return body.substr(at + 1, body.find('"', at + 1) - at - 1);
}

TEST(Links, GiveReadAccessToOneTaskOnly) {
  const LiveServer server;
  const TaskClient ann(server.url(), "ann");
  const ApiClient anybody(server.url());
  const std::string id = ann.task(ann.file("song.wav", wav_clip()), "mp3");
  const std::string other = ann.task(ann.file("other.wav", wav_clip()), "mp3");
  ASSERT_EQ(ann.ended(id), "PROCESSED");
  const std::string task = "/api/tasks/" + id;
  const auto links = ann.api().request("POST", task + "/links");
  ASSERT_EQ(links.status, 200) << links;
  EXPECT_EQ(links.field("Cache-Control"), "no-store");
  EXPECT_THAT(member(links.body, "expires"), testing::EndsWith(".000Z")) << "whole seconds, as signed";
  const auto get = [&](const std::string& path) {
    const std::string address = address_in(links.body, path);
    EXPECT_FALSE(address.empty()) << path << " in " << links.body;
    return anybody.get(address, {"-m", "20"});
  };
  EXPECT_EQ(member(get(task).body, "id"), id);
  EXPECT_EQ(get(task + "/input").body, wav_clip());
  EXPECT_EQ(get(task + "/output").status, 200);
  EXPECT_EQ(get(task + "/outputs/song.mp3").status, 200);

  const std::string link = address_in(links.body, task).substr(task.size());
  expect_problem(anybody.get("/api/tasks/" + other + link), 401, "unauthorized");
  expect_problem(anybody.get("/api/tasks" + link), 401, "unauthorized");
  expect_problem(anybody.get("/api/download/" + id + link), 401, "unauthorized");
  expect_problem(anybody.request("DELETE", task + link), 401, "unauthorized");
  expect_problem(anybody.request("POST", task + "/links" + link), 401, "unauthorized");
  expect_problem(anybody.get(task + link + "x"), 401, "unauthorized");
  EXPECT_THAT(server.log(), Not(HasSubstr(link.substr(6))));
}

}  // namespace
}  // namespace convert::test
