// SPDX-License-Identifier: MIT
// Server-sent events over real sockets: states in order, resumed where they were lost, ended in good order.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/support/live_server.hpp"
#include "http/support/tasks.hpp"
#include "http/support/wire.hpp"
#include "support/sounds.hpp"
#include "support/waiting.hpp"

namespace convert::test {
namespace {

using testing::HasSubstr;
using testing::Not;

void runs_nothing(LiveSettings& settings) { settings.starts_engine = false; }

/// Listens to a task.
class Listener {
 public:
  Listener(const LiveServer& server, const std::string& token, const std::string& path,
           const std::string& fields = {})
      : wire_(server.port()) {
    wire_.send("GET " + path + " HTTP/1.1\r\nHost: x\r\n" +
               (token.empty() ? "" : "Authorization: Bearer " + token + "\r\n") + fields + "\r\n");
    head_ = wire_.head();
  }

  int status() const { return head_ ? head_->status : 0; }
  const WireAnswer& head() const { return *head_; }
  std::string until(const std::string& mark) { return wire_.read_until(mark); }
  std::string rest() { return wire_.rest().value_or("it does not end"); }
  Wire& wire() { return wire_; }

 private:
  Wire wire_;
  std::optional<WireAnswer> head_;
};

/// The values of "id: " lines.
std::vector<std::string> ids_in(const std::string& events) {
  std::vector<std::string> ids;
  for (std::size_t at = 0; (at = events.find("\nid: ", at)) != std::string::npos; ++at) {
    ids.push_back(events.substr(at + 5, events.find('\n', at + 5) - at - 5));
  }
  return ids;
}

/// One task of one member.
class Events : public testing::Test {
 protected:
  explicit Events(const std::function<void(LiveSettings&)>& adjust = runs_nothing) : server(adjust) {}
  std::string make() {
    id = ann.task(ann.file("song.wav", wav(0.2, 1)), "mp3");
    return "/api/tasks/" + id;
  }
  Listener listen(const std::string& fields = {}) {
    return {server, ann.api().token(), "/api/tasks/" + id + "/events", fields};
  }
  void change(const std::string& how) {
    EXPECT_EQ(ann.api().ask("POST", "/api/tasks/" + id + how).status, 200);
  }
  void replace() {
    EXPECT_EQ(ann.api().send("PUT", "/api/tasks/" + id, FieldsAs::json, {{"newFormat", "ogg"}}).status, 200);
  }

  LiveServer server;
  TaskClient ann{server.url(), "ann"};
  std::string id;
};

TEST_F(Events, BeginWithTheStateAsItIsAndGoOn) {
  NEED_DIRECT_CONNECTION();
  make();
  Listener listener = listen();
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

TEST_F(Events, GoOnBehindTheLastThatWasSeen) {
  NEED_DIRECT_CONNECTION();
  make();
  std::string seen;
  {
    Listener listener = listen();
    seen = ids_in(listener.until("}\n\n")).at(0);
  }
  change("/cancel");
  replace();
  change("/cancel");
  Listener listener = listen("Last-Event-ID: " + seen + "\r\n");
  std::string missed;
  for (const std::string mark : {"CANCELLED", "UPLOADED", "CANCELLED", "\n\n"})
    missed += listener.until(mark);
  const auto ids = ids_in(missed);
  EXPECT_THAT(missed, HasSubstr("CANCELLED"));
  ASSERT_EQ(ids.size(), 3u) << missed;
  EXPECT_GT(std::stoll(ids[0]), std::stoll(seen));
  EXPECT_GT(std::stoll(ids[1]), std::stoll(ids[0]));

  // Who has seen all is told nothing but what comes.
  Listener other = listen("Last-Event-ID: " + ids[2] + "\r\n");
  replace();
  const std::string next = other.until("}\n\n");
  EXPECT_THAT(next, HasSubstr("UPLOADED"));
  EXPECT_EQ(ids_in(next).size(), 1u) << next;
}

TEST_F(Events, AnIdThatIsNoneMeansTheBegin) {
  NEED_DIRECT_CONNECTION();
  make();
  for (const std::string bad : {"x", "-1", "", "99999999999999999999"}) {
    Listener listener = listen("Last-Event-ID: " + bad + "\r\n");
    EXPECT_THAT(listener.until("}\n\n"), HasSubstr("UPLOADED")) << bad;
  }
}

TEST_F(Events, ARemovedTaskIsToldAndThatIsTheEnd) {
  NEED_DIRECT_CONNECTION();
  make();
  Listener listener = listen();
  listener.until("}\n\n");
  EXPECT_EQ(ann.api().ask("DELETE", "/api/tasks/" + id).status, 204);
  EXPECT_THAT(listener.until("event: removed\ndata: {\"id\":" + id + "}\n\n"), HasSubstr("removed"));
  EXPECT_THAT(listener.until("0\r\n\r\n"), HasSubstr("0\r\n\r\n"));
  EXPECT_EQ(listen().status(), 404);
}

TEST_F(Events, ByALink) {
  NEED_DIRECT_CONNECTION();
  const std::string task = make();
  const auto links = ann.api().ask("POST", task + "/links");
  Listener listener(server, "", member(links.body, "events"));
  EXPECT_EQ(listener.status(), 200);
  EXPECT_THAT(listener.until("}\n\n"), HasSubstr("\"user\":\"ann\""));
}

TEST_F(Events, AStopOfTheServerEndsThemInGoodOrder) {
  NEED_DIRECT_CONNECTION();
  make();
  Listener listener = listen();
  listener.until("}\n\n");
  EXPECT_TRUE(server.stop(std::chrono::seconds(30), std::chrono::seconds(10)));
  EXPECT_THAT(listener.rest(), testing::EndsWith("0\r\n\r\n"));
}

class FewListeners : public Events {
 protected:
  FewListeners()
      : Events([](LiveSettings& settings) {
          settings.starts_engine = false;
          settings.server.listeners = 3;
          settings.server.listeners_an_account = 2;
        }) {}
};

TEST_F(FewListeners, AreAsManyAsMayBe) {
  NEED_DIRECT_CONNECTION();
  make();
  Listener one = listen();
  auto two = std::make_unique<Listener>(listen());
  EXPECT_EQ(two->status(), 200);
  EXPECT_EQ(listen().status(), 429);
  const TaskClient bob(server.url(), "bob");
  const std::string bobs = "/api/tasks/" + bob.task(bob.file("a.wav", "x"), "mp3") + "/events";
  Listener three(server, bob.api().token(), bobs);
  EXPECT_EQ(three.status(), 200);
  Listener four(server, bob.api().token(), bobs);
  EXPECT_EQ(four.status(), 503);
  EXPECT_TRUE(four.head().field("Retry-After"));
  two.reset();
  EXPECT_TRUE(eventually(std::chrono::seconds(20), [&] { return listen().status() == 200; }));
}

class RunningEvents : public Events {
 protected:
  RunningEvents() : Events([](LiveSettings&) {}) {}
};

TEST_F(RunningEvents, TellOfAConversionToItsEnd) {
  NEED_DIRECT_CONNECTION();
  make();
  Listener listener = listen();
  std::string all = listener.until("\"state\":\"PROCESSED\"");
  all += listener.until("\n\n");
  EXPECT_THAT(all, HasSubstr("\"url\":\"/api/tasks/" + id + "/outputs/song.mp3\""));
  const auto ids = ids_in(all);
  for (std::size_t i = 1; i < ids.size(); ++i) EXPECT_GT(std::stoll(ids[i]), std::stoll(ids[i - 1]));
}

TEST_F(RunningEvents, ManyListenersAllHearTheEnd) {
  NEED_DIRECT_CONNECTION();
  make();
  std::vector<std::unique_ptr<Listener>> listeners;
  for (int i = 0; i < 50; ++i) listeners.push_back(std::make_unique<Listener>(listen()));
  for (auto& listener : listeners) {
    EXPECT_THAT(listener->until("\"state\":\"PROCESSED\""), HasSubstr("PROCESSED"));
  }
}

}  // namespace
}  // namespace convert::test
