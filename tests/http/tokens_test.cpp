// SPDX-License-Identifier: MIT
// Tokens made by PyJWT and by hand: valid and forged ones.
#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "http/support/api_client.hpp"
#include "http/support/live_server.hpp"
#include "support/shell_command.hpp"
#include "support/test_files.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

const std::string kBytes = "0123456789abcdef0123456789abcdef";  // of the secret "s1"

void know_secret(LiveSettings& settings) { settings.server.secrets = {{"s1", kBytes, {}}}; }

// Debian's Python, which has the package python3-jwt; the path may contain another one.
constexpr const char* kPython = "/usr/bin/python3";

bool has_pyjwt() { return run(std::string(kPython) + " -c 'import jwt'").status == 0; }

#define NEED_PYJWT() \
  if (!has_pyjwt()) GTEST_SKIP() << "python3-jwt is not installed"

// Runs a script that prints lines of a name and a token. It can use `good`, the claims of a valid token, the
// `secret`, and `make(name, claims, key, algorithm, headers)`.
std::map<std::string, std::string> tokens(const std::string& account, const std::string& script) {
  const std::string before = R"(
import base64, hashlib, hmac, json, sys, time
import jwt
now = int(time.time())
account, secret = sys.argv[1], sys.argv[2].encode()
good = {"iss": "convertd", "sub": account, "iat": now, "exp": now + 600, "ver": 0}
def make(name, claims=None, key=secret, algorithm="HS256", headers=None):
    claims = {**good, **(claims or {})}
    claims = {k: v for k, v in claims.items() if v is not None}
    print(name, jwt.encode(claims, key, algorithm=algorithm, headers={"kid": "s1", **(headers or {})}))
def part(value):
    raw = value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
def by_hand(name, header, claims, key=secret, digest=hashlib.sha256):
    text = part(header) + b"." + part(claims)
    print(name, (text + b"." + part(hmac.new(key, text, digest).digest())).decode())
)";
  const TemporaryFolder folder;
  write_file(folder / "tokens.py", before + script);
  const auto ran =
      run(std::string(kPython) + " " + quoted(folder / "tokens.py") + " " + account + " " + kBytes);
  EXPECT_EQ(ran.status, 0) << ran.output;
  std::map<std::string, std::string> made;
  std::istringstream lines(ran.output);
  for (std::string name, token; lines >> name >> token;) made[name] = token;
  return made;
}

std::string account_id(const ApiClient& client) { return member(client.get("/api/auth/me").body, "id"); }

TEST(Tokens, AcceptTokensOfPyJwt) {
  NEED_PYJWT();
  const LiveServer server(know_secret);
  const auto client = sign_up_and_log_in(server.url(), "ada");
  for (const auto& [name, token] :
       tokens(account_id(client), "make('good')\nmake('long', {'exp': now + 10**6})\n")) {
    EXPECT_EQ(client.with_token(token).get("/api/auth/me").status, 200) << name;
  }
}

TEST(Tokens, AreAcceptedByPyJwt) {
  NEED_PYJWT();
  const LiveServer server(know_secret);
  const auto client = sign_up_and_log_in(server.url(), "ada");
  const auto ran = run(
      std::string(kPython) + " -c 'import jwt, sys; t = sys.argv[1]; print(jwt.get_unverified_header(t)); " +
      "print(sorted(jwt.decode(t, sys.argv[2], algorithms=[\"HS256\"], issuer=\"convertd\").items()))' " +
      client.token() + " " + kBytes);
  EXPECT_EQ(ran.status, 0) << ran.output;
  EXPECT_NE(ran.output.find("'kid': 's1'"), std::string::npos) << ran.output;
  EXPECT_NE(ran.output.find(account_id(client)), std::string::npos) << ran.output;
}

TEST(Tokens, RejectForgedAndExpiredTokens) {
  NEED_PYJWT();
  const LiveServer server(know_secret);
  const auto client = sign_up_and_log_in(server.url(), "ada");
  const auto bad = tokens(account_id(client), R"(
make("expired", {"exp": now - 1})
make("other_key", key=b"f" * 32)
make("other_kid", headers={"kid": "s2"})
make("no_kid", headers={"kid": ""})
make("hs384", algorithm="HS384")
make("hs512", algorithm="HS512")
make("future", {"iat": now + 3600})
make("other_epoch", {"ver": 1})
make("other_account", {"sub": "a" * 16})
make("no_account", {"sub": None})
make("no_expiry", {"exp": None})
make("no_epoch", {"ver": None})
make("other_issuer", {"iss": "somebody"})
make("critical", headers={"crit": ["exp"]})
print("none", jwt.encode(good, None, algorithm="none", headers={"kid": "s1"}) + "x")
print("none_empty", jwt.encode(good, None, algorithm="none", headers={"kid": "s1"}))
for alg in ("none", "None", "NONE", "HS384", "RS256", "hs256", ""):
    by_hand("alg_" + alg, {"alg": alg, "typ": "JWT", "kid": "s1"}, good)
by_hand("no_alg", {"typ": "JWT", "kid": "s1"}, good)
by_hand("text_expiry", {"alg": "HS256", "typ": "JWT", "kid": "s1"}, {**good, "exp": str(now + 600)})
by_hand("list", {"alg": "HS256", "typ": "JWT", "kid": "s1"}, [good])
by_hand("deep", {"alg": "HS256", "typ": "JWT", "kid": "s1"}, b"[" * 500)
token = jwt.encode(good, secret, algorithm="HS256", headers={"kid": "s1"})
head, body, mac = token.split(".")
print("edited", ".".join([head, part({**good, "exp": now + 10**6}).decode(), mac]))
print("cut", token[:-1])
print("longer", token + "A")
print("last_bits", token[:-1] + chr(ord(token[-1]) + 1))
print("no_mac", head + "." + body + ".")
print("two_parts", head + "." + body)
print("four_parts", token + "." + mac)
print("padded", token + "=")
print("standard_alphabet", token.replace("-", "+").replace("_", "/") + "/")
print("huge", token + "A" * 4000)
)");
  EXPECT_GE(bad.size(), 30U);
  for (const auto& [name, token] : bad) {
    const auto answer = client.with_token(token).get("/api/auth/me");
    EXPECT_EQ(answer.status, 401) << name << ' ' << token << answer;
    EXPECT_EQ(member(answer.body, "code"), "unauthorized") << name;
  }
}

TEST(Tokens, RejectOtherSchemes) {
  const LiveServer server(know_secret);
  const auto client = sign_up_and_log_in(server.url(), "ada");
  const ApiClient stranger(server.url());
  const auto requested = [&](const std::string& field) {
    return stranger.get("/api/auth/me", {"-H", field}).status;
  };
  EXPECT_EQ(requested("Authorization: Bearer " + client.token()), 200);
  EXPECT_EQ(requested("authorization: bearer " + client.token()), 200) << "schemes are case-insensitive";
  EXPECT_EQ(requested("Authorization: Basic " + client.token()), 401);
  EXPECT_EQ(requested("Authorization: " + client.token()), 401);
  EXPECT_EQ(requested("Authorization: Bearer"), 401);
  EXPECT_EQ(requested("Cookie: token=" + client.token()), 401);
  EXPECT_EQ(stranger.get("/api/auth/me?access_token=" + client.token()).status, 401);
  const auto answer = stranger.get("/api/auth/me");
  EXPECT_EQ(answer.field("WWW-Authenticate"), "Bearer") << answer;
}

TEST(Tokens, AcceptTokensOfOldAndNewSecrets) {
  NEED_PYJWT();
  std::mutex mutex;
  std::vector<server::Secret> ring{{"s1", kBytes, {}}};
  const LiveServer server([&](LiveSettings& settings) {
    settings.server.secrets = ring;
    settings.server.reload_secrets = [&] {
      const std::lock_guard lock(mutex);
      return ring;
    };
  });
  const auto client = sign_up_and_log_in(server.url(), "ada");
  const auto newer = tokens(account_id(client), R"(make("s2", key=b"2" * 32, headers={"kid": "s2"}))");
  {
    const std::lock_guard lock(mutex);
    ring.push_back({"s2", std::string(32, '2'), {}});
  }
  // Read at most once in 5 s.
  EXPECT_TRUE(eventually(std::chrono::seconds(30), [&] {
    return client.with_token(newer.at("s2")).get("/api/auth/me").status == 200;
  }));
  EXPECT_EQ(client.get("/api/auth/me").status, 200);
}

// --- Links ------------------------------------------------------------------------------------------

// The signed URL of a new task.
std::string new_link(const ApiClient& client) {
  const TemporaryFolder folder;
  write_file(folder / "song.mp3", "bytes");
  const auto made = client.request("POST", "/api/tasks",
                                   {"-F", "newFormat=wav", "-F", "file=@" + (folder / "song.mp3").string()});
  const auto links = client.request("POST", "/api/tasks/" + member(made.body, "id") + "/links");
  EXPECT_EQ(links.status, 200) << made << links;
  return member(links.body, "task");
}

TEST(Links, AreRevokedWithTheTokensOfTheirAccount) {
  const LiveServer server([](LiveSettings& settings) { settings.starts_engine = false; });
  const auto client = sign_up_and_log_in(server.url(), "ada");
  const ApiClient anybody(server.url());
  const std::string link = new_link(client);
  EXPECT_EQ(anybody.get(link).status, 200) << link;
  const std::string password(kGoodPassword);
  const auto changed =
      client.post("/api/auth/password",
                  {{"password", password}, {"password1", "new donkey 2"}, {"password2", "new donkey 2"}});
  EXPECT_EQ(changed.status, 200) << changed;
  expect_problem(anybody.get(link), 401, "unauthorized");
}

TEST(Links, Expire) {
  const LiveServer server([](LiveSettings& settings) {
    settings.starts_engine = false;
    settings.server.link_ttl = std::chrono::seconds(1);
  });
  const std::string link = new_link(sign_up_and_log_in(server.url(), "ada"));
  const ApiClient anybody(server.url());
  EXPECT_TRUE(eventually(std::chrono::seconds(30), [&] { return anybody.get(link).status == 401; }));
}

TEST(Tokens, NeverLogSecrets) {
  const LiveServer server(know_secret);
  const auto client = sign_up_and_log_in(server.url(), "ada");
  const auto made = client.post("/api/auth/keys", {{"name", "laptop"}});
  const std::string key = member(made.body, "key");
  EXPECT_EQ(client.with_token(key).get("/api/auth/me").status, 200);
  client.get("/api/tasks/1?link=s1.1.abcdef");
  client.post("/api/auth/login", {{"username", "ada"}, {"password", "wrong horse 1"}});
  const std::string log = server.log();
  for (const std::string& secret :
       {client.token(), key, key.substr(17), std::string(kGoodPassword), std::string("wrong horse"), kBytes,
        std::string("link="), std::string("abcdef")}) {
    EXPECT_EQ(log.find(secret), std::string::npos) << secret;
  }
}

}  // namespace
}  // namespace convert::test
