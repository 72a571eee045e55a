// SPDX-License-Identifier: MIT
// Each option by flag, file and environment variable, the precedence of the sources, and the messages for
// invalid values.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "options/command_line.hpp"
#include "options/configuration.hpp"
#include "options/help_text.hpp"
#include "options/option_table.hpp"
#include "support/test_files.hpp"

namespace convertd {
namespace {

using convert::test::TemporaryFolder;
using testing::HasSubstr;

/// For each option a valid value that is not the default, in the form of `show`, and an invalid value.
struct Example {
  std::string good;
  std::string bad;
};
const std::map<std::string_view, Example> kExamples{
    {"data", {"/srv/convert", ""}},
    {"listen", {"0.0.0.0:80,[::]:80", "localhost"}},
    {"config", {"", ""}},  // has its own tests
    {"role", {"worker", "web"}},
    {"database", {"postgresql://db.example/convert", ""}},
    {"storage", {"memory:", ""}},
    {"job-store", {"memory:", ""}},
    {"account-store", {"memory:", ""}},
    {"queue", {"memory:", ""}},
    {"secrets", {"", ""}},  // has its own tests
    {"durability", {"process", "none"}},
    {"secret-file", {"/etc/secrets", ""}},
    {"log-level", {"error", "debug"}},
    {"log-format", {"json", "xml"}},
    {"start-timeout", {"5s", "5"}},
    {"drain-time", {"5s", "5"}},
    {"shutdown-timeout", {"5s", "5"}},
    {"worker-path", {"/usr/bin/worker", ""}},
    {"min-idle-workers", {"7", "-1"}},
    {"workers-ready", {"2", "-1"}},
    {"allow-unconfined", {"on", "yes"}},
    {"max-conversions", {"5", "many"}},
    {"max-conversion-threads", {"6", "5000"}},
    {"http-threads", {"3", "1.5"}},
    {"blocking-threads", {"9", ""}},
    {"worker-memory-limit", {"2G", "1M"}},
    {"worker-scratch-limit", {"1G", "1K"}},
    {"stall-timeout", {"90s", "10ms"}},
    {"conversion-timeout", {"1h", "0s"}},
    {"max-output-size", {"3G", "0"}},
    {"max-hashed-size", {"1M", "1MB"}},
    {"lease-timeout", {"3s", "100ms"}},
    {"allow-signup", {"off", "maybe"}},
    {"password-min-length", {"12", "0"}},
    {"password-classes", {"lower,digit", "vowel"}},
    {"token-ttl", {"1h", "1500ms"}},
    {"link-ttl", {"5m", "0s"}},
    {"max-upload-size", {"1G", "-1"}},
    {"max-account-storage", {"0", "lots"}},
    {"max-tasks-per-day", {"0", "x"}},
    {"max-active-tasks", {"3", "4000000000"}},
    {"max-connections", {"500", "0"}},
    {"max-connections-per-address", {"10", "0"}},
    {"max-uploads", {"11", "0"}},
    {"max-streaming-conversions", {"12", "0"}},
    {"max-event-streams", {"13", "0"}},
    {"max-event-streams-per-account", {"14", "0"}},
    {"max-header-size", {"32K", "2G"}},
    {"max-header-fields", {"50", "1"}},
    {"header-timeout", {"2s", "1ms"}},
    {"keepalive-timeout", {"3s", "x"}},
    {"body-timeout", {"4s", "x"}},
    {"send-timeout", {"5s", "x"}},
    {"min-rate", {"2K", "2G"}},
    {"trusted-proxies", {"10.0.0.0/8,fd00::/8", "proxy"}},
    {"cors-origins", {"https://a.example,https://b.example", "a.example"}},
    {"redirect-downloads", {"on", "1"}},
    {"rate-limit-per-address", {"7/1s", "7"}},
    {"rate-limit-per-account", {"8/1s:20", "8/s"}},
    {"login-rate-limit", {"off", "0/1s"}},
    {"signup-rate-limit", {"9/1h", "none"}},
    {"login-failure-limit", {"3/1m", "x"}},
    {"login-failure-limit-per-address", {"4/1m", "x"}},
    {"rate-limit-exempt", {"10.1.2.3/32", "10.0.0.0/33"}},
    {"input-ttl", {"7d", "ever"}},
    {"output-ttl", {"30d", "ever"}},
    {"task-ttl", {"1h", "1500ms"}},
    {"orphan-ttl", {"2h", "1s"}},
    {"unfinished-ttl", {"2h", "1s"}},
    {"cleanup-interval", {"5s", "1ms"}},
};

class OptionsTest : public testing::Test {
 protected:
  Result<Settings> by(const std::vector<std::string>& flags, const std::vector<std::string>& variables = {}) {
    const std::vector<std::string_view> words(flags.begin(), flags.end());
    const std::vector<std::string_view> names(variables.begin(), variables.end());
    const auto line = parse_command_line(words, table_);
    if (!line) return line.error();
    const auto environment = parse_environment(names, table_);
    if (!environment) return environment.error();
    return resolve_settings(line->options, *environment, table_);
  }

  std::string file(const std::string& text) {
    const auto path = folder_ / "options.conf";
    std::ofstream(path) << text;
    return path.string();
  }

  /// Checks the value of the option.
  static void expect(const Result<Settings>& settings, const Option& option, const std::string& text) {
    ASSERT_TRUE(settings) << option.name << ": " << settings.error().message;
    EXPECT_EQ(option.show(*settings), text) << option.name;
  }

  static void expect_refused(const Result<Settings>& settings, const std::string& who,
                             const std::string& text) {
    ASSERT_FALSE(settings) << who << " took " << text;
    EXPECT_EQ(settings.error().code, Errc::invalid_argument);
    EXPECT_THAT(settings.error().message, HasSubstr(who));
    EXPECT_THAT(settings.error().message, HasSubstr(text));
    EXPECT_TRUE(settings.error().message.ends_with('.') || settings.error().message.ends_with(")"))
        << settings.error().message;
  }

  /// Adds the required --data.
  std::vector<std::string> with_data(const Option& option, std::vector<std::string> flags) const {
    if (option.name != "data") flags.insert(flags.begin(), {"--data", data_});
    return flags;
  }

  const std::vector<OptionGroup> table_ = option_table();
  TemporaryFolder folder_;
  const std::string data_ = folder_.path().string();
};

template <class Check>
void each(const std::vector<OptionGroup>& table, Check check) {
  for (const auto& group : table) {
    for (const auto& option : group.options) {
      if (option.name != "config" && option.name != "secrets") check(option, kExamples.at(option.name));
    }
  }
}

TEST_F(OptionsTest, EachHasAnExample) {
  std::set<std::string_view> names;
  for (const auto& group : table_) {
    for (const auto& option : group.options) {
      EXPECT_TRUE(names.insert(option.name).second) << option.name << " occurs twice";
      EXPECT_EQ(kExamples.count(option.name), 1U) << option.name;
    }
  }
  EXPECT_EQ(names.size(), kExamples.size());
}

TEST_F(OptionsTest, AcceptsFlags) {
  each(table_, [&](const Option& option, const Example& example) {
    const auto flag = "--" + std::string(option.name);
    ASSERT_NE(default_for(option), example.good) << option.name << ": the example is the default";
    if (option.value.empty()) return expect(by(with_data(option, {flag})), option, example.good);
    expect(by(with_data(option, {flag, example.good})), option, example.good);
    expect(by(with_data(option, {flag + "=" + example.good})), option, example.good);
    expect_refused(by(with_data(option, {flag, example.bad})), flag, example.bad);
  });
}

TEST_F(OptionsTest, AcceptsEnvironmentVariables) {
  each(table_, [&](const Option& option, const Example& example) {
    const auto name = environment_name(option.name);
    expect(by(with_data(option, {}), {name + "=" + example.good}), option, example.good);
    expect_refused(by(with_data(option, {}), {name + "=" + example.bad}), name, example.bad);
  });
  EXPECT_EQ(environment_name("http-threads"), "CONVERTD_HTTP_THREADS");
}

TEST_F(OptionsTest, AcceptsAConfigurationFile) {
  each(table_, [&](const Option& option, const Example& example) {
    const std::string name(option.name);
    const auto flags = [&](const std::string& value) {
      return with_data(option, {"--config", file("# a comment\n\n" + name + " = " + value + "\n")});
    };
    expect(by(flags(example.good)), option, example.good);
    expect_refused(by(flags(example.bad)), "options.conf, line 3, " + name, example.bad);
  });
}

TEST_F(OptionsTest, FlagsOverrideEnvironmentOverridesFile) {
  each(table_, [&](const Option& option, const Example& example) {
    if (option.value.empty()) return;  // as a flag it has no value
    const std::string name(option.name);
    const auto other = option.show(Settings{}).empty() ? example.good : option.show(Settings{});
    const auto in_file = with_data(option, {"--config", file(name + " = " + example.bad)});
    const auto variable = environment_name(option.name) + "=";
    // A value with lower precedence is not validated.
    expect(by(in_file, {variable + other}), option, other);
    auto flags = with_data(option, {"--" + name, example.good});
    expect(by(flags, {variable + example.bad}), option, example.good);
  });
}

TEST_F(OptionsTest, HelpShowsTheDefaults) {
  const auto text = help(table_);
  each(table_, [&](const Option& option, const Example&) {
    EXPECT_THAT(text, HasSubstr("  --" + std::string(option.name))) << option.name;
    const auto value = option.show(Settings{});
    if (value.empty()) {
      EXPECT_TRUE(!option.default_text.empty()) << option.name << ": the default is not documented";
      return;
    }
    EXPECT_THAT(text, HasSubstr("[" + value + "]")) << option.name;
    Settings settings;
    ASSERT_TRUE(option.set(settings, value)) << option.name;
    EXPECT_EQ(option.show(settings), value) << option.name;
  });
}

TEST_F(OptionsTest, ReadsTheFileInTheDataFolder) {
  std::ofstream(folder_ / "convertd.conf") << "http-threads = 7 # seven\nrate-limit-exempt =\n";
  const auto settings = by({"--data", data_});
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->http_threads, 7U);
  EXPECT_TRUE(settings->server.exempt_networks.empty());
  const auto none = by({"--data", (folder_ / "not there").string()});
  ASSERT_TRUE(none) << none.error().message;
  EXPECT_EQ(none->http_threads, 0U);
}

TEST_F(OptionsTest, RejectsAMissingNamedFile) {
  const auto missing = by({"--data", data_, "--config", (folder_ / "missing.conf").string()});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::not_found);
  EXPECT_THAT(missing.error().message, HasSubstr("missing.conf cannot be read: No such file"));
  EXPECT_FALSE(by({"--data", data_, "--config", data_})) << "a folder";
}

TEST_F(OptionsTest, ReportsTheLineOfAFile) {
  const auto refused = [&](const std::string& text) {
    const auto settings = by({"--data", data_, "--config", file(text)});
    return settings ? std::string("taken") : settings.error().message;
  };
  EXPECT_THAT(refused("http-threads = 2\nhttp-threadz = 3\n"),
              HasSubstr("line 2: Unknown option \"http-threadz\". Did you mean http-threads?"));
  EXPECT_THAT(refused("http-threads 2\n"), HasSubstr("line 1: \"http-threads 2\" does not have the form"));
  EXPECT_THAT(refused("http-threads = 2\nhttp-threads = 3\n"),
              HasSubstr("line 2, http-threads is set twice"));
  EXPECT_THAT(refused("config = other\n"), HasSubstr("cannot name another"));
  EXPECT_THAT(refused(std::string(2 << 20, '#')), HasSubstr("too large"));
  EXPECT_EQ(refused("data = /a#b\r\n\t # indented\nhttp-threads=2"), "taken")
      << "CR LF, no spaces, no last line's end";
}

TEST_F(OptionsTest, RepeatedListFlagsAddUp) {
  const auto settings = by(
      {"--data", data_, "--listen", "127.0.0.1:1", "--listen=[::1]:2", "--listen", "10.0.0.1:3,10.0.0.1:4"});
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->listen.size(), 4U);
  EXPECT_THAT(by({"--data", data_, "--max-conversions", "1", "--max-conversions", "2"}).error().message,
              HasSubstr("--max-conversions is set twice"));
  EXPECT_THAT(by({"--data", data_, "--listen", ""}).error().message,
              HasSubstr("At least one address is required"));
}

TEST_F(OptionsTest, SuggestsTheNearestName) {
  const auto refused = [&](const std::vector<std::string>& flags) { return by(flags).error().message; };
  EXPECT_THAT(refused({"--lisen", "x"}), HasSubstr("Unknown option \"--lisen\". Did you mean listen?"));
  EXPECT_THAT(refused({"--zzzzzzzz"}), HasSubstr("See convertd --help"));
  EXPECT_THAT(refused({"-d"}), HasSubstr("Unknown option"));
  EXPECT_THAT(refused({"--data"}), HasSubstr("--data needs a value: DIR"));
  EXPECT_THAT(refused({}), HasSubstr("--data is required: convertd --data DIR"));
}

/// The complete table of renamed options, old names first.
const std::map<std::string, std::string> kRenamed{
    {"jobs", "job-store"},
    {"accounts", "account-store"},
    {"log", "log-level"},
    {"grace", "shutdown-timeout"},
    {"worker", "worker-path"},
    {"unconfined", "allow-unconfined"},
    {"slots", "max-conversions"},
    {"threads", "max-conversion-threads"},
    {"worker-memory", "worker-memory-limit"},
    {"scratch", "worker-scratch-limit"},
    {"stall", "stall-timeout"},
    {"job-time", "conversion-timeout"},
    {"output-size", "max-output-size"},
    {"hash-up-to", "max-hashed-size"},
    {"signup", "allow-signup"},
    {"password-least", "password-min-length"},
    {"token-life", "token-ttl"},
    {"link-life", "link-ttl"},
    {"file-size", "max-upload-size"},
    {"quota-storage", "max-account-storage"},
    {"quota-tasks-a-day", "max-tasks-per-day"},
    {"quota-at-once", "max-active-tasks"},
    {"connections", "max-connections"},
    {"connections-an-address", "max-connections-per-address"},
    {"uploads", "max-uploads"},
    {"streams", "max-streaming-conversions"},
    {"listeners", "max-event-streams"},
    {"listeners-an-account", "max-event-streams-per-account"},
    {"header-size", "max-header-size"},
    {"fields", "max-header-fields"},
    {"header-time", "header-timeout"},
    {"idle-time", "keepalive-timeout"},
    {"body-idle", "body-timeout"},
    {"write-idle", "send-timeout"},
    {"slowest", "min-rate"},
    {"cors", "cors-origins"},
    {"rate-address", "rate-limit-per-address"},
    {"rate-account", "rate-limit-per-account"},
    {"rate-login", "login-rate-limit"},
    {"rate-signup", "signup-rate-limit"},
    {"rate-failures", "login-failure-limit"},
    {"rate-failures-address", "login-failure-limit-per-address"},
    {"exempt", "rate-limit-exempt"},
    {"keep-inputs", "input-ttl"},
    {"keep-outputs", "output-ttl"},
    {"keep-records", "task-ttl"},
    {"orphans", "orphan-ttl"},
};

TEST_F(OptionsTest, RejectsOldNamesWithTheNewOnes) {
  EXPECT_EQ(renamed_options().size(), kRenamed.size());
  for (const auto& [old_name, new_name] : kRenamed) {
    EXPECT_EQ(find_option(table_, old_name), nullptr) << old_name;
    ASSERT_NE(find_option(table_, new_name), nullptr) << new_name;
    const auto flag = by({"--data", data_, "--" + old_name, "1"});
    ASSERT_FALSE(flag) << old_name;
    EXPECT_EQ(flag.error().code, Errc::invalid_argument);
    EXPECT_EQ(flag.error().message, "--" + old_name + " was renamed: use --" + new_name + ".");
    EXPECT_EQ(by({"--data", data_, "--" + old_name + "=1"}).error().message, flag.error().message);
    const auto old_variable = environment_name(old_name);
    const auto variable = by({"--data", data_}, {old_variable + "=1"});
    ASSERT_FALSE(variable) << old_variable;
    EXPECT_EQ(variable.error().message,
              old_variable + " was renamed: use " + environment_name(new_name) + ".");
    const auto key = by({"--data", data_, "--config", file("# old\n" + old_name + " = 1\n")});
    ASSERT_FALSE(key) << old_name;
    EXPECT_THAT(key.error().message, testing::EndsWith("options.conf, line 2: " + old_name +
                                                       " was renamed: use " + new_name + "."));
  }
}

TEST_F(OptionsTest, IgnoresUnknownEnvironmentVariables) {
  const std::vector<std::string_view> variables{"CONVERTD_PORT=tcp://10.0.0.1:80", "PATH=/bin",
                                                "CONVERTD_MAX_CONVERSIONS=2"};
  const auto environment = parse_environment(variables, table_).value();
  EXPECT_THAT(environment.warnings, testing::ElementsAre("Ignored the environment variable CONVERTD_PORT: it "
                                                         "is not an option."));
  ASSERT_EQ(environment.options.size(), 1U);
  EXPECT_EQ(environment.options[0].text, "2");
}

TEST_F(OptionsTest, DatabaseUrlSetsTheDatabase) {
  const auto read = [&](const std::vector<std::string>& variables) {
    return by({"--data", data_}, variables).value().database;
  };
  EXPECT_EQ(read({"DATABASE_URL=postgresql://u:secret@h/d"}), "postgresql://u:secret@h/d");
  EXPECT_EQ(read({"DATABASE_URL=postgres://h/d"}), "postgres://h/d");
  EXPECT_EQ(read({"DATABASE_URL=postgresql://h/d", "CONVERTD_DATABASE=postgresql://other/d"}),
            "postgresql://other/d");
  EXPECT_EQ(by({"--data", data_, "--database", "postgresql://flag/d"}, {"DATABASE_URL=postgresql://h/d"})
                .value()
                .database,
            "postgresql://flag/d");
  const std::vector<std::string_view> foreign{"DATABASE_URL=mysql://u:secret@h/d"};
  const auto environment = parse_environment(foreign, table_).value();
  EXPECT_TRUE(environment.options.empty());
  EXPECT_THAT(environment.warnings, testing::ElementsAre(HasSubstr("DATABASE_URL")));
  EXPECT_THAT(environment.warnings, testing::Each(testing::Not(HasSubstr("secret"))));
}

TEST_F(OptionsTest, RefusesPasswordsOnTheCommandLine) {
  for (const auto* name : {"--database", "--storage", "--job-store", "--account-store", "--queue"}) {
    for (const auto* uri : {"postgresql://u:secret@h/d", "postgresql://u@h/d?password=secret"}) {
      for (const auto& flags : {std::vector<std::string>{"--data", data_, name, uri},
                                std::vector<std::string>{"--data", data_, std::string(name) + "=" + uri}}) {
        const auto refused = by(flags);
        ASSERT_FALSE(refused) << name << " " << uri;
        EXPECT_THAT(refused.error().message,
                    HasSubstr(std::string(name) + ": A password is not accepted on the command line"));
        EXPECT_THAT(refused.error().message, testing::Not(HasSubstr("secret")));
      }
    }
  }
  EXPECT_TRUE(by({"--data", data_, "--job-store", "postgresql://u@h/d"}));
  EXPECT_TRUE(by({"--data", data_}, {"CONVERTD_JOB_STORE=postgresql://u:secret@h/d"}));
  EXPECT_TRUE(by({"--data", data_, "--config", file("job-store = postgresql://u:secret@h/d\n")}));
}

TEST_F(OptionsTest, ReadsSecretsOnlyWhereOthersCannotReadThem) {
  const auto flag = by({"--data", data_, "--secrets", "0123456789abcdef0123456789abcdef"});
  ASSERT_FALSE(flag);
  EXPECT_THAT(flag.error().message, HasSubstr("Set CONVERTD_SECRETS in the environment"));
  EXPECT_THAT(flag.error().message, testing::Not(HasSubstr("0123")));
  EXPECT_EQ(by({"--data", data_}, {"CONVERTD_SECRETS=one,two"}).value().secrets, "one,two");
  const auto settings = by({"--data", data_, "--config", file("secrets = one two\n")});
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->secrets, "one two");
  EXPECT_EQ(find_option(table_, "secrets")->show(*settings), "") << "never shown";
  EXPECT_THAT(help(table_), HasSubstr("\n  CONVERTD_SECRETS"));
  EXPECT_THAT(help(table_), testing::Not(HasSubstr("--secrets")));
}

TEST_F(OptionsTest, MasksPasswordsInMessages) {
  const auto refused = [&](const std::string& text) {
    return by({"--data", data_, "--config", file(text)}).error().message;
  };
  for (const auto* line :
       {"job-store postgresql://u:secret@h/d\n", "job-stor postgresql://u:secret@h/d?a=b\n",
        "http-threads = postgresql://u:secret@h/d\n"}) {
    EXPECT_THAT(refused(line), testing::Not(HasSubstr("secret"))) << line;
    EXPECT_THAT(refused(line), HasSubstr("postgresql://u:***@h/d")) << line;
  }
}

TEST_F(OptionsTest, EachChangesOnlyItself) {
  each(table_, [&](const Option& option, const Example& example) {
    Settings settings;
    ASSERT_TRUE(option.set(settings, example.good)) << option.name;
    each(table_, [&](const Option& other, const Example&) {
      if (other.name == option.name) return;
      EXPECT_EQ(other.show(settings), other.show(Settings{})) << option.name << " changes " << other.name;
    });
  });
}

TEST_F(OptionsTest, EachSetsItsField) {
  const auto read = by({"--data=/d",
                        "--storage=file:s",
                        "--job-store=sqlite:j",
                        "--account-store=sqlite:a",
                        "--queue=memory:",
                        "--database=postgresql://d",
                        "--workers-ready=5",
                        "--min-idle-workers=6",
                        "--lease-timeout=7s",
                        "--cleanup-interval=8s",
                        "--drain-time=9s",
                        "--max-conversions=1",
                        "--max-conversion-threads=2",
                        "--http-threads=3",
                        "--blocking-threads=4",
                        "--header-timeout=1s",
                        "--keepalive-timeout=2s",
                        "--body-timeout=3s",
                        "--send-timeout=4s",
                        "--rate-limit-per-address=1/1s",
                        "--rate-limit-per-account=2/1s",
                        "--login-rate-limit=3/1s",
                        "--signup-rate-limit=4/1s",
                        "--login-failure-limit=5/1s",
                        "--login-failure-limit-per-address=6/1s",
                        "--input-ttl=1s",
                        "--output-ttl=2s",
                        "--task-ttl=3s",
                        "--max-upload-size=1",
                        "--max-account-storage=2",
                        "--max-tasks-per-day=3",
                        "--max-active-tasks=4",
                        "--token-ttl=1s",
                        "--link-ttl=2s",
                        "--worker-scratch-limit=1G",
                        "--worker-memory-limit=2G",
                        "--stall-timeout=5s",
                        "--conversion-timeout=6s",
                        "--max-output-size=7",
                        "--max-connections=8",
                        "--max-connections-per-address=9",
                        "--max-event-streams=10",
                        "--max-event-streams-per-account=11"});
  ASSERT_TRUE(read) << read.error().message;
  using std::chrono::seconds;
  EXPECT_EQ(read->storage + read->job_store + read->account_store, "file:ssqlite:jsqlite:a");
  EXPECT_EQ(read->queue + read->database, "memory:postgresql://d");
  EXPECT_EQ(read->workers_ready, 5U);
  EXPECT_EQ(read->sandbox.idle_workers, 6U);
  EXPECT_EQ(read->engine.lease_duration, seconds(7));
  EXPECT_EQ(read->engine.cleanup_interval, seconds(8));
  EXPECT_EQ(read->drain_time, seconds(9));
  EXPECT_EQ(read->engine.max_running_jobs, 1U);
  EXPECT_EQ(read->engine.threads, 2U);
  EXPECT_EQ(read->http_threads, 3U);
  EXPECT_EQ(read->server.blocking_threads, 4U);
  const auto& http = read->server.http;
  EXPECT_EQ(http.header_timeout, seconds(1));
  EXPECT_EQ(http.idle_timeout, seconds(2));
  EXPECT_EQ(http.body_read_timeout, seconds(3));
  EXPECT_EQ(http.write_timeout, seconds(4));
  EXPECT_EQ(http.max_connections, 8U);
  EXPECT_EQ(http.max_connections_per_address, 9U);
  const auto& rates = read->server.rate_limits;
  const convert::server::RateLimit* all[] = {
      &rates.per_address, &rates.per_account,       &rates.login,
      &rates.signup,      &rates.password_failures, &rates.password_failures_per_address};
  for (std::uint32_t i = 0; i < std::size(all); ++i) EXPECT_EQ(all[i]->events, i + 1);
  EXPECT_EQ(read->engine.retention.inputs, seconds(1));
  EXPECT_EQ(read->engine.retention.outputs, seconds(2));
  EXPECT_EQ(read->engine.retention.records, seconds(3));
  EXPECT_EQ(read->server.default_quota.file_bytes, 1U);
  EXPECT_EQ(read->server.default_quota.storage_bytes, 2U);
  EXPECT_EQ(read->server.default_quota.tasks_per_day, 3U);
  EXPECT_EQ(read->server.default_quota.active_tasks, 4U);
  EXPECT_EQ(read->server.token_ttl, seconds(1));
  EXPECT_EQ(read->server.link_ttl, seconds(2));
  EXPECT_EQ(read->sandbox.limits.temporary_bytes, std::uint64_t{1} << 30);
  EXPECT_EQ(read->sandbox.limits.memory_bytes, std::uint64_t{2} << 30);
  EXPECT_EQ(read->sandbox.limits.stall_timeout, seconds(5));
  EXPECT_EQ(read->engine.limits.wall_time, seconds(6));
  EXPECT_EQ(read->engine.limits.output_bytes, 7U);
  EXPECT_EQ(read->server.max_event_streams, 10U);
  EXPECT_EQ(read->server.max_event_streams_per_account, 11U);
}

TEST_F(OptionsTest, MinRateAppliesToBothDirections) {
  const auto settings = by({"--data", data_, "--min-rate", "4K"});
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->server.http.min_body_rate, 4'096U);
  EXPECT_EQ(settings->server.http.min_write_rate, 4'096U);
}

}  // namespace
}  // namespace convertd
