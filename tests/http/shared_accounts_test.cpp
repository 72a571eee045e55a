// SPDX-License-Identifier: MIT
// Several servers that share accounts and secrets, as hosts behind a load balancer do.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "http/support/api_client.hpp"
#include "http/support/live_server.hpp"
#include "security/crypto.hpp"
#include "security/operator_secrets.hpp"

namespace convert::test {
namespace {

const std::string kSharedSecret = "a secret that all hosts share, of 48 characters.";

/// Hosts with one account store. Each has its own limiter in the process.
class SharedAccounts : public testing::Test {
 protected:
  SharedAccounts() { add_hosts(2); }

  void add_hosts(int count) {
    for (int n = 0; n < count; ++n) {
      hosts_.push_back(std::make_unique<LiveServer>([&](LiveSettings& settings) {
        settings.starts_engine = false;
        settings.server.accounts = store_;
        settings.server.secrets = server::security::parse_operator_secrets(kSharedSecret, "the test").value();
        adjust(settings);
      }));
    }
  }
  static void adjust(LiveSettings& settings) {
    settings.server.exempt_networks.clear();
    auto& rates = settings.server.rate_limits;
    rates.password_failures = {3, std::chrono::hours(24), 3};
    rates.password_failures_per_address = {8, std::chrono::hours(24), 8};
    rates.login = {12, std::chrono::hours(24), 12};
    rates.signup = {2, std::chrono::hours(24), 2};
  }
  CurlResponse login(std::size_t host, const std::string& name, const std::string& password) const {
    return ApiClient(hosts_.at(host)->url())
        .post("/api/auth/login", {{"username", name}, {"password", password}});
  }

  std::atomic<std::int64_t> hours_off_{0};
  std::shared_ptr<server::AccountStore> store_ = server::memory_account_store([this] {
    const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    return now + std::chrono::hours(hours_off_);
  });
  std::vector<std::unique_ptr<LiveServer>> hosts_;
};

TEST_F(SharedAccounts, CountWrongPasswordsOfAllHosts) {
  sign_up_and_log_in(hosts_[0]->url(), "ada");
  EXPECT_EQ(login(0, "ada", "wrong horse 1").status, 401);
  EXPECT_EQ(login(1, "ada", "wrong horse 1").status, 401);
  EXPECT_EQ(login(0, "ada", "wrong horse 1").status, 401);
  for (const std::size_t host : {0U, 1U}) {
    const auto refused = login(host, "ada", kPassword);
    expect_problem(refused, 429, "too_many_requests");
    EXPECT_GE(std::stoi(refused.field("Retry-After").value_or("0")), 1) << refused;
  }
}

TEST_F(SharedAccounts, CountWrongPasswordsOfAnAddress) {
  sign_up_and_log_in(hosts_[0]->url(), "ada");
  for (std::size_t n = 0; n < 8; ++n)
    EXPECT_EQ(login(n % 2, "name" + std::to_string(n), "wrong horse 1").status, 401) << n;
  for (const std::size_t host : {0U, 1U})
    expect_problem(login(host, "ada", kPassword), 429, "too_many_requests");
}

TEST_F(SharedAccounts, CountLoginsAndSignUpsOfAnAddress) {
  sign_up_and_log_in(hosts_[0]->url(), "ada");  // with a login
  for (std::size_t n = 1; n < 12; ++n) EXPECT_EQ(login(n % 2, "ada", kPassword).status, 200) << n;
  for (const std::size_t host : {0U, 1U})
    expect_problem(login(host, "ada", kPassword), 429, "too_many_requests");
  const auto sign_up = [&](std::size_t host, const std::string& name) {
    return ApiClient(hosts_.at(host)->url())
        .post("/api/auth/signup", {{"username", name},
                                   {"email", name + "@example.org"},
                                   {"password1", kPassword},
                                   {"password2", kPassword}});
  };
  EXPECT_LT(sign_up(1, "bob").status, 300);
  for (const std::size_t host : {0U, 1U}) expect_problem(sign_up(host, "eve"), 429, "too_many_requests");
}

/// The seconds since 1970 at which a token was issued.
std::int64_t issued_at(const std::string& token) {
  const auto start = token.find('.') + 1;
  const auto claims =
      server::security::base64url_decode(token.substr(start, token.find('.', start) - start)).value_or("");
  const auto at = claims.find("\"iat\":");
  return at == claims.npos ? 0 : std::stoll(claims.substr(at + 6));
}

/// Hosts whose own clocks differ agree, because all of them follow the store's.
TEST_F(SharedAccounts, TokensFollowTheClockOfTheStore) {
  hours_off_ = 1;
  add_hosts(2);  // they read the clock when they start
  const auto client = sign_up_and_log_in(hosts_[2]->url(), "ada");
  const auto host_now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  EXPECT_GE(issued_at(client.token()) - host_now, 3'500);
  for (const std::size_t host : {2U, 3U}) {
    EXPECT_EQ(ApiClient(hosts_[host]->url()).with_token(client.token()).get("/api/auth/me").status, 200);
  }
}

TEST_F(SharedAccounts, AcceptEachOthersTokens) {
  const auto client = sign_up_and_log_in(hosts_[0]->url(), "ada");
  EXPECT_EQ(ApiClient(hosts_[1]->url()).with_token(client.token()).get("/api/auth/me").status, 200);
}

TEST_F(SharedAccounts, RefuseTextThatPostgresqlRefuses) {
  const auto client = sign_up_and_log_in(hosts_[0]->url(), "ada");
  for (const std::string json : {R"({"username":"a\u0000b","password":"wrong horse 1"})",
                                 R"({"username":"ada","password":"a\u0000b"})"}) {
    const auto refused =
        client.request("POST", "/api/auth/login", {"-H", "Content-Type: application/json", "-d", json});
    EXPECT_EQ(refused.status, 400) << refused;
  }
  EXPECT_EQ(client.request("POST", "/api/auth/login", {"-d", "username=a%00b&password=x"}).status, 400);
  EXPECT_EQ(client.request("POST", "/api/auth/login", {"-d", "username=%ff&password=x"}).status, 400);
}

}  // namespace
}  // namespace convert::test
