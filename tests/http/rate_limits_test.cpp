// SPDX-License-Identifier: MIT
// Rate limits: requests, logins, sign-ups, wrong passwords.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>

#include "http/support/api_client.hpp"
#include "http/support/live_server.hpp"

namespace convert::test {
namespace {

// That many for the duration of a test.
server::RateLimit only(std::uint32_t events) { return {events, std::chrono::hours(24), events}; }

LiveServer with_rates(const std::function<void(server::RateLimits&)>& adjust, bool exempt = false) {
  return LiveServer([&](LiveSettings& settings) {
    if (!exempt) settings.server.exempt_networks.clear();
    adjust(settings.server.rate_limits);
  });
}

ApiFields signup_form(const std::string& name) {
  return {{"username", name},
          {"email", name + "@example.org"},
          {"password1", kPassword},
          {"password2", kPassword}};
}

CurlResponse login(const ApiClient& client, const std::string& name, const std::string& password) {
  return client.post("/api/auth/login", {{"username", name}, {"password", password}});
}

void expect_refused(const CurlResponse& answer) {
  expect_problem(answer, 429, "too_many_requests");
  EXPECT_GE(std::stoi(answer.field("Retry-After").value_or("0")), 1) << answer;
}

TEST(RateLimits, LimitAnAddress) {
  const auto server = with_rates([](server::RateLimits& rates) { rates.per_address = only(4); });
  const ApiClient client(server.url());
  for (int count = 0; count < 4; ++count) EXPECT_EQ(client.get("/api/formats").status, 200);
  expect_refused(client.get("/api/formats"));
  expect_refused(client.get("/api/auth/me"));
  EXPECT_EQ(client.get("/healthz").status, 200) << "health checks are not counted";
}

TEST(RateLimits, LimitAnAccountAcrossItsCredentials) {
  const auto server = with_rates([](server::RateLimits& rates) { rates.per_account = only(4); });
  const auto ada = sign_up_and_log_in(server.url(), "ada");
  const auto bob = sign_up_and_log_in(server.url(), "bob");
  const auto key = ada.with_token(member(ada.post("/api/auth/keys", {{"name", "laptop"}}).body, "key"));
  for (int count = 0; count < 3; ++count) EXPECT_EQ(ada.get("/api/auth/keys").status, 200);
  expect_refused(ada.get("/api/auth/keys"));
  expect_refused(key.get("/api/auth/keys"));
  EXPECT_EQ(bob.get("/api/auth/keys").status, 200);
}

TEST(RateLimits, LimitLoginsIncludingSuccessfulOnes) {
  const auto server = with_rates([](server::RateLimits& rates) { rates.login = only(3); });
  const auto client = sign_up_and_log_in(server.url(), "ada");  // the first
  for (int count = 0; count < 2; ++count) EXPECT_EQ(login(client, "ada", kPassword).status, 200);
  expect_refused(login(client, "ada", kPassword));
  expect_refused(login(client, "bob", kPassword));
  EXPECT_EQ(client.get("/api/auth/me").status, 200) << "a session continues";
}

TEST(RateLimits, LimitSignUps) {
  const auto server = with_rates([](server::RateLimits& rates) { rates.signup = only(2); });
  const ApiClient client(server.url());
  EXPECT_EQ(client.post("/api/auth/signup", signup_form("ada")).status, 200);
  EXPECT_EQ(client.post("/api/auth/signup", signup_form("ada")).status, 400);
  expect_refused(client.post("/api/auth/signup", signup_form("bob")));
}

TEST(RateLimits, LimitWrongPasswordsForAName) {
  // Also for this machine itself, which is exempt from the other limits.
  const auto server = with_rates([](server::RateLimits& rates) { rates.password_failures = only(3); }, true);
  sign_up_and_log_in(server.url(), "bob");
  const auto client = sign_up_and_log_in(server.url(), "ada");
  for (int count = 0; count < 10; ++count)
    EXPECT_EQ(login(client, "ada", kPassword).status, 200) << "correct passwords are not counted";
  for (int count = 0; count < 3; ++count) EXPECT_EQ(login(client, "ADA", "wrong horse 1").status, 401);
  expect_refused(login(client, "ada", "wrong horse 1"));
  expect_refused(login(client, "ada", kPassword));
  EXPECT_EQ(login(client, "bob", kPassword).status, 200);
  // The same sentence for a name that does not exist.
  for (int count = 0; count < 3; ++count) EXPECT_EQ(login(client, "nobody", "wrong horse 1").status, 401);
  expect_refused(login(client, "nobody", "wrong horse 1"));
  expect_refused(
      client.post("/api/auth/password",
                  {{"password", kPassword}, {"password1", "new donkey 2"}, {"password2", "new donkey 2"}}));
}

TEST(RateLimits, LimitWrongPasswordsForAnAccountByNameAndEmail) {
  const auto server = with_rates([](server::RateLimits& rates) { rates.password_failures = only(3); }, true);
  const auto client = sign_up_and_log_in(server.url(), "ada");
  const auto by_email = [&] {
    return client.post("/api/auth/login", {{"email", "ada@example.org"}, {"password", "wrong horse 1"}});
  };
  EXPECT_EQ(login(client, "ada", "wrong horse 1").status, 401);
  EXPECT_EQ(by_email().status, 401);
  EXPECT_EQ(
      client
          .post("/api/auth/password",
                {{"password", "wrong horse 1"}, {"password1", "new donkey 2"}, {"password2", "new donkey 2"}})
          .status,
      403);
  expect_refused(by_email());
  expect_refused(login(client, "ada", kPassword));
}

TEST(RateLimits, LimitWrongPasswordsFromAnAddress) {
  const auto server =
      with_rates([](server::RateLimits& rates) { rates.password_failures_per_address = only(5); }, true);
  const auto client = sign_up_and_log_in(server.url(), "ada");
  for (int count = 0; count < 5; ++count) {
    EXPECT_EQ(login(client, "name" + std::to_string(count), "wrong horse 1").status, 401);
  }
  expect_refused(login(client, "another", "wrong horse 1"));
  expect_refused(login(client, "ada", kPassword));
}

TEST(RateLimits, ExemptLocalhostByDefault) {
  const auto server = with_rates(
      [](server::RateLimits& rates) {
        rates.per_address = rates.per_account = rates.login = rates.signup = only(1);
      },
      true);
  const auto client = sign_up_and_log_in(server.url(), "ada");
  sign_up_and_log_in(server.url(), "bob");
  for (int count = 0; count < 5; ++count) EXPECT_EQ(client.get("/api/auth/keys").status, 200);
}

}  // namespace
}  // namespace convert::test
