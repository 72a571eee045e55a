// SPDX-License-Identifier: MIT
// convertd from an operator's point of view: start-up messages, refusals and their exit codes, commands
// beside a running server, and shutdown.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <filesystem>
#include <regex>
#include <string>

#include "http/support/convertd_process.hpp"
#include "http/support/curl_client.hpp"
#include "support/shell_command.hpp"
#include "support/test_files.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

namespace fs = std::filesystem;
using testing::AnyOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

constexpr auto kPatience = std::chrono::seconds(60);
constexpr int kWrongOption = 2;
constexpr int kEnvironment = 3;

/// The text of a member of a JSON object, at any depth.
std::string member(const std::string& json, const std::string& name) {
  std::smatch found;
  const std::regex pattern('"' + name + "\"\\s*:\\s*\"?([^\",}]*)");
  return std::regex_search(json, found, pattern) ? found[1].str() : std::string();
}

class Convertd : public testing::Test {
 protected:
  fs::path data() const { return folder_ / "data"; }

  /// Runs convertd with these arguments on this folder until it ends.
  CommandResult convertd(const std::string& words, const fs::path& input = "") const {
    return run(fmt::format("printf '%s\\n' {} | timeout 60 env -u CONVERTD_MAX_CONVERSIONS '{}' --data {} {}",
                           quoted(input), CONVERTD_PROGRAM, quoted(data()), words));
  }

  CommandResult add_user(const std::string& name = "ann",
                         const std::string& password = "correct-horse") const {
    return convertd(fmt::format("user add {0} {0}@example.org", name), password);
  }

  static CurlResponse login(const Daemon& daemon, const std::string& name = "ann",
                            const std::string& password = "correct-horse") {
    return curl({"-d", "username=" + name, "-d", "password=" + password, daemon.url("/api/auth/login")});
  }

  static std::string bearer(const CurlResponse& login) {
    return "Authorization: Bearer " + member(login.body, "token");
  }

  /// The state of a task.
  static std::string state(const Daemon& daemon, const std::string& authorization, const std::string& id) {
    return member(curl({"-H", authorization, daemon.url("/api/tasks/" + id)}).body, "state");
  }

  /// Workers end with their convertd, also after a kill.
  void TearDown() override {
    const auto pid = read_file(pid_);
    if (pid.empty()) return;
    const auto command = "/proc/" + pid.substr(0, pid.find('\n')) + "/cmdline";
    EXPECT_TRUE(eventually(std::chrono::seconds(20), [&] { return read_file(command).empty(); }))
        << read_file(command);
  }

  /// A worker program that is never ready. Ends when the other end of its channel is closed.
  std::string silent_worker() const {
    const auto path = folder_ / "worker";
    write_file(path, "#!/bin/sh\necho $$ > " + quoted(pid_) + "\nexec cat <&3 >/dev/null\n");
    fs::permissions(path, fs::perms::owner_all);
    return path.string();
  }

  /// Silence: a small file that takes a few seconds to convert for each hour of audio.
  fs::path silence(int seconds) const {
    const auto path = folder_ / "silence.flac";
    const auto made =
        run(fmt::format("ffmpeg -v error -f lavfi -i anullsrc -t {} {}", seconds, quoted(path)));
    EXPECT_EQ(made.status, 0) << made.output;
    return path;
  }

  /// Returns its id.
  static std::string submit(const Daemon& daemon, const std::string& authorization, const fs::path& file,
                            const std::string& format) {
    const auto answer = curl({"-H", authorization, "-F", "file=@" + file.string(), "-F",
                              "newFormat=" + format, daemon.url("/api/tasks")});
    EXPECT_EQ(answer.status, 200) << answer;
    return member(answer.body, "id");
  }

  TemporaryFolder folder_;
  const fs::path pid_ = folder_ / "pid";  // of a silent worker
};

TEST_F(Convertd, ReportsItsAddressAndAnswersThere) {
  Daemon daemon(folder_.path());
  ASSERT_TRUE(daemon.listens()) << daemon.log();
  EXPECT_THAT(daemon.log(), MatchesRegex("convertd [0-9.]+: http://127\\.0\\.0\\.1:[0-9]+, data in " +
                                         data().string() + "\n(.|\n)*"));
  const auto health = curl({daemon.url("/healthz")});
  EXPECT_EQ(health.status, 200) << health;
  ASSERT_TRUE(daemon.ready()) << daemon.log();
  EXPECT_THAT(daemon.log(), HasSubstr("ready: 2 workers, confined by "));
  EXPECT_EQ(daemon.terminate(), 0) << daemon.log();
  EXPECT_THAT(daemon.log(),
              HasSubstr("stopping: waiting at most 30s for running requests and conversions\n"));
  EXPECT_THAT(daemon.log(), testing::EndsWith("stopped\n"));
}

TEST_F(Convertd, ListensAtSeveralAddresses) {
  Daemon daemon(folder_.path(), {"--listen", "127.0.0.1:0", "--listen", "127.0.0.2:0"});
  ASSERT_TRUE(daemon.listens()) << daemon.log();
  std::smatch found;
  const auto log = daemon.log();
  ASSERT_TRUE(std::regex_search(log, found, std::regex("(http://127\\.0\\.0\\.2:[0-9]+), data in"))) << log;
  EXPECT_EQ(curl({found[1].str() + "/healthz"}).status, 200);
  EXPECT_EQ(curl({daemon.url("/healthz")}).status, 200);
}

TEST_F(Convertd, AnswersBeforeItsWorkersAreThere) {
  Daemon daemon(folder_.path(), {"--worker-path", silent_worker()});
  ASSERT_TRUE(daemon.listens()) << daemon.log();
  EXPECT_EQ(curl({daemon.url("/healthz")}).status, 200);
  const auto formats = curl({daemon.url("/api/formats")});
  EXPECT_EQ(formats.status, 503) << formats;
  EXPECT_TRUE(formats.field("Retry-After").has_value());
  // Its workers are still starting. A second signal, sent later than the coalescing interval, does not wait
  // for them.
  daemon.signal(SIGTERM);
  ASSERT_TRUE(daemon.logs("stopping: ")) << daemon.log();
  std::optional<int> code;
  EXPECT_TRUE(eventually(kPatience, [&] {
    daemon.signal(SIGTERM);
    code = daemon.ended(std::chrono::milliseconds(20));
    return code.has_value();
  }));
  EXPECT_EQ(code, 128 + SIGTERM);
}

TEST_F(Convertd, TakesASignalThatIsSentTwiceForOne) {
  Daemon daemon(folder_.path());
  ASSERT_TRUE(daemon.ready()) << daemon.log();
  daemon.signal(SIGTERM);
  EXPECT_EQ(daemon.terminate(), 0) << daemon.log();
  EXPECT_THAT(daemon.log(), testing::EndsWith("stopped\n"));
}

TEST_F(Convertd, StopsInGoodOrderWhenItsTerminalIsClosed) {
  Daemon daemon(folder_.path());
  ASSERT_TRUE(daemon.ready()) << daemon.log();
  daemon.signal(SIGHUP);
  EXPECT_EQ(daemon.ended(), 0);
  EXPECT_THAT(daemon.log(), HasSubstr("stopping"));
}

TEST_F(Convertd, GoesOnWithoutItsTerminalUnderNohup) {
  Daemon daemon(folder_.path(), {}, {},
                {"/bin/sh", "-c", "trap '' HUP; exec \"$0\" \"$@\"", CONVERTD_PROGRAM});
  ASSERT_TRUE(daemon.ready()) << daemon.log();
  daemon.signal(SIGHUP);
  EXPECT_EQ(curl({daemon.url("/healthz")}).status, 200);
  EXPECT_EQ(daemon.terminate(), 0);
}

// `ulimit -f`: the system ends a program that writes more, unless the program handles SIGXFSZ.
TEST_F(Convertd, LivesWithALimitOnTheSizeOfFiles) {
  Daemon daemon(folder_.path(), {}, {},
                {"/bin/sh", "-c", "ulimit -f 8192; exec \"$0\" \"$@\"", CONVERTD_PROGRAM});
  ASSERT_TRUE(daemon.ready()) << daemon.log();
  ASSERT_EQ(add_user().status, 0);
  const std::string file = folder_ / "large.wav";
  write_file(file, std::string(5 << 20, 'x'));
  const auto refused = curl(
      {"-H", bearer(login(daemon)), "-F", "newFormat=mp3", "-F", "file=@" + file, daemon.url("/api/tasks")});
  EXPECT_GE(refused.status, 500) << refused;
  EXPECT_EQ(curl({daemon.url("/healthz")}).status, 200);
  EXPECT_EQ(daemon.terminate(), 0);
}

TEST_F(Convertd, ReportsTheConnectionsThatTheOpenFileLimitAllows) {
  Daemon daemon(folder_.path(), {}, {},
                {"/bin/sh", "-c", "ulimit -n 256; exec \"$0\" \"$@\"", CONVERTD_PROGRAM});
  ASSERT_TRUE(daemon.listens()) << daemon.log();
  EXPECT_TRUE(daemon.logs("The limit on open files allows 128 connections, fewer than ")) << daemon.log();
}

TEST_F(Convertd, RefusesOptionsThatCannotBe) {
  const auto refused = [&](const std::string& words, const std::string& why) {
    const auto ran = convertd(words);
    EXPECT_EQ(ran.status, kWrongOption) << words;
    EXPECT_THAT(ran.output, StartsWith("convertd: "));
    EXPECT_THAT(ran.output, HasSubstr(why));
  };
  refused("--lisen 127.0.0.1:0", "Did you mean listen?");
  refused("--listen everywhere", "--listen: \"everywhere\" is not an address to listen on");
  refused("--max-conversions many", "--max-conversions: \"many\" is not a number");
  refused("users", "Unknown command");
  const auto bare = run(std::string(CONVERTD_PROGRAM));
  EXPECT_EQ(bare.status, kWrongOption);
  EXPECT_THAT(bare.output, HasSubstr("--data is required"));
  EXPECT_FALSE(fs::exists(data())) << "no data folder was created";
}

TEST_F(Convertd, RefusesAPortInUse) {
  Daemon first(folder_.path());
  ASSERT_TRUE(first.listens()) << first.log();
  const auto address = fmt::format("127.0.0.1:{}", first.port());
  const auto second = convertd("--listen " + address);
  EXPECT_EQ(second.status, kEnvironment);
  EXPECT_THAT(second.output, StartsWith("convertd: Cannot listen on " + address + ": "));
  EXPECT_THAT(second.output, HasSubstr("in use"));
}

TEST_F(Convertd, RefusesAnAddressOfAnotherMachine) {
  const auto ran = convertd("--listen 192.0.2.1:0");
  EXPECT_EQ(ran.status, kEnvironment);
  EXPECT_THAT(ran.output, HasSubstr("Cannot listen on 192.0.2.1:0: "));
}

TEST_F(Convertd, RefusesAFolderThatIsNone) {
  write_file(data(), "a file");
  const auto ran = convertd("--listen 127.0.0.1:0");
  EXPECT_EQ(ran.status, kEnvironment);
  EXPECT_THAT(ran.output, StartsWith("convertd: The data folder " + data().string() + " is not a folder"));
}

TEST_F(Convertd, RefusesADatabaseOfANewerVersion) {
  SKIP_WITHOUT_PROGRAMS("python3");
  for (const auto* name : {"jobs.db", "accounts.db"}) {
    fs::remove_all(data());
    ASSERT_EQ(add_user().status, 0);
    {
      Daemon daemon(folder_.path());
      ASSERT_TRUE(daemon.listens()) << daemon.log();
      ASSERT_EQ(daemon.terminate(), 0) << daemon.log();
    }
    const auto changed =
        run(fmt::format("python3 -c \"import sqlite3; c = sqlite3.connect('{}'); "
                        "c.execute('UPDATE schema_version SET version = 99, oldest = 99'); c.commit()\"",
                        (data() / name).string()));
    ASSERT_EQ(changed.status, 0) << changed.output;
    const auto ran = convertd("--listen 127.0.0.1:0");
    EXPECT_EQ(ran.status, kEnvironment) << name;
    EXPECT_THAT(ran.output, HasSubstr(name));
    EXPECT_THAT(ran.output, HasSubstr("schema 99"));
  }
}

TEST_F(Convertd, RefusesToRunWithoutItsWorker) {
  const auto text = folder_ / "text";
  write_file(text, "no program");
  for (const fs::path& worker : {fs::path("/no/such/worker"), folder_.path(), text}) {
    const auto ran = convertd("--listen 127.0.0.1:0 --worker-path " + quoted(worker));
    EXPECT_EQ(ran.status, kEnvironment) << worker;
    EXPECT_THAT(ran.output,
                StartsWith(fmt::format("convertd: --worker-path: \"{}\" is not a program", worker.string())));
    EXPECT_THAT(ran.output, HasSubstr("or omit the option"));
  }
  EXPECT_FALSE(fs::exists(data())) << "no data folder was created";
}

TEST_F(Convertd, RefusesSecretsThatOthersMayRead) {
  ASSERT_EQ(convertd("secret rotate").status, 0);
  fs::permissions(data() / "secrets", fs::perms::group_read, fs::perm_options::add);
  const auto ran = convertd("--listen 127.0.0.1:0");
  EXPECT_EQ(ran.status, kEnvironment);
  EXPECT_THAT(ran.output, HasSubstr((data() / "secrets").string()));
}

TEST_F(Convertd, LogsRequestsAsJson) {
  SKIP_WITHOUT_PROGRAMS("python3");
  Daemon daemon(folder_.path(), {"--log-format", "json"});
  ASSERT_TRUE(daemon.listens()) << daemon.log();
  EXPECT_EQ(curl({"-A", "\"", daemon.url("/api/auth/me?token=hidden")}).status, 401);
  EXPECT_EQ(curl({daemon.url("/a%22b")}).status, 404);
  ASSERT_TRUE(daemon.logs(R"("path":"/a%22b","status":404,"bytes":)")) << daemon.log();
  EXPECT_THAT(daemon.log(), HasSubstr(R"("method":"GET","path":"/api/auth/me","status":401,"bytes":)"));
  EXPECT_THAT(daemon.log(), testing::Not(HasSubstr("hidden")));
  const auto log = folder_ / "log.txt";
  write_file(log, daemon.log());
  const auto parsed =
      run(fmt::format("grep '^{{' '{}' | python3 -c 'import sys, json; print(len({{json.loads(line)"
                      "[\"request_id\"] for line in sys.stdin if \"request_id\" in line}}))'",
                      log.string()));
  EXPECT_EQ(parsed.output, "2\n");
}

TEST_F(Convertd, TakesOptionsFromFileAndEnvironment) {
  fs::create_directories(data());
  write_file(data() / "convertd.conf",
             "\xEF\xBB\xBF# closed, by an editor of Windows\nallow-signup = off\nlog-level = error\n");
  Daemon daemon(folder_.path(), {}, {"CONVERTD_LOG_LEVEL=info", "CONVERTD_PORT=tcp://10.0.0.1:80"});
  ASSERT_TRUE(daemon.listens()) << daemon.log();
  const auto signup =
      curl({"-d", "username=ann", "-d", "email=ann@example.org", "-d", "password1=correct-horse", "-d",
            "password2=correct-horse", daemon.url("/api/auth/signup")});
  EXPECT_EQ(signup.status, 403) << signup;
  EXPECT_TRUE(daemon.logs("Ignored the environment variable CONVERTD_PORT")) << daemon.log();
  EXPECT_TRUE(daemon.logs("/api/auth/signup")) << "one line for each request: " << daemon.log();
}

TEST_F(Convertd, MakesUsersWhoCanLogIn) {
  const auto added = convertd("user add --admin ann ann@example.org", "correct-horse");
  EXPECT_EQ(added.status, 0) << added.output;
  EXPECT_EQ(added.output, "Admin ann added.\n");
  Daemon daemon(folder_.path());
  ASSERT_TRUE(daemon.listens()) << daemon.log();
  const auto ann = login(daemon);
  ASSERT_EQ(ann.status, 200) << ann;
  EXPECT_EQ(member(curl({"-H", bearer(ann), daemon.url("/api/auth/me")}).body, "role"), "admin");
  // Also while the server runs.
  EXPECT_EQ(add_user("bob").output, "User bob added.\n");
  EXPECT_EQ(login(daemon, "bob").status, 200);
  const auto list = convertd("user list").output;
  EXPECT_THAT(list, HasSubstr("ann\tann@example.org\tadmin\tactive\n"));
  EXPECT_THAT(list, HasSubstr("bob\tbob@example.org\tuser\tactive\n"));
}

TEST_F(Convertd, ReportsWhyAUserIsNotCreated) {
  ASSERT_EQ(add_user().status, 0);
  const auto refused = [&](const std::string& words, const std::string& password, const std::string& why) {
    const auto ran = convertd("user " + words, password);
    EXPECT_EQ(ran.status, 1) << words;
    EXPECT_THAT(ran.output, StartsWith("convertd: "));
    EXPECT_THAT(ran.output, HasSubstr(why));
    EXPECT_THAT(ran.output, testing::Not(HasSubstr("correct-horse")));
  };
  refused("add ANN other@example.org", "correct-horse", "in use");
  refused("add bob ann@example.org", "correct-horse", "in use");
  refused("add bob bob", "correct-horse", "e-mail");
  refused("add a@b bob@example.org", "correct-horse", "@");
  refused("add bob bob@example.org", "short", "8");
  refused("disable bob", "", "User \"bob\" not found.");
}

TEST_F(Convertd, ShutsUsersOutAndLetsThemIn) {
  ASSERT_EQ(add_user().status, 0);
  Daemon daemon(folder_.path());
  ASSERT_TRUE(daemon.listens()) << daemon.log();
  const auto token = bearer(login(daemon));
  const auto me = [&] { return curl({"-H", token, daemon.url("/api/auth/me")}).status; };
  ASSERT_EQ(me(), 200);
  EXPECT_EQ(convertd("user disable ann").output, "User ann disabled.\n");
  EXPECT_THAT(login(daemon).status, AnyOf(401, 403));
  EXPECT_TRUE(eventually(kPatience, [&] { return me() == 401; })) << "its cache lives one second";
  EXPECT_EQ(convertd("user enable ann@example.org").output, "User ann enabled.\n");
  EXPECT_EQ(convertd("user password ann", "battery-staple").status, 0);
  EXPECT_TRUE(eventually(kPatience, [&] { return login(daemon, "ann", "battery-staple").status == 200; }));
  EXPECT_EQ(login(daemon).status, 401) << "the old password";
  const auto changed = [&](const std::string& password) {
    ASSERT_EQ(convertd("user password ann", password).status, 0);
    const auto fresh = login(daemon, "ann", password);
    ASSERT_EQ(fresh.status, 200);
    EXPECT_EQ(curl({"-H", bearer(fresh), daemon.url("/api/auth/me")}).status, 200)
        << "cached state of the account is ignored";
  };
  changed("battery-staple-2");
  changed("battery-staple-3");
}

TEST_F(Convertd, RotatesItsSecretWhileItRuns) {
  ASSERT_EQ(add_user().status, 0);
  std::string before;
  {
    Daemon daemon(folder_.path());
    ASSERT_TRUE(daemon.listens()) << daemon.log();
    before = bearer(login(daemon));
    const auto rotated = convertd("secret rotate");
    EXPECT_EQ(rotated.status, 0) << rotated.output;
    EXPECT_THAT(rotated.output,
                StartsWith("The new secret signs tokens in one minute. 1 old secret stays valid"));
    EXPECT_EQ(curl({"-H", before, daemon.url("/api/auth/me")}).status, 200);
  }
  struct stat status {};
  ASSERT_EQ(::stat((data() / "secrets").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
  Daemon again(folder_.path());
  ASSERT_TRUE(again.listens()) << again.log();
  EXPECT_EQ(curl({"-H", before, again.url("/api/auth/me")}).status, 200) << "a token from before the restart";
}

TEST_F(Convertd, FinishesWhatRunsWithinItsGrace) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  ASSERT_EQ(add_user().status, 0);
  std::string id;
  {
    Daemon daemon(folder_.path(), {"--shutdown-timeout", "60s"});
    ASSERT_TRUE(daemon.ready()) << daemon.log();
    const auto authorization = bearer(login(daemon));
    id = submit(daemon, authorization, silence(900), "mp3");
    ASSERT_FALSE(id.empty());
    ASSERT_TRUE(eventually(kPatience, [&] { return state(daemon, authorization, id) == "PROCESSING"; }));
    EXPECT_EQ(daemon.terminate(), 0) << daemon.log();
  }
  Daemon again(folder_.path(), {"--worker-path", silent_worker()});  // it converts nothing
  ASSERT_TRUE(again.listens()) << again.log();
  const auto authorization = bearer(login(again));
  EXPECT_EQ(state(again, authorization, id), "PROCESSED");
}

TEST_F(Convertd, HandsBackWhatDoesNotEndWithinItsGrace) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  ASSERT_EQ(add_user().status, 0);
  std::string id;
  std::string attempt;
  {
    Daemon daemon(folder_.path(), {"--shutdown-timeout", "0s"});
    ASSERT_TRUE(daemon.ready()) << daemon.log();
    const auto authorization = bearer(login(daemon));
    id = submit(daemon, authorization, silence(7'200), "mp3");
    ASSERT_FALSE(id.empty());
    ASSERT_TRUE(eventually(kPatience, [&] { return state(daemon, authorization, id) == "PROCESSING"; }));
    attempt = member(curl({"-H", authorization, daemon.url("/api/tasks/" + id)}).body, "attempt");
    EXPECT_EQ(daemon.terminate(), 0) << daemon.log();
  }
  Daemon again(folder_.path(), {"--worker-path", silent_worker()});
  ASSERT_TRUE(again.listens()) << again.log();
  const auto authorization = bearer(login(again));
  EXPECT_EQ(state(again, authorization, id), "UPLOADED") << "released: it does not wait for its lease";
  EXPECT_EQ(member(curl({"-H", authorization, again.url("/api/tasks/" + id)}).body, "attempt"), attempt);
}

TEST_F(Convertd, SharesItsFolderWithASecondOne) {
  ASSERT_EQ(add_user().status, 0);
  const TemporaryFolder other;
  fs::create_directory_symlink(data(), other / "data");
  Daemon first(folder_.path());
  Daemon second(other.path());
  ASSERT_TRUE(first.listens()) << first.log();
  ASSERT_TRUE(second.listens()) << second.log();
  const auto authorization = bearer(login(first));
  EXPECT_EQ(curl({"-H", authorization, second.url("/api/auth/me")}).status, 200)
      << "both servers share the secrets";
  EXPECT_EQ(first.terminate(), 0);
  EXPECT_EQ(second.terminate(), 0);
}

TEST_F(Convertd, GoesOnAfterAKill) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  ASSERT_EQ(add_user().status, 0);
  ASSERT_EQ(run("ffmpeg -v error -f lavfi -i sine -t 5 " + quoted(folder_ / "tone.wav")).status, 0);
  std::string authorization;
  std::string id;
  {
    Daemon daemon(folder_.path());
    ASSERT_TRUE(daemon.ready()) << daemon.log();
    authorization = bearer(login(daemon));
    id = submit(daemon, authorization, folder_ / "tone.wav", "ogg");
    ASSERT_FALSE(id.empty());
    daemon.kill();
  }
  Daemon again(folder_.path());
  ASSERT_TRUE(again.ready()) << again.log();
  EXPECT_TRUE(eventually(kPatience, [&] { return state(again, authorization, id) == "PROCESSED"; }))
      << again.log();
}

TEST_F(Convertd, HelpAndVersionNeedNoFolder) {
  const auto help = run(std::string(CONVERTD_PROGRAM) + " --help");
  EXPECT_EQ(help.status, 0);
  EXPECT_THAT(help.output, HasSubstr("  --listen ADDRESS:PORT"));
  const auto version = run(std::string(CONVERTD_PROGRAM) + " --version");
  EXPECT_EQ(version.status, 0);
  EXPECT_THAT(version.output, MatchesRegex("convertd [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

}  // namespace
}  // namespace convert::test
