// SPDX-License-Identifier: MIT
// Hosts that share PostgreSQL, as behind a load balancer: what one of them promises, all of them keep.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "http/support/live_server.hpp"
#include "http/support/task_client.hpp"
#include "security/operator_secrets.hpp"
#include "support/fault_injection.hpp"
#include "support/postgres_server.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

using server::AccountStore;

constexpr std::size_t kHosts = 3;
const std::string kHostsSecret = "a secret that all hosts share, of 48 characters.";

std::vector<std::string> with_key(const std::string& key) { return {"-H", "Idempotency-Key: " + key}; }

/// Three hosts that run no job. Each has its own connections to one database, and they share a folder.
class SharedDatabase : public testing::Test {
 protected:
  void SetUp() override {
    SKIP_WITHOUT_POSTGRESQL();
    const auto built = open_job_store("postgresql:?");
    if (!built && built.error().message.starts_with("This build has no"))
      GTEST_SKIP() << "this build has no PostgreSQL";
  }

  void start_hosts_on(const std::string& uri, const server::Quota& quota = {}) {
    while (hosts_.size() < kHosts) {
      hosts_.push_back(std::make_unique<LiveServer>([&](LiveSettings& settings) {
        stores_.push_back(std::make_shared<ChaosStore>(must(open_job_store(uri)), 1));
        settings.engine.store = stores_.back();
        settings.engine.storage = storage_;
        adjust(settings, must(server::open_account_store(uri)), quota);
      }));
    }
    ann_ = std::make_unique<TaskClient>(hosts_.front()->url(), "ann");
    song_ = ann_->file("song.wav", wav_clip());
  }
  void start_hosts(const server::Quota& quota = {}) {
    start_hosts_on(PostgresServer::shared().uri(PostgresServer::unique_schema()), quota);
  }
  static void adjust(LiveSettings& settings, std::shared_ptr<AccountStore> accounts, server::Quota quota) {
    settings.starts_engine = false;
    settings.threads = 2;
    settings.server.accounts = std::move(accounts);
    settings.server.default_quota = quota;
    settings.server.secrets = must(server::security::parse_operator_secrets(kHostsSecret, "the test"));
  }

  /// The account "ann" at a host.
  ApiClient at(std::size_t host) const {
    return ApiClient(hosts_.at(host % kHosts)->url(), ann_->api().token());
  }
  CurlResponse create(std::size_t host, std::vector<std::string> arguments = {}) const {
    arguments.insert(arguments.end(), {"-F", "newFormat=mp3", "-F", "file=@" + song_});
    return at(host).request("POST", "/api/tasks", std::move(arguments));
  }

  struct Answers {
    std::set<std::string> tasks;
    std::set<std::string> codes;  // of the refusals
  };
  /// Sends requests to all hosts from twelve threads.
  Answers create_many(int requests, const std::vector<std::string>& arguments = {}) const {
    Answers answers;
    std::mutex mutex;
    std::atomic<int> next = 0;
    std::vector<std::jthread> clients;
    for (int client = 0; client < 12; ++client) {
      clients.emplace_back([&] {
        for (int n = next++; n < requests; n = next++) {
          const auto answer = create(static_cast<std::size_t>(n), arguments);
          const std::lock_guard lock(mutex);
          if (answer.status == 200) {
            answers.tasks.insert(task_id(answer));
          } else {
            answers.codes.insert(member(answer.body, "code"));
          }
        }
      });
    }
    clients.clear();  // joins
    return answers;
  }
  /// Creates tasks until the quota refuses one: parallel requests for the last place may all have failed.
  void fill(std::set<std::string>& tasks, std::size_t limit) const {
    eventually(kDeadline, [&] {
      const auto answer = create(tasks.size());
      if (answer.status == 200) tasks.insert(task_id(answer));
      return tasks.size() >= limit;
    });
  }
  std::size_t stored_files() const { return must(storage_->list("", "", 1'000)).size(); }

  TemporaryFolder folder_;
  std::shared_ptr<Storage> storage_ =
      must(disk_storage(folder_ / "blobs", {.durability = Durability::process}));
  std::vector<std::shared_ptr<ChaosStore>> stores_;
  std::vector<std::unique_ptr<LiveServer>> hosts_;
  std::unique_ptr<TaskClient> ann_;
  std::string song_;
};

TEST_F(SharedDatabase, EveryHostReplaysARequest) {
  start_hosts();
  const auto first = create(0, with_key("k"));
  ASSERT_EQ(first.status, 200) << first;
  for (const std::size_t host : {1U, 2U}) {
    const auto again = create(host, with_key("k"));
    EXPECT_EQ(again.status, 200) << again;
    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(again.field("Location"), first.field("Location"));
    EXPECT_EQ(again.field("Idempotency-Replayed"), "true");
  }
  EXPECT_EQ(stored_files(), 1U);
}

TEST_F(SharedDatabase, ParallelRequestsWithOneKeyCreateOneTask) {
  start_hosts();
  const auto answers = create_many(40, with_key("all-of-them"));
  EXPECT_EQ(answers.tasks.size(), 1U);
  for (const auto& code : answers.codes) EXPECT_EQ(code, "in_progress");
  EXPECT_TRUE(eventually(kDeadline, [&] { return stored_files() == 1; }));
}

/// The job is recorded and the answer is lost. The files of the first request are those of the job.
TEST_F(SharedDatabase, ARetryElsewhereFindsATaskWhoseAnswerWasLost) {
  start_hosts({0, 0, 0, 2});
  const Fault lost{0, 1, {Errc::unavailable, "The answer was lost.", true}, true};
  stores_[0]->faults().set(StoreCall::insert, lost);
  stores_[0]->faults().set(StoreCall::list, lost);
  const auto first = create(0, with_key("k"));
  EXPECT_EQ(first.status, 503) << first;
  CurlResponse again;
  EXPECT_TRUE(eventually(kDeadline, [&] {
    again = create(1, with_key("k"));
    return again.status != 409;
  }));
  ASSERT_EQ(again.status, 200) << again;
  EXPECT_EQ(at(2).get("/api/tasks/" + task_id(again) + "/input").body, wav_clip());
  EXPECT_TRUE(eventually(kDeadline, [&] { return stored_files() == 1; }));
  EXPECT_EQ(create(2).status, 200) << "the request counts once";
  expect_problem(create(1), 429, "quota_at_once");
}

TEST_F(SharedDatabase, HostsTogetherKeepTheNumberOfActiveTasks) {
  start_hosts({0, 0, 0, 5});
  auto answers = create_many(30);
  EXPECT_LE(answers.tasks.size(), 5U);
  for (const auto& code : answers.codes) EXPECT_EQ(code, "quota_at_once");
  fill(answers.tasks, 5);
  EXPECT_EQ(answers.tasks.size(), 5U);
  for (std::size_t host = 0; host < kHosts; ++host) expect_problem(create(host), 429, "quota_at_once");
  EXPECT_TRUE(eventually(kDeadline, [&] { return stored_files() == 5; }));
  EXPECT_EQ(at(1).request("POST", "/api/tasks/" + *answers.tasks.begin() + "/cancel").status, 200);
  EXPECT_EQ(create(2).status, 200) << "a cancelled task is not active";
  expect_problem(create(0), 429, "quota_at_once");
}

TEST_F(SharedDatabase, HostsTogetherKeepTheTasksOfADay) {
  start_hosts({0, 0, 7, 0});
  auto answers = create_many(24);
  for (const auto& code : answers.codes) EXPECT_EQ(code, "quota_tasks");
  EXPECT_EQ(answers.tasks.size(), 7U);
  expect_problem(create(1), 429, "quota_tasks");
}

TEST_F(SharedDatabase, HostsTogetherKeepTheStoredBytes) {
  constexpr std::size_t kFiles = 6;
  start_hosts({wav_clip().size() * kFiles + 2'000, 0, 0, 0});  // a form is larger than its file
  auto answers = create_many(24, {"-H", "Transfer-Encoding: chunked"});
  EXPECT_LE(answers.tasks.size(), kFiles);
  for (const auto& code : answers.codes) EXPECT_EQ(code, "quota_storage");
  fill(answers.tasks, kFiles);
  EXPECT_EQ(answers.tasks.size(), kFiles);
  for (std::size_t host = 0; host < kHosts; ++host) expect_problem(create(host), 413, "quota_storage");
  EXPECT_TRUE(eventually(kDeadline, [&] { return stored_files() == kFiles; }));
}

/// Text that PostgreSQL cannot store is refused alike with SQLite, and never by an error of a store.
TEST_F(SharedDatabase, RefusesTheSameTextsAsSqlite) {
  start_hosts();
  const LiveServer local([this](LiveSettings& settings) {
    adjust(settings, must(server::sqlite_account_store(folder_ / "accounts.db")), {});
  });
  const TaskClient there(local.url(), "ann");
  const std::string json = "Content-Type: application/json";
  const std::vector<std::vector<std::string>> requests{
      {"POST", "/api/tasks?newFormat=mp3&title=a%00b", "-F", "file=@" + song_},
      {"POST", "/api/tasks?newFormat=mp3&title=%ff", "-F", "file=@" + song_},
      {"POST", "/api/tasks?newFormat=mp3&filename=a%00b.wav", "-F", "file=@" + song_},
      {"POST", "/api/tasks?newFormat=mp3&filename=a%ffb.wav", "-F", "file=@" + song_},
      {"POST", "/api/tasks?newFormat=m%00p3", "-F", "file=@" + song_},
      {"POST", "/api/tasks", "-F", "newFormat=mp3", "-F", "title=a\xff", "-F", "file=@" + song_},
      {"POST", "/api/tasks", "-F", "newFormat=mp3", "-F", R"(options={"metadata":{"title":"a\u0000b"}})",
       "-F", "file=@" + song_},
      {"POST", "/api/tasks", "-H", "Idempotency-Key: \xff", "-F", "newFormat=mp3", "-F", "file=@" + song_},
      {"GET", "/api/tasks?state=%00"},
      {"GET", "/api/tasks?state=%ff"},
      {"GET", "/api/tasks/%00"},
      {"GET", "/api/tasks/%ff"},
      {"GET", "/api/files/a%00b.wav"},
      {"GET", "/api/files/a%ff.wav"},
      {"GET", "/api/tasks/1/outputs/%00"},
      {"DELETE", "/api/auth/keys/%00"},
      {"DELETE", "/api/auth/keys/%ff"},
      {"POST", "/api/auth/keys", "-H", json, "-d", R"({"name":"a\u0000b"})"},
      {"POST", "/api/auth/keys", "-d", "name=%ff"},
      {"PATCH", "/api/auth/me", "-H", json, "-d", R"({"language":"d\u0000e"})"},
      {"PATCH", "/api/auth/me", "-H", json, "-d", R"({"email":"a\u0000@example.org"})"},
      {"PATCH", "/api/auth/me", "-H", json, "-d", "{\"language\":\"\xff\"}"},
      {"POST", "/api/auth/signup", "-H", json, "-d",
       R"({"username":"a\u0000b","email":"b@example.org",)"
       R"("password1":"correct horse","password2":"correct horse"})"},
      {"POST", "/api/auth/login", "-H", json, "-d", R"({"username":"ann","password":"a\u0000b"})"},
      {"POST", "/api/auth/login", "-d", "username=a%00&password=b"},
      {"POST", "/api/auth/password", "-d", "password=%00&password1=correct+horse&password2=correct+horse"},
  };
  for (const auto& words : requests) {
    const auto send = [&](const ApiClient& client) {
      return client.request(words[0], words[1], {words.begin() + 2, words.end()});
    };
    const auto answer = send(at(1));
    const auto expected = send(there.api());
    SCOPED_TRACE(words[0] + " " + words[1] + " " + (words.size() > 2 ? words.back() : ""));
    EXPECT_GE(answer.status, 400) << answer;
    EXPECT_LT(answer.status, 500) << answer;
    EXPECT_EQ(answer.status, expected.status) << answer << expected;
    EXPECT_EQ(member(answer.body, "code"), member(expected.body, "code"));
  }
  EXPECT_EQ(stored_files(), 0U);
}

TEST_F(SharedDatabase, RequestsFailWithARetryWhileTheDatabaseIsDown) {
  PostgresServer own;
  start_hosts_on(own.uri());
  ASSERT_EQ(create(0).status, 200);
  own.stop(SIGQUIT);
  const ApiFields login{{"username", "ann"}, {"password", kPassword}};
  const std::vector<std::function<CurlResponse()>> requests{
      [&] { return create(0); }, [&] { return create(1, with_key("k")); },
      [&] { return at(2).get("/api/tasks"); },
      [&] { return ApiClient(hosts_[1]->url()).post("/api/auth/login", login); }};
  std::vector<std::future<CurlResponse>> answers;
  for (const auto& request : requests) answers.push_back(std::async(std::launch::async, request));
  for (auto& answer : answers) {
    const auto refused = answer.get();
    expect_problem(refused, 503, "unavailable");
    EXPECT_TRUE(refused.field("Retry-After")) << refused;
  }
  own.start();
  for (std::size_t host = 0; host < kHosts; ++host) {
    EXPECT_TRUE(eventually(kDeadline, [&] { return create(host, with_key("k")).status == 200; }));
  }
  EXPECT_EQ(ApiClient(hosts_[1]->url()).post("/api/auth/login", login).status, 200);
  EXPECT_TRUE(eventually(kDeadline, [&] { return stored_files() == 2; })) << "one of each key";
}

}  // namespace
}  // namespace convert::test
