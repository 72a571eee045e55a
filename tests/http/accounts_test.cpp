// SPDX-License-Identifier: MIT
// Accounts over real sockets: sign-up, login, the account, its password, its keys.
#include <gtest/gtest.h>

#include <chrono>
#include <convert/server/accounts.hpp>
#include <string>
#include <vector>

#include "http/support/api_client.hpp"
#include "http/support/live_server.hpp"
#include "support/test_files.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

using Fields = ApiFields;

struct Names {
  std::string username;
  std::string first;
  std::string second;
};
const std::vector<Names> kSignupNames{{"username", "password1", "password2"},
                                      {"nombre", "password", "password_confirmation"},
                                      {"user", "password", "password2"}};

Fields signup(const std::string& name, const Names& names = kSignupNames.front()) {
  return {{names.username, name},
          {"email", name + "@example.org"},
          {names.first, kPassword},
          {names.second, kPassword}};
}

Fields changed(Fields fields, const std::string& name, const std::string& value) {
  for (auto& [key, old] : fields) {
    if (key == name) old = value;
  }
  return fields;
}

Fields without(Fields fields, const std::string& name) {
  std::erase_if(fields, [&](const auto& field) { return field.first == name; });
  return fields;
}

// --- Sign-up and login --------------------------------------------------------------------------------

TEST(Accounts, AcceptsSignUpAndLoginInAllBodyTypesAndLegacyNames) {
  const LiveServer server;
  const ApiClient client(server.url());
  int count = 0;
  for (const FieldsAs type : kFieldsAs) {
    for (const Names& names : kSignupNames) {
      const std::string name = "member" + std::to_string(++count);
      const auto made = client.post("/api/auth/signup", signup(name, names), type);
      ASSERT_EQ(made.status, 200) << to_string(type) << ' ' << names.username << ' ' << made;
      EXPECT_EQ(member(made.body, "message"), "Account created.");
      EXPECT_EQ(member(made.body, "token"), member(made.body, "access_token"));
      EXPECT_EQ(member(made.body, "token_type"), "Bearer");
      EXPECT_EQ(member(made.body, "expires_in"), "86400");
      EXPECT_EQ(made.field("Cache-Control"), "no-store");
      const ApiClient at_once = client.with_token(member(made.body, "access_token"));
      EXPECT_EQ(member(at_once.get("/api/auth/me").body, "username"), name);
      for (const Fields& fields : {Fields{{"username", name}, {"password", kPassword}},
                                   Fields{{"user", name}, {"password", kPassword}},
                                   Fields{{"email", name + "@example.org"}, {"password", kPassword}},
                                   Fields{{"username", name + "@Example.ORG"}, {"password", kPassword}}}) {
        const auto in = client.post("/api/auth/login", fields, type);
        ASSERT_EQ(in.status, 200) << to_string(type) << ' ' << fields.front().first << ' ' << in;
        EXPECT_EQ(member(in.body, "token"), member(in.body, "access_token"));
        EXPECT_EQ(member(in.body, "token_type"), "Bearer");
        EXPECT_EQ(member(in.body, "expires_in"), "86400");
        EXPECT_EQ(in.field("Cache-Control"), "no-store");
        const auto me = client.with_token(member(in.body, "token")).get("/api/auth/me");
        EXPECT_EQ(member(me.body, "username"), name) << me;
      }
    }
  }
}

TEST(Accounts, RejectsInvalidSignUps) {
  const LiveServer server;
  const ApiClient client(server.url());
  const Fields good = signup("ada");
  const auto refused = [&](const Fields& fields, std::string_view code) {
    expect_problem(client.post("/api/auth/signup", fields), 400, code);
  };
  for (const auto& [name, value] : good) {
    refused(without(good, name), "missing_field");
    refused(changed(good, name, ""), "missing_field");
  }
  for (const std::string email : {"none", "a@", "@b.org", "a b@example.org", "a@b@c.org"}) {
    refused(changed(good, "email", email), "bad_email");
  }
  for (const std::string& name : {std::string("a@b"), std::string(" a"), std::string(65, 'x')}) {
    refused(changed(good, "username", name), "bad_name");
  }
  refused(changed(good, "password2", kPassword + "x"), "passwords_differ");
  refused(changed(changed(good, "password1", "seven77"), "password2", "seven77"), "weak_password");
  ASSERT_EQ(client.post("/api/auth/signup", good).status, 200);
  refused(changed(good, "email", "other@example.org"), "name_taken");
  refused(changed(changed(good, "email", "other@example.org"), "username", "ADA"), "name_taken");
  refused(changed(good, "username", "bob"), "email_taken");
  refused(changed(changed(good, "username", "bob"), "email", "ADA@example.org"), "email_taken");
}

TEST(Accounts, RejectsSignUpIfDisabled) {
  const LiveServer server([](LiveSettings& settings) { settings.server.allow_signup = false; });
  expect_problem(ApiClient(server.url()).post("/api/auth/signup", signup("ada")), 403, "signup_closed");
}

TEST(Accounts, EnforcesTheConfiguredPasswordPolicy) {
  const LiveServer server([](LiveSettings& settings) {
    settings.server.password_policy.min_length = 12;
    settings.server.password_policy.require_upper = settings.server.password_policy.require_digit =
        settings.server.password_policy.require_symbol = true;
  });
  const ApiClient client(server.url());
  const auto answer = [&](const std::string& password) {
    return client.post("/api/auth/signup", {{"username", "ada"},
                                            {"email", "ada@example.org"},
                                            {"password1", password},
                                            {"password2", password}});
  };
  for (const std::string weak : {"Short 1!", "no capital 1!", "No digit here!", "NoOther12345"}) {
    expect_problem(answer(weak), 400, "weak_password");
  }
  EXPECT_EQ(answer("Long enough 1!").status, 200);
}

TEST(Accounts, RejectsMalformedBodies) {
  const LiveServer server;
  const ApiClient client(server.url());
  const auto sent = [&](const std::string& type, const std::string& body) {
    return client.request("POST", "/api/auth/login", {"-H", "Content-Type: " + type, "--data-binary", body});
  };
  expect_problem(sent("text/plain", "username=ada"), 415, "unsupported");
  expect_problem(sent("application/json", "{\"username\":"), 400, "invalid_argument");
  expect_problem(sent("application/json", "[]"), 400, "invalid_argument");
  expect_problem(sent("application/json", R"({"username":"ada","username":"bob","password":"x"})"), 400,
                 "invalid_argument");
  expect_problem(sent("application/json", R"({"username":"ada","user":"bob","password":"x"})"), 400,
                 "invalid_argument");
  expect_problem(sent("application/json", std::string(10'000, '[')), 400, "invalid_argument");
  expect_problem(sent("application/x-www-form-urlencoded", "username=%zz"), 400, "invalid_argument");
  expect_problem(sent("multipart/form-data", "username=ada"), 400, "invalid_argument");
  expect_problem(client.request("POST", "/api/auth/login"), 400, "missing_field");
}

TEST(Accounts, LimitsTheSizeOfABodyWithFields) {
  const LiveServer server;
  const TemporaryFolder folder;
  const std::string file = (folder / "large").string();
  write_file(file, "{\"username\":\"" + std::string(300'000, 'x') + "\"}");
  for (const std::string framing : {"X-Length: is said", "Transfer-Encoding: chunked"}) {
    const auto answer =
        ApiClient(server.url())
            .request("POST", "/api/auth/login",
                     {"-H", "Content-Type: application/json", "-H", framing, "--data-binary", "@" + file});
    expect_problem(answer, 413, "too_large");
  }
}

// --- The account --------------------------------------------------------------------------------------

TEST(Accounts, ShowsAndChangesTheCallersAccount) {
  const LiveServer server;
  const auto client = sign_up_and_log_in(server.url(), "ada");
  const auto me = client.get("/api/auth/me");
  ASSERT_EQ(me.status, 200) << me;
  EXPECT_EQ(member(me.body, "email"), "ada@example.org");
  EXPECT_EQ(member(me.body, "role"), "user");
  EXPECT_EQ(member(me.body, "mail"), "false");
  EXPECT_EQ(member(me.body, "tasks_a_day"), "2000");
  EXPECT_EQ(member(me.body, "tasks_today"), "0");
  EXPECT_EQ(me.body.find("argon2"), std::string::npos);
  int count = 0;
  for (const FieldsAs type : kFieldsAs) {
    const std::string email = "ada" + std::to_string(++count) + "@example.org";
    const auto after = client.send("PATCH", "/api/auth/me", type,
                                   {{"email", email},
                                    {"language", "de-AT"},
                                    {"mail", count % 2 == 0 ? "false" : "true"},
                                    {"role", "admin"},
                                    {"quota", "1"}});
    ASSERT_EQ(after.status, 200) << to_string(type) << after;
    EXPECT_EQ(member(after.body, "email"), email);
    EXPECT_EQ(member(after.body, "language"), "de-AT");
    EXPECT_EQ(member(after.body, "mail"), count % 2 == 0 ? "false" : "true");
    EXPECT_EQ(member(after.body, "role"), "user") << "the owner cannot change the role";
    EXPECT_EQ(client.get("/api/auth/me").body, after.body);
  }
  EXPECT_EQ(client.request("PATCH", "/api/auth/me").status, 200) << "nothing to change";
  const auto json = client.request("PATCH", "/api/auth/me",
                                   {"-H", "Content-Type: application/json", "-d", R"({"mail":true})"});
  EXPECT_EQ(member(json.body, "mail"), "true") << "as a JSON boolean";
}

TEST(Accounts, ReadingTheAccountWritesNothing) {
  const TemporaryFolder folder;
  const auto file = folder / "accounts.db";
  const LiveServer server([&](LiveSettings& settings) {
    settings.server.accounts = must(server::sqlite_account_store(file, Durability::process));
  });
  const auto client = sign_up_and_log_in(server.url(), "ada");
  const auto written = [&] { return read_file(file) + read_file(folder / "accounts.db-wal"); };
  const auto at_first = written();
  ASSERT_EQ(client.send("PATCH", "/api/auth/me", FieldsAs::json, {{"mail", "true"}}).status, 200);
  ASSERT_FALSE(written() == at_first);
  // The first sweep may run in between.
  EXPECT_TRUE(eventually(kDeadline, [&] {
    const auto before = written();
    EXPECT_EQ(member(client.get("/api/auth/me").body, "tasks_today"), "0");
    return written() == before;
  }));
}

TEST(Accounts, RejectsInvalidChanges) {
  const LiveServer server;
  sign_up_and_log_in(server.url(), "bob");
  const auto client = sign_up_and_log_in(server.url(), "ada");
  const auto change = [&](const std::string& name, const std::string& value) {
    return client.send("PATCH", "/api/auth/me", FieldsAs::json, {{name, value}});
  };
  expect_problem(change("email", "none"), 400, "bad_email");
  expect_problem(change("email", "Bob@example.org"), 400, "email_taken");
  expect_problem(change("language", "not a language"), 400, "bad_language");
  expect_problem(change("mail", "perhaps"), 400, "invalid_argument");
  EXPECT_EQ(member(client.get("/api/auth/me").body, "email"), "ada@example.org");
}

TEST(Accounts, DeletesAccountAndFreesItsName) {
  const LiveServer server;
  const auto client = sign_up_and_log_in(server.url(), "ada");
  ASSERT_EQ(client.request("DELETE", "/api/auth/me").status, 204);
  expect_problem(client.get("/api/auth/me"), 401, "unauthorized");
  expect_problem(client.post("/api/auth/login", {{"username", "ada"}, {"password", kPassword}}), 401,
                 "bad_credentials");
  EXPECT_TRUE(
      eventually(kDeadline, [&] { return client.post("/api/auth/signup", signup("ada")).status == 200; }));
  expect_problem(client.get("/api/auth/me"), 401, "unauthorized");
}

// --- The password -------------------------------------------------------------------------------------

TEST(Accounts, RevokesAllTokensWhenThePasswordChanges) {
  for (const FieldsAs type : kFieldsAs) {
    const LiveServer server;
    const auto client = sign_up_and_log_in(server.url(), "ada");
    const auto change = [&](const std::string& present, const std::string& first, const std::string& second) {
      return client.send("POST", "/api/auth/password", type,
                         {{"password", present}, {"password1", first}, {"password2", second}});
    };
    expect_problem(change("wrong horse 1", "new donkey 2", "new donkey 2"), 403, "bad_credentials");
    expect_problem(change(kPassword, "new donkey 2", "other donkey 2"), 400, "passwords_differ");
    expect_problem(change(kPassword, "weak", "weak"), 400, "weak_password");
    expect_problem(change("", "new donkey 2", "new donkey 2"), 400, "missing_field");
    const auto done = change(kPassword, "new donkey 2", "new donkey 2");
    ASSERT_EQ(done.status, 200) << to_string(type) << done;
    expect_problem(client.get("/api/auth/me"), 401, "unauthorized");
    expect_problem(client.post("/api/auth/login", {{"username", "ada"}, {"password", kPassword}}), 401,
                   "bad_credentials");
    const auto in = client.post("/api/auth/login", {{"username", "ada"}, {"password", "new donkey 2"}});
    EXPECT_EQ(client.with_token(member(in.body, "token")).get("/api/auth/me").status, 200) << in;
  }
}

}  // namespace
}  // namespace convert::test
