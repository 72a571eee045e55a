// SPDX-License-Identifier: MIT
// Downloads that are answered by a redirect to a signed URL of the storage: only where every client can
// follow it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>

#include "http/support/live_server.hpp"
#include "http/support/task_client.hpp"
#include "support/fault_injection.hpp"

namespace convert::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

/// A storage with signed URLs, which a route of the same server plays. Like S3, it refuses two credentials.
class RedirectingServer {
 public:
  explicit RedirectingServer(const std::function<void(LiveSettings&)>& adjust = {})
      : server_([&](LiveSettings& settings) {
          settings.server.redirect_downloads = true;
          settings.engine.storage = std::make_shared<SigningStorage>(settings.engine.storage, port_);
          settings.routes = [](server::Router& router) {
            router.on(server::Method::get, "/storage/{key}", answer_as_storage);
          };
          if (adjust) adjust(settings);
        }) {
    *port_ = server_.port();
  }

  const LiveServer& operator*() const { return server_; }
  const LiveServer* operator->() const { return &server_; }

 private:
  using Port = std::shared_ptr<std::atomic<int>>;

  class SigningStorage : public ChaosStorage {
   public:
    SigningStorage(std::shared_ptr<Storage> inner, Port port)
        : ChaosStorage(std::move(inner), 1), port_(std::move(port)) {}
    Result<std::string> signed_url(const Key&, const DownloadUrl& request) override {
      return fmt::format("http://127.0.0.1:{}/storage/key?name={}&type={}&attachment={}&valid={}",
                         port_->load(), request.file_name, request.content_type, request.attachment,
                         request.valid.count());
    }

   private:
    const Port port_;
  };

  static server::Async<server::Response> answer_as_storage(server::Request& request) {
    server::Response response;
    if (request.field("Authorization")) {
      response.status = 400;
      response.body = std::string("Only one auth mechanism allowed");
    } else {
      response.body = std::string("from the storage");
    }
    co_return response;
  }

  const Port port_ = std::make_shared<std::atomic<int>>(0);
  LiveServer server_;
};

/// A task that has ended, and the paths of its files with and without a signed link.
struct EndedTask {
  explicit EndedTask(const TaskClient& client) : id(client.task(client.file("song.wav", wav_clip()), "mp3")) {
    EXPECT_EQ(client.ended(id), "PROCESSED");
    input = "/api/tasks/" + id + "/input";
    output = "/api/tasks/" + id + "/output";
    const auto links = client.api().request("POST", "/api/tasks/" + id + "/links");
    const auto by_link = member(links.body, "input");
    link = by_link.substr(by_link.find('?'));
  }
  std::string id, input, output, link;
};

TEST(Redirects, SendClientsWithALinkToTheStorage) {
  NEED_DIRECT_CONNECTION();
  const RedirectingServer server;
  const TaskClient ann(server->url(), "ann");
  const EndedTask task(ann);
  const auto output = curl({server->url(task.output + task.link)});
  EXPECT_EQ(output.status, 302) << output;
  EXPECT_EQ(output.field("Cache-Control"), "no-store");
  EXPECT_THAT(output.field("Location").value_or(""),
              AllOf(HasSubstr("name=song.mp3"), HasSubstr("type=audio/mpeg"), HasSubstr("attachment=false"),
                    HasSubstr("valid=300000")));
  const auto input = curl({server->url(task.input + task.link)});
  EXPECT_THAT(input.field("Location").value_or(""), HasSubstr("name=song.wav"));
  EXPECT_EQ(curl({"-L", server->url(task.output + task.link)}).body, "from the storage");
}

TEST(Redirects, AreNotForClientsThatMayForwardTheirCredential) {
  NEED_DIRECT_CONNECTION();
  const RedirectingServer server;
  const TaskClient ann(server->url(), "ann");
  const EndedTask task(ann);
  for (const auto& path : {task.output, task.output + task.link}) {
    const auto answer = ann.api().get(path, {"-L", "--location-trusted"});
    EXPECT_EQ(answer.status, 200) << answer;
    EXPECT_EQ(answer.field("Content-Type"), "audio/mpeg") << path;
  }
  EXPECT_EQ(ann.api().get("/api/download/" + task.id, {"-L", "--location-trusted"}).body, wav_clip());
}

TEST(Redirects, AreForGetOnly) {
  NEED_DIRECT_CONNECTION();
  const RedirectingServer server;
  const TaskClient ann(server->url(), "ann");
  const EndedTask task(ann);
  const auto head = curl({"-I", server->url(task.output + task.link)});
  EXPECT_EQ(head.status, 200) << head;
  EXPECT_TRUE(head.field("ETag").has_value());
}

TEST(Redirects, AreShorterThanALink) {
  NEED_DIRECT_CONNECTION();
  const RedirectingServer server(
      [](LiveSettings& settings) { settings.server.link_ttl = std::chrono::seconds(20); });
  const TaskClient ann(server->url(), "ann");
  const EndedTask task(ann);
  EXPECT_THAT(curl({server->url(task.output + task.link)}).field("Location").value_or(""),
              HasSubstr("valid=20000"));
}

TEST(Redirects, AreOffByDefaultAndWithoutUrls) {
  NEED_DIRECT_CONNECTION();
  const RedirectingServer off([](LiveSettings& settings) { settings.server.redirect_downloads = false; });
  const LiveServer without_urls([](LiveSettings& settings) { settings.server.redirect_downloads = true; });
  for (const LiveServer* server : {&*off, &without_urls}) {
    const TaskClient ann(server->url(), "ann");
    const EndedTask task(ann);
    const auto answer = curl({server->url(task.input + task.link)});
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, wav_clip());
  }
}

}  // namespace
}  // namespace convert::test
