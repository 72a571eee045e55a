// SPDX-License-Identifier: MIT
// Pages without authentication, and the effect of an embedder's own authentication.
#include <gtest/gtest.h>

#include <string>

#include "http/support/api_client.hpp"
#include "http/support/live_server.hpp"
#include "support/test_files.hpp"

namespace convert::test {
namespace {

struct Page {
  std::string path;
  std::string type;
  std::string text;  // which the page contains
};
const Page kPages[] = {{"/", "text/html; charset=utf-8", "<h1>"},
                       {"/openapi.json", "application/json", "\"openapi\": \"3.1.0\""},
                       {"/api/formats", "application/json", "\"name\":\"mp3\""}};

TEST(Site, PagesHaveATagAndAreNotSentTwice) {
  const LiveServer server;
  const ApiClient client(server.url());
  for (const Page& page : kPages) {
    const auto whole = client.get(page.path);
    EXPECT_EQ(whole.status, 200) << page.path;
    EXPECT_EQ(whole.field("Content-Type"), page.type);
    EXPECT_EQ(whole.field("X-Content-Type-Options"), "nosniff") << page.path;
    EXPECT_NE(whole.body.find(page.text), std::string::npos) << page.path;
    const auto tag = whole.field("ETag").value_or("");
    EXPECT_FALSE(tag.empty()) << page.path;
    const auto known = client.get(page.path, {"-H", "If-None-Match: " + tag});
    EXPECT_EQ(known.status, 304) << page.path;
    EXPECT_EQ(known.body, "");
    const auto packed = client.get(page.path, {"--compressed"});
    EXPECT_EQ(packed.body, whole.body) << page.path;
    const auto same = packed.field("ETag").value_or("");
    const auto again = client.get(page.path, {"--compressed", "-H", "If-None-Match: " + same});
    EXPECT_EQ(again.status, 304) << page.path;
    EXPECT_EQ(again.field("ETag"), same) << page.path;
    const auto head = client.request("HEAD", page.path);
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.field("Content-Length"), std::to_string(whole.body.size())) << page.path;
  }
}

TEST(Site, TheDocumentIsTheOneOfTheSourceTree) {
  const LiveServer server;
  EXPECT_EQ(ApiClient(server.url()).get("/openapi.json").body, read_file(OPENAPI_DOCUMENT));
}

TEST(Site, HealthAndReadiness) {
  const LiveServer server;
  const ApiClient client(server.url());
  EXPECT_EQ(client.get("/healthz").body, R"({"status":"ok"})");
  const auto ready = client.get("/readyz");
  EXPECT_EQ(ready.status, 200) << ready;
  EXPECT_EQ(member(ready.body, "status"), "ready");
}

TEST(Site, BeforeConversionsRunItIsAliveAndNotReady) {
  const LiveServer server([](LiveSettings& settings) {
    settings.starts_engine = false;
    settings.engine.execution.reset();
  });
  const ApiClient client(server.url());
  EXPECT_EQ(client.get("/healthz").status, 200);
  const auto ready = client.get("/readyz");
  expect_problem(ready, 503, "not_ready");
  EXPECT_EQ(member(ready.body, "accounts"), "ok");
  EXPECT_EQ(member(ready.body, "conversions"), "failing");
  const auto formats = client.get("/api/formats");
  expect_problem(formats, 503, "starting");
  EXPECT_EQ(formats.field("Retry-After"), "1");
}

server::Async<Result<std::optional<server::Identity>>> by_field(server::Request& request) {
  const auto user = request.field("X-User");
  if (!user) co_return std::optional<server::Identity>();
  server::Identity identity;
  identity.account = identity.name = std::string(*user);
  co_return std::optional<server::Identity>(identity);
}

TEST(Site, TheHostsOwnAuthenticationTakesThePlaceOfAccounts) {
  const LiveServer server([](LiveSettings& settings) { settings.server.authenticate = by_field; });
  const ApiClient client(server.url());
  expect_problem(client.get("/api/tasks"), 401, "unauthorized");
  EXPECT_EQ(client.get("/api/tasks", {"-H", "X-User: ada"}).body, "[]");
  EXPECT_EQ(client.get("/api/auth/me", {"-H", "X-User: ada"}).status, 404);
  EXPECT_EQ(client.post("/api/auth/login", {{"username", "ada"}, {"password", "x"}}).status, 404);
}

server::Async<Result<std::optional<server::Identity>>> broken(server::Request&) {
  co_return Error{Errc::unavailable, "The directory at ldap://10.0.0.7 does not answer.", true};
}

TEST(Site, ErrorsOfTheHostsAuthenticationAreNo401) {
  const LiveServer server([](LiveSettings& settings) { settings.server.authenticate = broken; });
  const auto answer = ApiClient(server.url()).get("/api/tasks");
  expect_problem(answer, 503, "unavailable");
  EXPECT_EQ(answer.body.find("ldap"), std::string::npos);
}

}  // namespace
}  // namespace convert::test
