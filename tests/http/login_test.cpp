// SPDX-License-Identifier: MIT
// A login reveals nothing about accounts.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "http/support/api_client.hpp"
#include "http/support/live_server.hpp"
#include "http/support/raw_connection.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

TEST(Login, HidesWhetherAnAccountExists) {
  const LiveServer server;
  sign_up_and_log_in(server.url(), "ada");
  const ApiClient client(server.url());
  expect_problem(client.post("/api/auth/login", {{"username", "ada"}}), 400, "missing_field");
  expect_problem(client.post("/api/auth/login", {{"password", kPassword}}), 400, "missing_field");
  const auto wrong = client.post("/api/auth/login", {{"username", "ada"}, {"password", "wrong horse 1"}});
  const auto unknown = client.post("/api/auth/login", {{"username", "bob"}, {"password", "wrong horse 1"}});
  expect_problem(wrong, 401, "bad_credentials");
  EXPECT_EQ(wrong.body, unknown.body);
  ASSERT_EQ(wrong.fields.size(), unknown.fields.size());
  for (std::size_t at = 0; at < wrong.fields.size(); ++at) {
    EXPECT_EQ(wrong.fields[at].first, unknown.fields[at].first);
    if (wrong.fields[at].first == "Date" || wrong.fields[at].first == "X-Request-Id") continue;
    EXPECT_EQ(wrong.fields[at].second, unknown.fields[at].second) << wrong.fields[at].first;
  }
}

// How many of these concurrent logins the password-hashing pool refuses.
int refused_at_once(const LiveServer& server, const std::string& name, int count) {
  const std::string body = "username=" + name + "&password=wrong+horse+1";
  const std::string request =
      "POST /api/auth/login HTTP/1.1\r\nHost: here\r\nContent-Length: " + std::to_string(body.size()) +
      "\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n" + body;
  std::vector<RawConnection> wires;
  for (int at = 0; at < count; ++at) wires.emplace_back(server.port());
  for (RawConnection& wire : wires) EXPECT_TRUE(wire.send(request));
  int refused = 0;
  for (RawConnection& wire : wires) {
    const auto answer = wire.read_response();
    if (!answer) continue;
    EXPECT_TRUE(answer->status == 401 || answer->status == 503) << answer->line;
    if (answer->status != 503) continue;
    ++refused;
    EXPECT_GE(std::stoi(answer->field("Retry-After").value_or("0")), 1);
  }
  return refused;
}

TEST(Login, HashesForUnknownAccountsToo) {
  // A refusal by the small pool shows that the login computes a hash, also for an unknown name.
  const LiveServer server([](LiveSettings& settings) {
    settings.server.password_policy.hash_threads = settings.server.password_policy.max_queued = 1;
    settings.server.rate_limits.password_failures =
        settings.server.rate_limits.password_failures_per_address = {};
  });
  sign_up_and_log_in(server.url(), "ada");
  for (const std::string name : {"ada", "nobody"}) {
    EXPECT_TRUE(eventually(kDeadline, [&] { return refused_at_once(server, name, 20) > 0; })) << name;
  }
}

TEST(Login, RejectsDisabledAccounts) {
  const auto store = server::memory_account_store();
  const LiveServer server([&](LiveSettings& settings) { settings.server.accounts = store; });
  const auto client = sign_up_and_log_in(server.url(), "ada");
  const auto account = store->find_login("ada");
  ASSERT_TRUE(account);
  server::AccountChange disabled;
  disabled.disabled = true;
  ASSERT_TRUE(store->change(account->id, disabled));
  expect_problem(client.post("/api/auth/login", {{"username", "ada"}, {"password", kPassword}}), 401,
                 "bad_credentials");
  // Changes by other processes are visible after one second.
  EXPECT_TRUE(eventually(kDeadline, [&] { return client.get("/api/auth/me").status == 401; }));
}

}  // namespace
}  // namespace convert::test
