// SPDX-License-Identifier: MIT
// API keys over real sockets.
#include <gtest/gtest.h>

#include <string>

#include "http/support/api_client.hpp"
#include "http/support/live_server.hpp"

namespace convert::test {
namespace {

TEST(Keys, AreShownOnceListedAndRevoked) {
  const LiveServer server;
  const auto client = sign_up_and_log_in(server.url(), "ada");
  for (const FieldsAs type : kFieldsAs) {
    const auto made = client.send("POST", "/api/auth/keys", type, {{"name", "laptop"}});
    ASSERT_EQ(made.status, 200) << made;
    EXPECT_EQ(made.field("Cache-Control"), "no-store");
    const std::string id = member(made.body, "id");
    const std::string key = member(made.body, "key");
    EXPECT_TRUE(key.starts_with("cvk_")) << key;
    auto listed = client.get("/api/auth/keys");
    EXPECT_NE(listed.body.find(id), std::string::npos) << listed;
    EXPECT_EQ(listed.body.find(key.substr(17)), std::string::npos) << listed;
    EXPECT_EQ(member(listed.body, "used"), "null");
    EXPECT_EQ(client.with_token(key).get("/api/auth/me").status, 200);
    EXPECT_NE(member(client.get("/api/auth/keys").body, "used"), "null");
    EXPECT_EQ(client.with_token(key + "x").get("/api/auth/me").status, 401);
    EXPECT_EQ(client.request("DELETE", "/api/auth/keys/" + id).status, 204);
    expect_problem(client.request("DELETE", "/api/auth/keys/" + id), 404, "not_found");
    expect_problem(client.with_token(key).get("/api/auth/me"), 401, "unauthorized");
  }
  EXPECT_EQ(client.get("/api/auth/keys").body, "[]");
}

TEST(Keys, AreRejectedWhereATokenIsRequired) {
  const LiveServer server;
  const auto client = sign_up_and_log_in(server.url(), "ada");
  const auto made = client.post("/api/auth/keys", {{"name", "laptop"}});
  const auto key = client.with_token(member(made.body, "key"));
  expect_problem(key.post("/api/auth/keys", {{"name", "more"}}), 403, "token_needed");
  expect_problem(key.request("DELETE", "/api/auth/keys/" + member(made.body, "id")), 403, "token_needed");
  expect_problem(key.request("DELETE", "/api/auth/me"), 403, "token_needed");
  expect_problem(key.send("PATCH", "/api/auth/me", FieldsAs::json, {{"language", "de"}}), 403,
                 "token_needed");
  expect_problem(
      key.post("/api/auth/password",
               {{"password", kPassword}, {"password1", "new donkey 2"}, {"password2", "new donkey 2"}}),
      403, "token_needed");
  EXPECT_EQ(key.get("/api/auth/keys").status, 200);
}

TEST(Keys, OfOtherAccountsAreNotFound) {
  const LiveServer server;
  const auto ada = sign_up_and_log_in(server.url(), "ada");
  const auto bob = sign_up_and_log_in(server.url(), "bob");
  const auto made = ada.post("/api/auth/keys", {{"name", "laptop"}});
  const auto others = bob.request("DELETE", "/api/auth/keys/" + member(made.body, "id"));
  const auto none = bob.request("DELETE", "/api/auth/keys/aaaaaaaaaaaa");
  expect_problem(others, 404, "not_found");
  EXPECT_EQ(others.body, none.body);
  EXPECT_EQ(bob.get("/api/auth/keys").body, "[]");
  EXPECT_EQ(ada.with_token(member(made.body, "key")).get("/api/auth/me").status, 200);
}

TEST(Keys, RequireANameAndAreLimited) {
  const LiveServer server;
  const auto client = sign_up_and_log_in(server.url(), "ada");
  expect_problem(client.post("/api/auth/keys", {}), 400, "missing_field");
  expect_problem(client.post("/api/auth/keys", {{"name", std::string(65, 'x')}}), 400, "bad_name");
  for (int count = 0; count < 100; ++count) {
    ASSERT_EQ(client.post("/api/auth/keys", {{"name", "key"}}).status, 200);
  }
  expect_problem(client.post("/api/auth/keys", {{"name", "key"}}), 409, "too_many_keys");
}

}  // namespace
}  // namespace convert::test
