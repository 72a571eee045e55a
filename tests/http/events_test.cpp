// SPDX-License-Identifier: MIT
// Server-sent events over real sockets: states in order, resumption after a lost connection, orderly end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/support/event_stream_client.hpp"
#include "http/support/live_server.hpp"
#include "http/support/task_client.hpp"
#include "support/audio_samples.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

using testing::HasSubstr;
using testing::Not;

void runs_nothing(LiveSettings& settings) { settings.starts_engine = false; }

/// One task of one account.
class Events : public testing::Test {
 protected:
  explicit Events(const std::function<void(LiveSettings&)>& adjust = runs_nothing) : server(adjust) {}
  std::string make() {
    id = ann.task(ann.file("song.wav", wav(0.2, 1)), "mp3");
    return "/api/tasks/" + id;
  }
  EventStreamClient listen(const std::string& fields = {}) {
    return {server.port(), ann.api().token(), "/api/tasks/" + id + "/events", fields};
  }
  void change(const std::string& how) {
    EXPECT_EQ(ann.api().request("POST", "/api/tasks/" + id + how).status, 200);
  }
  void replace(const std::string& format = "ogg") {
    EXPECT_EQ(ann.api().send("PUT", "/api/tasks/" + id, FieldsAs::json, {{"newFormat", format}}).status, 200);
  }

  LiveServer server;
  TaskClient ann{server.url(), "ann"};
  std::string id;
};

TEST_F(Events, StartWithTheCurrentState) {
  NEED_DIRECT_CONNECTION();
  make();
  EventStreamClient listener = listen();
  ASSERT_EQ(listener.status(), 200);
  EXPECT_EQ(listener.head().field("Content-Type"), "text/event-stream");
  EXPECT_EQ(listener.head().field("Cache-Control"), "no-store");
  EXPECT_EQ(listener.head().field("X-Accel-Buffering"), "no");
  EXPECT_THAT(listener.until("\n\n"), HasSubstr("retry: 2000"));
  const std::string first = listener.until("\n\n");
  EXPECT_THAT(first, HasSubstr("event: state\n"));
  EXPECT_THAT(first, HasSubstr("data: {\"id\":" + id + ","));
  EXPECT_THAT(first, HasSubstr("\"state\":\"UPLOADED\""));
  change("/cancel");
  EXPECT_THAT(listener.until("\n\n"), HasSubstr("\"state\":\"CANCELLED\""));
  replace();
  EXPECT_THAT(listener.until("\n\n"), HasSubstr("\"convertedExt\":\"ogg\""));
}

TEST_F(Events, ContinueAfterTheLastSeenEvent) {
  NEED_DIRECT_CONNECTION();
  make();
  const auto seen = states_in(listen().until("}\n\n")).at(0).id;
  change("/cancel");
  replace();
  change("/cancel");
  EventStreamClient listener = listen("Last-Event-ID: " + std::to_string(seen) + "\r\n");
  std::string missed;
  for (const std::string mark : {"CANCELLED", "UPLOADED", "CANCELLED", "\n\n"})
    missed += listener.until(mark);
  const auto reported = states_in(missed);
  EXPECT_THAT(missed, HasSubstr("CANCELLED"));
  ASSERT_EQ(reported.size(), 3u) << missed;
  EXPECT_GT(reported[0].id, seen);
  EXPECT_GT(reported[1].id, reported[0].id);

  // A client that has seen all events gets only new ones.
  EventStreamClient other = listen("Last-Event-ID: " + std::to_string(reported[2].id) + "\r\n");
  replace("flac");
  const std::string next = other.until("}\n\n");
  EXPECT_THAT(next, HasSubstr("UPLOADED"));
  EXPECT_EQ(states_in(next).size(), 1u) << next;
}

TEST_F(Events, StartFromTheCurrentStateForAnInvalidId) {
  NEED_DIRECT_CONNECTION();
  make();
  for (const std::string bad : {"x", "-1", "", "99999999999999999999"}) {
    EventStreamClient listener = listen("Last-Event-ID: " + bad + "\r\n");
    EXPECT_THAT(listener.until("}\n\n"), HasSubstr("UPLOADED")) << bad;
  }
}

TEST_F(Events, EndWithTheRemovalOfTheTask) {
  NEED_DIRECT_CONNECTION();
  make();
  EventStreamClient listener = listen();
  listener.until("}\n\n");
  EXPECT_EQ(ann.api().request("DELETE", "/api/tasks/" + id).status, 200);
  EXPECT_THAT(listener.until("event: removed\ndata: {\"id\":" + id + "}\n\n"), HasSubstr("removed"));
  EXPECT_THAT(listener.until("0\r\n\r\n"), HasSubstr("0\r\n\r\n"));
  EXPECT_EQ(listen().status(), 404);
}

TEST_F(Events, AreReadableByALink) {
  NEED_DIRECT_CONNECTION();
  const std::string task = make();
  const auto links = ann.api().request("POST", task + "/links");
  EventStreamClient listener(server.port(), "", member(links.body, "events"));
  EXPECT_EQ(listener.status(), 200);
  EXPECT_THAT(listener.until("}\n\n"), HasSubstr("\"user\":\"ann\""));
}

/// What a subscriber still receives when the owner cancels the task.
void cancels_unheard(EventStreamClient& listener, LiveServer& server, const std::string& id) {
  ASSERT_TRUE(server.engine().cancel(std::stoll(id)));
  EXPECT_EQ(listener.until("0\r\n\r\n"), "0\r\n\r\n");
}

TEST_F(Events, EndWhenTheKeyIsDeleted) {
  NEED_DIRECT_CONNECTION();
  const std::string task = make();
  const auto key = ann.api().post("/api/auth/keys", {{"name", "listens"}});
  EventStreamClient listener(server.port(), member(key.body, "key"), task + "/events");
  EventStreamClient other = listen();
  listener.until("}\n\n\r\n");
  other.until("}\n\n\r\n");
  EXPECT_EQ(ann.api().request("DELETE", "/api/auth/keys/" + member(key.body, "id")).status, 204);
  cancels_unheard(listener, server, id);
  EXPECT_THAT(other.until("\n\n"), HasSubstr("\"state\":\"CANCELLED\"")) << "the token is still valid";
}

TEST_F(Events, EndWhenThePasswordChanges) {
  NEED_DIRECT_CONNECTION();
  const std::string task = make();
  const auto links = ann.api().request("POST", task + "/links");
  EventStreamClient by_link(server.port(), "", member(links.body, "events"));
  EventStreamClient by_token = listen();
  by_link.until("}\n\n\r\n");
  by_token.until("}\n\n\r\n");
  const auto changed = ann.api().post("/api/auth/password", {{"password", std::string(kGoodPassword)},
                                                             {"password1", "another horse 2"},
                                                             {"password2", "another horse 2"}});
  EXPECT_EQ(changed.status, 200) << changed;
  cancels_unheard(by_token, server, id);
  EXPECT_EQ(by_link.until("0\r\n\r\n"), "0\r\n\r\n");
}

TEST_F(Events, ReportRemovalToALinkHolder) {
  NEED_DIRECT_CONNECTION();
  const auto links = ann.api().request("POST", make() + "/links");
  EventStreamClient listener(server.port(), "", member(links.body, "events"));
  listener.until("}\n\n");
  EXPECT_EQ(ann.api().request("DELETE", "/api/tasks/" + id).status, 200);
  EXPECT_THAT(listener.until("0\r\n\r\n"), HasSubstr("event: removed\n"));
}

TEST_F(Events, EndCleanlyWhenTheServerStops) {
  NEED_DIRECT_CONNECTION();
  make();
  EventStreamClient listener = listen();
  listener.until("}\n\n");
  EXPECT_TRUE(server.stop(std::chrono::seconds(30), std::chrono::seconds(10)));
  EXPECT_THAT(listener.rest(), testing::EndsWith("0\r\n\r\n"));
}

class FewListeners : public Events {
 protected:
  FewListeners()
      : Events([](LiveSettings& settings) {
          settings.starts_engine = false;
          settings.server.max_event_streams = 3;
          settings.server.max_event_streams_per_account = 2;
        }) {}
};

TEST_F(FewListeners, AreLimited) {
  NEED_DIRECT_CONNECTION();
  make();
  EventStreamClient one = listen();
  auto two = std::make_unique<EventStreamClient>(listen());
  EXPECT_EQ(two->status(), 200);
  EXPECT_EQ(listen().status(), 429);
  const TaskClient bob(server.url(), "bob");
  const std::string bobs = "/api/tasks/" + bob.task(bob.file("a.wav", "x"), "mp3") + "/events";
  EventStreamClient three(server.port(), bob.api().token(), bobs);
  EXPECT_EQ(three.status(), 200);
  EventStreamClient four(server.port(), bob.api().token(), bobs);
  EXPECT_EQ(four.status(), 503);
  EXPECT_TRUE(four.head().field("Retry-After"));
  two.reset();
  EXPECT_TRUE(eventually(std::chrono::seconds(20), [&] { return listen().status() == 200; }));
}

class RunningEvents : public Events {
 protected:
  RunningEvents() : Events([](LiveSettings&) {}) {}
};

TEST_F(RunningEvents, ReportAConversionToItsEnd) {
  NEED_DIRECT_CONNECTION();
  make();
  EventStreamClient listener = listen();
  std::string all = listener.until("\"state\":\"PROCESSED\"");
  all += listener.until("\n\n");
  EXPECT_THAT(all, HasSubstr("\"url\":\"/api/tasks/" + id + "/outputs/song.mp3\""));
  const auto reported = states_in(all);
  for (std::size_t i = 1; i < reported.size(); ++i) EXPECT_GT(reported[i].id, reported[i - 1].id);
}

TEST_F(RunningEvents, ReachAllOfManyClients) {
  NEED_DIRECT_CONNECTION();
  make();
  std::vector<std::unique_ptr<EventStreamClient>> listeners;
  for (int i = 0; i < 50; ++i) listeners.push_back(std::make_unique<EventStreamClient>(listen()));
  for (auto& listener : listeners) {
    EXPECT_THAT(listener->until("\"state\":\"PROCESSED\""), HasSubstr("PROCESSED"));
  }
}

}  // namespace
}  // namespace convert::test
