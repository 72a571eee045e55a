// SPDX-License-Identifier: MIT
// Several convertd with roles, as an operator runs them: API hosts, workers, one after another, and stops
// that a load balancer does not notice.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "http/support/convertd_process.hpp"
#include "http/support/event_stream_client.hpp"
#include "http/support/task_client.hpp"
#include "support/shell_command.hpp"
#include "support/test_files.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr auto kLongWait = std::chrono::seconds(60);

/// Hosts that share their stores, each with a data folder of its own.
class HostRoles : public testing::Test {
 protected:
  /// The options that all hosts share. Their stores are files of this machine: any number of processes may
  /// use them.
  std::vector<std::string> shared(const std::string& role) const {
    return {"--role",          role,
            "--storage",       "file:" + (folder_ / "blobs").string(),
            "--job-store",     "sqlite:" + (folder_ / "jobs.db").string(),
            "--account-store", "sqlite:" + (folder_ / "accounts.db").string()};
  }

  std::unique_ptr<Daemon> host(const std::string& role, std::vector<std::string> more = {},
                               std::vector<std::string> variables = {}) {
    auto options = shared(role);
    options.insert(options.end(), more.begin(), more.end());
    if (std::find(more.begin(), more.end(), "--secret-file") == more.end())
      variables.push_back("CONVERTD_SECRETS=" + secret_);
    const auto own = folder_ / fmt::format("host{}", ++hosts_);
    fs::create_directory(own);
    auto daemon = std::make_unique<Daemon>(own, options, variables);
    EXPECT_TRUE(daemon->listens()) << daemon->log();
    return daemon;
  }

  CommandResult convertd(const std::string& words, const std::string& variables = "") const {
    return run(fmt::format("env -u DATABASE_URL {} timeout 60 '{}' {}", variables, CONVERTD_PROGRAM, words));
  }

  TemporaryFolder folder_;
  const std::string secret_ = "0123456789abcdef-0123456789abcdef";
  int hosts_ = 0;
};

std::string state_at(const Daemon& host, const ApiClient& user, const std::string& id) {
  const ApiClient there(host.url(), user.token());
  return member(there.get("/api/tasks/" + id).body, "state");
}

TEST_F(HostRoles, ATaskOfOneHostRunsOnAnotherAndIsReadOnAThird) {
  const auto first = host("api");
  const auto second = host("api");
  EXPECT_TRUE(first->logs("ready: no workers here")) << first->log();
  const TaskClient ann(first->url(), "ann");
  const ApiClient elsewhere(second->url(), ann.api().token());
  EXPECT_EQ(elsewhere.get("/readyz").status, 200);
  EXPECT_EQ(elsewhere.get("/api/formats").status, 200);
  const std::string path = ann.file("song.wav", wav_clip());
  const auto id = ann.task(path, "mp3");
  EXPECT_EQ(state_at(*second, ann.api(), id), "UPLOADED");
  expect_problem(elsewhere.request("POST", "/api/probe", {"--data-binary", "@" + path}), 503, "no_workers");
  const auto worker = host("worker");
  EXPECT_TRUE(eventually(kLongWait, [&] { return state_at(*second, ann.api(), id) == "PROCESSED"; }))
      << worker->log();
  EXPECT_EQ(elsewhere.get("/api/tasks/" + id + "/output").status, 200);
  EXPECT_EQ(elsewhere.request("DELETE", "/api/tasks/" + id).status, 200);
  EXPECT_EQ(ann.api().get("/api/tasks/" + id).status, 404);
  for (const auto* daemon : {first.get(), second.get(), worker.get()})
    EXPECT_THAT(daemon->log(), Not(HasSubstr(secret_)));
}

TEST_F(HostRoles, ARunningTaskIsCancelledThroughAnyHost) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  const auto first = host("api");
  const auto second = host("api");
  const auto worker = host("worker");
  ASSERT_TRUE(worker->ready()) << worker->log();
  const TaskClient ann(first->url(), "ann");
  const auto silence = folder_ / "silence.flac";
  ASSERT_EQ(run(fmt::format("ffmpeg -v error -f lavfi -i anullsrc -t 7200 {}", quoted(silence))).status, 0);
  const auto id = ann.task(silence.string(), "mp3");
  ASSERT_TRUE(eventually(kLongWait, [&] { return ann.state(id) == "PROCESSING"; }));
  const ApiClient elsewhere(second->url(), ann.api().token());
  EXPECT_EQ(elsewhere.request("POST", "/api/tasks/" + id + "/cancel").status, 200);
  EXPECT_EQ(ann.state(id), "CANCELLED");
  // The worker is free again: the next task ends.
  EXPECT_EQ(ann.ended(ann.task(ann.file("song.wav", wav_clip()), "mp3")), "PROCESSED");
}

TEST_F(HostRoles, ChangesAreReportedThroughAnyHost) {
  const auto first = host("api");
  const auto second = host("api");
  const TaskClient ann(first->url(), "ann");
  const auto id = ann.task(ann.file("song.wav", wav_clip()), "mp3");
  EventStreamClient listener(second->port(), ann.api().token(), "/api/tasks/" + id + "/events");
  const auto worker = host("worker");
  const auto states = states_in(listener.until("\"state\":\"PROCESSED\""));
  ASSERT_GE(states.size(), 2U) << worker->log();
  EXPECT_EQ(states.back().state, "PROCESSED");
  EXPECT_EQ(states.front().state, "UPLOADED");
}

TEST_F(HostRoles, AWorkerServesHealthChecksOnly) {
  const auto worker = host("worker");
  ASSERT_TRUE(worker->ready()) << worker->log();
  EXPECT_EQ(curl({worker->url("/healthz")}).status, 200);
  const auto ready = curl({worker->url("/readyz")});
  EXPECT_EQ(ready.status, 200) << ready;
  EXPECT_THAT(ready.body, HasSubstr(R"({"conversions":"ok"})"));
  for (const auto* path : {"/", "/api/formats", "/api/tasks", "/openapi.json", "/api/auth/me"})
    EXPECT_EQ(curl({worker->url(path)}).status, 404) << path;
  EXPECT_FALSE(fs::exists(folder_ / "accounts.db")) << "it opens no accounts";
  EXPECT_EQ(worker->terminate(), 0) << worker->log();
}

TEST_F(HostRoles, AnApiHostMayHaveWorkers) {
  const auto api = host("api", {"--workers-ready", "1"});
  ASSERT_TRUE(api->logs("ready: 1 workers for probes")) << api->log();
  const TaskClient ann(api->url(), "ann");
  const std::string path = ann.file("song.wav", wav_clip());
  EXPECT_EQ(ann.api().request("POST", "/api/probe", {"--data-binary", "@" + path}).status, 200);
  EXPECT_EQ(ann.api().request("POST", "/api/convert?to=mp3", {"--data-binary", "@" + path}).status, 200);
  const auto id = ann.task(path, "mp3");
  EXPECT_EQ(ann.api().request("POST", "/api/probe", {"--data-binary", "@" + path}).status, 200);
  EXPECT_EQ(ann.state(id), "UPLOADED") << "tasks are for hosts with another role";
}

TEST_F(HostRoles, AnApiHostStartsWithoutAWorkerProgram) {
  const auto api = host("api", {"--worker-path", "/no/such/program"});
  EXPECT_EQ(curl({api->url("/readyz")}).status, 200);
}

TEST_F(HostRoles, AStopDrainsBeforeItClosesTheListeners) {
  const auto all = host("all", {"--drain-time", "60s", "--shutdown-timeout", "5s"});
  ASSERT_TRUE(all->ready()) << all->log();
  const TaskClient ann(all->url(), "ann");
  const std::string path = ann.file("song.wav", wav_clip());
  EXPECT_EQ(ann.ended(ann.task(path, "mp3")), "PROCESSED");
  all->signal(SIGTERM);
  ASSERT_TRUE(all->logs("stopping: /readyz answers 503 for 1m, then")) << all->log();
  EXPECT_TRUE(eventually(kLongWait, [&] { return curl({all->url("/readyz")}).status == 503; }));
  expect_problem(curl({all->url("/readyz")}), 503, "draining");
  EXPECT_EQ(curl({all->url("/healthz")}).status, 200);
  // It serves as before, but claims nothing.
  const auto id = ann.task(path, "ogg");
  EXPECT_EQ(ann.api().request("POST", "/api/probe", {"--data-binary", "@" + path}).status, 200);
  EXPECT_EQ(ann.state(id), "UPLOADED");
  const auto worker = host("worker");
  EXPECT_EQ(ann.ended(id), "PROCESSED") << "another host runs it";
}

TEST_F(HostRoles, ADrainEnds) {
  const auto api = host("api", {"--drain-time", "300ms"});
  ASSERT_TRUE(api->ready()) << api->log();
  EXPECT_EQ(api->terminate(), 0) << api->log();
  EXPECT_THAT(api->log(),
              AllOf(HasSubstr("stopping: /readyz answers 503 for 300ms"), HasSubstr("stopped\n")));
}

TEST_F(HostRoles, AWorkerHandsItsTaskToAnotherOne) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  const auto api = host("api");
  auto worker = host("worker", {"--shutdown-timeout", "0s"});
  ASSERT_TRUE(worker->ready()) << worker->log();
  const TaskClient ann(api->url(), "ann");
  const auto silence = folder_ / "silence.flac";
  ASSERT_EQ(run(fmt::format("ffmpeg -v error -f lavfi -i anullsrc -t 900 {}", quoted(silence))).status, 0);
  const auto id = ann.task(silence.string(), "mp3");
  ASSERT_TRUE(eventually(kLongWait, [&] { return ann.state(id) == "PROCESSING"; }));
  EXPECT_EQ(worker->terminate(), 0) << worker->log();
  EXPECT_EQ(ann.state(id), "UPLOADED");
  const auto other = host("worker");
  EXPECT_EQ(ann.ended(id), "PROCESSED") << other->log();
  EXPECT_EQ(member(ann.api().get("/api/tasks/" + id).body, "attempt"), "0");
}

/// Everything but the folder of the test is read-only for the program that follows.
std::vector<std::string> with_read_only_root(const fs::path& writable) {
  return {"/usr/bin/unshare",
          "-m",
          "/bin/sh",
          "-c",
          fmt::format("mount --bind {0} {0} && mount -o remount,bind,ro / && exec \"$0\" \"$@\"",
                      writable.string()),
          CONVERTD_PROGRAM};
}

TEST_F(HostRoles, TheRootMayBeReadOnly) {
  SKIP_WITHOUT_PROGRAMS("unshare", "mount");
  if (run("unshare -m sh -c 'mount -o remount,bind,ro / && ! touch /root/.convert-test'").status != 0)
    GTEST_SKIP() << "the root cannot be made read-only here";
  auto options = shared("all");
  options.insert(options.end(), {"--secret-file", (folder_ / "secrets").string()});
  write_file(folder_ / "secrets", secret_);
  fs::permissions(folder_ / "secrets", fs::perms::owner_read | fs::perms::owner_write);
  Daemon all(folder_.path(), options, {}, with_read_only_root(folder_.path()));
  ASSERT_TRUE(all.ready()) << all.log();
  const TaskClient ann(all.url(), "ann");
  const std::string path = ann.file("song.wav", wav_clip());
  EXPECT_EQ(ann.ended(ann.task(path, "mp3")), "PROCESSED") << all.log();
  EXPECT_EQ(ann.api().request("POST", "/api/probe", {"--data-binary", "@" + path}).status, 200);
  std::vector<std::string> left;
  for (const auto& entry : fs::directory_iterator(all.data())) left.push_back(entry.path().filename());
  EXPECT_THAT(left, testing::ElementsAre("scratch")) << "the data folder holds temporary files only";
  EXPECT_EQ(all.terminate(), 0) << all.log();
}

TEST_F(HostRoles, ANewSecretIsAcceptedEverywhereBeforeItSigns) {
  const auto file = [&](int number) { return folder_ / fmt::format("secrets{}", number); };
  const auto write_secrets = [&](int number, const std::string& text) {
    write_file(file(number), text);
    fs::permissions(file(number), fs::perms::owner_read | fs::perms::owner_write);
  };
  const auto api = [&](int number) { return host("api", {"--secret-file", file(number).string()}); };
  const auto login = [](const Daemon& daemon) {
    const ApiClient anyone(daemon.url());
    return member(anyone.post("/api/auth/login", {{"username", "ann"}, {"password", kPassword}}).body,
                  "token");
  };
  const auto accepts = [](const Daemon& daemon, const std::string& token) {
    return ApiClient(daemon.url(), token).get("/api/auth/me").status == 200;
  };
  const auto step = [&](int number, const std::string& name) {
    const auto done = convertd("--secret-file " + quoted(file(number)) + " secret " + name);
    EXPECT_EQ(done.status, 0) << done.output;
  };
  write_secrets(1, secret_ + "\n");
  write_secrets(2, secret_ + "\n");
  auto first = api(1);
  auto second = api(2);
  const TaskClient ann(first->url(), "ann");
  const auto old = ann.api().token();
  EXPECT_TRUE(accepts(*second, old));

  step(1, "stage");  // the first host has the new text, the second not yet
  first = api(1);
  EXPECT_TRUE(accepts(*second, login(*first))) << "the new secret does not sign yet";
  write_secrets(2, read_file(file(1)));
  second = api(2);

  step(1, "activate");
  first = api(1);
  const auto fresh = login(*first);
  EXPECT_TRUE(accepts(*second, fresh)) << "the new secret signs at the first host only";
  EXPECT_TRUE(accepts(*first, login(*second)));
  write_secrets(2, read_file(file(1)));
  second = api(2);
  EXPECT_TRUE(accepts(*second, old)) << "tokens of the old secret are valid until they expire";

  step(1, "retire");
  first = api(1);
  EXPECT_FALSE(accepts(*first, old));
  EXPECT_TRUE(accepts(*first, fresh));
}

TEST_F(HostRoles, RefusesHostsThatCouldNotWorkTogether) {
  const auto refused = [&](const std::string& words, const std::string& why) {
    const auto ran = convertd("--data " + quoted(folder_ / "data") + " " + words);
    EXPECT_EQ(ran.status, 2) << ran.output;
    EXPECT_THAT(ran.output, HasSubstr(why));
  };
  refused("--role api --job-store memory:", "visible to one process only");
  refused("--role worker --job-store postgresql://u@h/d", "needs --storage");
  refused("--account-store postgresql://u@h/d", "CONVERTD_SECRETS");
  refused("--workers-ready 2", "Use --min-idle-workers");
  refused("--role proxy", "\"proxy\" is not one of all, api, worker");
  refused("--job-store postgresql://u:hidden@h/d", "A password is not accepted on the command line");
  refused("--secrets hidden", "Secrets are not accepted on the command line");
  EXPECT_FALSE(fs::exists(folder_ / "data")) << "nothing was made";
}

TEST_F(HostRoles, CheckTriesEveryBackend) {
  const auto data = "--data " + quoted(folder_ / "data") + " ";
  const auto good = convertd(data + "check");
  EXPECT_EQ(good.status, 0) << good.output;
  for (const auto* line : {"ok      storage ", "ok      job store ", "ok      queue: ",
                           "ok      account store ", "ok      secrets: ", "ok      workers: "}) {
    EXPECT_THAT(good.output, HasSubstr(line));
  }
  const auto worker = convertd(data + "--role worker check");
  EXPECT_EQ(worker.status, 0) << worker.output;
  EXPECT_THAT(worker.output, Not(HasSubstr("account store")));
  EXPECT_THAT(convertd(data + "user list").output, "") << "the account of the check is gone";
  EXPECT_THAT(run("find " + quoted(folder_ / "data/blobs") + " -type f").output, "") << "so are its files";
}

TEST_F(HostRoles, CheckNamesWhatIsMissing) {
  const auto data = "--data " + quoted(folder_ / "data") + " ";
  write_file(folder_ / "file", "no folder");
  const auto bad = convertd(data + "--storage " + "file:" + (folder_ / "file/blobs").string() +
                            " --worker-path /no/such/program check");
  EXPECT_EQ(bad.status, 1) << bad.output;
  EXPECT_THAT(bad.output, AllOf(HasSubstr("FAILED  storage "), HasSubstr("FAILED  workers: "),
                                HasSubstr("ok      job store ")));
  const auto nowhere = convertd(data + "check", "DATABASE_URL=postgresql://u:hidden@127.0.0.1:1/d");
  EXPECT_EQ(nowhere.status, 1) << nowhere.output;
  EXPECT_THAT(nowhere.output, AllOf(HasSubstr("FAILED  job store postgresql://u:***@127.0.0.1:1/d: "),
                                    HasSubstr("FAILED  account store "), Not(HasSubstr("hidden"))));
}

TEST_F(HostRoles, MigrateHasNothingToDoForFiles) {
  const auto done = convertd("migrate");
  EXPECT_EQ(done.status, 0) << done.output;
  EXPECT_THAT(done.output, HasSubstr("Job store: nothing to do."));
}

}  // namespace
}  // namespace convert::test
