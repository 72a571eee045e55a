// SPDX-License-Identifier: MIT
// Each row of the table by flag, by file and by variable; which of them counts; and what is said of values
// that cannot be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "options/command_line.hpp"
#include "options/configuration.hpp"
#include "options/option_table.hpp"
#include "options/help_text.hpp"
#include "support/test_files.hpp"

namespace convertd {
namespace {

using convert::test::TemporaryFolder;
using testing::HasSubstr;

/// A value of each option that is not its default, as `show` gives it back, and one that cannot be.
struct Example {
  std::string good;
  std::string bad;
};
const std::map<std::string_view, Example> kExamples{
    {"data", {"/srv/convert", ""}},
    {"listen", {"0.0.0.0:80,[::]:80", "localhost"}},
    {"config", {"", ""}},  // by tests of its own
    {"storage", {"memory:", ""}},
    {"jobs", {"memory:", ""}},
    {"accounts", {"memory:", ""}},
    {"durability", {"process", "none"}},
    {"secret-file", {"/etc/secrets", ""}},
    {"log", {"error", "debug"}},
    {"grace", {"5s", "5"}},
    {"worker", {"/usr/bin/worker", ""}},
    {"workers-ready", {"7", "-1"}},
    {"unconfined", {"on", "yes"}},
    {"slots", {"5", "many"}},
    {"threads", {"6", "5000"}},
    {"http-threads", {"3", "1.5"}},
    {"blocking-threads", {"9", ""}},
    {"worker-memory", {"2G", "1M"}},
    {"scratch", {"1G", "1K"}},
    {"stall", {"90s", "10ms"}},
    {"job-time", {"1h", "0s"}},
    {"output-size", {"3G", "0"}},
    {"hash-up-to", {"1M", "1MB"}},
    {"signup", {"off", "maybe"}},
    {"password-least", {"12", "0"}},
    {"password-classes", {"lower,digit", "vowel"}},
    {"token-life", {"1h", "1500ms"}},
    {"link-life", {"5m", "0s"}},
    {"file-size", {"1G", "-1"}},
    {"quota-storage", {"0", "lots"}},
    {"quota-tasks-a-day", {"0", "x"}},
    {"quota-at-once", {"3", "4000000000"}},
    {"connections", {"500", "0"}},
    {"connections-an-address", {"10", "0"}},
    {"uploads", {"11", "0"}},
    {"streams", {"12", "0"}},
    {"listeners", {"13", "0"}},
    {"listeners-an-account", {"14", "0"}},
    {"header-size", {"32K", "2G"}},
    {"fields", {"50", "1"}},
    {"header-time", {"2s", "1ms"}},
    {"idle-time", {"3s", "x"}},
    {"body-idle", {"4s", "x"}},
    {"write-idle", {"5s", "x"}},
    {"slowest", {"2K", "2G"}},
    {"trusted-proxies", {"10.0.0.0/8,fd00::/8", "proxy"}},
    {"cors", {"https://a.example,https://b.example", "a.example"}},
    {"rate-address", {"7/1s", "7"}},
    {"rate-account", {"8/1s:20", "8/s"}},
    {"rate-login", {"off", "0/1s"}},
    {"rate-signup", {"9/1h", "none"}},
    {"rate-failures", {"3/1m", "x"}},
    {"rate-failures-address", {"4/1m", "x"}},
    {"exempt", {"10.1.2.3/32", "10.0.0.0/33"}},
    {"keep-inputs", {"7d", "ever"}},
    {"keep-outputs", {"30d", "ever"}},
    {"keep-records", {"1h", "1500ms"}},
    {"orphans", {"2h", "1s"}},
};

class Options : public testing::Test {
 protected:
  Result<Settings> by(const std::vector<std::string>& flags, const std::vector<std::string>& variables = {}) {
    const std::vector<std::string_view> words(flags.begin(), flags.end());
    const std::vector<std::string_view> names(variables.begin(), variables.end());
    const auto line = parse_command_line(words, table_);
    if (!line) return line.error();
    return resolve_settings(line->options, parse_environment(names, table_), table_);
  }

  std::string file(const std::string& text) {
    const auto path = folder_ / "options.conf";
    std::ofstream(path) << text;
    return path.string();
  }

  /// What is set where the row's name stands, as text.
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

  /// Those flags, and --data, without which there is nothing.
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
      if (option.name != "config") check(option, kExamples.at(option.name));
    }
  }
}

TEST_F(Options, HaveAnExampleEach) {
  std::set<std::string_view> names;
  for (const auto& group : table_) {
    for (const auto& option : group.options) {
      EXPECT_TRUE(names.insert(option.name).second) << option.name << " is there twice";
      EXPECT_EQ(kExamples.count(option.name), 1U) << option.name;
    }
  }
  EXPECT_EQ(names.size(), kExamples.size());
}

TEST_F(Options, AreTakenAsFlags) {
  each(table_, [&](const Option& option, const Example& example) {
    const auto flag = "--" + std::string(option.name);
    ASSERT_NE(default_for(option), example.good) << option.name << ": the example would not be noticed";
    if (option.value.empty()) return expect(by(with_data(option, {flag})), option, example.good);
    expect(by(with_data(option, {flag, example.good})), option, example.good);
    expect(by(with_data(option, {flag + "=" + example.good})), option, example.good);
    expect_refused(by(with_data(option, {flag, example.bad})), flag, example.bad);
  });
}

TEST_F(Options, AreTakenFromTheEnvironment) {
  each(table_, [&](const Option& option, const Example& example) {
    const auto name = environment_name(option);
    expect(by(with_data(option, {}), {name + "=" + example.good}), option, example.good);
    expect_refused(by(with_data(option, {}), {name + "=" + example.bad}), name, example.bad);
  });
  EXPECT_EQ(environment_name(*find_option(table_, "http-threads")), "CONVERTD_HTTP_THREADS");
}

TEST_F(Options, AreTakenFromAFile) {
  each(table_, [&](const Option& option, const Example& example) {
    const std::string name(option.name);
    const auto flags = [&](const std::string& value) {
      return with_data(option, {"--config", file("# a comment\n\n" + name + " = " + value + "\n")});
    };
    expect(by(flags(example.good)), option, example.good);
    expect_refused(by(flags(example.bad)), "options.conf, line 3, " + name, example.bad);
  });
}

TEST_F(Options, OfTheCommandLineCountFirstThenTheEnvironmentThenTheFile) {
  each(table_, [&](const Option& option, const Example& example) {
    if (option.value.empty()) return;  // as a flag it can only be switched on
    const std::string name(option.name);
    const auto other = option.show(Settings{}).empty() ? example.good : option.show(Settings{});
    const auto in_file = with_data(option, {"--config", file(name + " = " + example.bad)});
    const auto variable = environment_name(option) + "=";
    // What does not count is not even looked at.
    expect(by(in_file, {variable + other}), option, other);
    auto flags = with_data(option, {"--" + name, example.good});
    expect(by(flags, {variable + example.bad}), option, example.good);
  });
}

TEST_F(Options, HaveTheDefaultsThatHelpSays) {
  const auto text = help(table_);
  each(table_, [&](const Option& option, const Example&) {
    EXPECT_THAT(text, HasSubstr("  --" + std::string(option.name))) << option.name;
    const auto value = option.show(Settings{});
    if (value.empty()) {
      EXPECT_TRUE(!option.default_text.empty()) << option.name << ": nobody knows what holds";
      return;
    }
    EXPECT_THAT(text, HasSubstr("[" + value + "]")) << option.name;
    Settings settings;
    ASSERT_TRUE(option.set(settings, value)) << option.name;
    EXPECT_EQ(option.show(settings), value) << option.name;
  });
}

TEST_F(Options, OfTheFolderAreReadIfTheyAreThere) {
  std::ofstream(folder_ / "convertd.conf") << "http-threads = 7 # seven\nexempt =\n";
  const auto settings = by({"--data", data_});
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->http_threads, 7U);
  EXPECT_TRUE(settings->server.exempt_networks.empty());
  const auto none = by({"--data", (folder_ / "not there").string()});
  ASSERT_TRUE(none) << none.error().message;
  EXPECT_EQ(none->http_threads, 0U);
}

TEST_F(Options, OfANamedFileHaveToBeThere) {
  const auto missing = by({"--data", data_, "--config", (folder_ / "missing.conf").string()});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::not_found);
  EXPECT_THAT(missing.error().message, HasSubstr("missing.conf cannot be read: No such file"));
  EXPECT_FALSE(by({"--data", data_, "--config", data_})) << "a folder";
}

TEST_F(Options, OfAFileAreNamedByLine) {
  const auto refused = [&](const std::string& text) {
    const auto settings = by({"--data", data_, "--config", file(text)});
    return settings ? std::string("taken") : settings.error().message;
  };
  EXPECT_THAT(refused("slots = 2\nslotz = 3\n"),
              HasSubstr("line 2: There is no option \"slotz\"; did you mean slots?"));
  EXPECT_THAT(refused("slots 2\n"), HasSubstr("line 1: \"slots 2\" is no line like"));
  EXPECT_THAT(refused("slots = 2\nslots = 3\n"), HasSubstr("line 2, slots is there twice"));
  EXPECT_THAT(refused("config = other\n"), HasSubstr("cannot name another"));
  EXPECT_THAT(refused(std::string(2 << 20, '#')), HasSubstr("too large"));
  EXPECT_EQ(refused("data = /a#b\r\n\t # indented\nslots=2"), "taken")
      << "CR LF, no spaces, no last line's end";
}

TEST_F(Options, ThatAreListsAddUpOnTheCommandLine) {
  const auto settings = by(
      {"--data", data_, "--listen", "127.0.0.1:1", "--listen=[::1]:2", "--listen", "10.0.0.1:3,10.0.0.1:4"});
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->listen.size(), 4U);
  EXPECT_THAT(by({"--data", data_, "--slots", "1", "--slots", "2"}).error().message,
              HasSubstr("--slots is there twice"));
  EXPECT_THAT(by({"--data", data_, "--listen", ""}).error().message, HasSubstr("no address to listen at"));
}

TEST_F(Options, ThatAreMisspeltAreNoticed) {
  const auto refused = [&](const std::vector<std::string>& flags) { return by(flags).error().message; };
  EXPECT_THAT(refused({"--lisen", "x"}), HasSubstr("There is no option \"--lisen\"; did you mean listen?"));
  EXPECT_THAT(refused({"--zzzzzzzz"}), HasSubstr("See convertd --help"));
  EXPECT_THAT(refused({"-d"}), HasSubstr("There is no option"));
  EXPECT_THAT(refused({"--data"}), HasSubstr("--data needs DIR behind it"));
  EXPECT_THAT(refused({}), HasSubstr("Name a folder: convertd --data DIR"));
}

TEST_F(Options, ThatTheEnvironmentMakesUpAreLeftAlone) {
  const std::vector<std::string_view> variables{"CONVERTD_PORT=tcp://10.0.0.1:80", "PATH=/bin",
                                                "CONVERTD_SLOTS=2"};
  const auto environment = parse_environment(variables, table_);
  EXPECT_THAT(environment.unknown, testing::ElementsAre("CONVERTD_PORT"));
  ASSERT_EQ(environment.options.size(), 1U);
  EXPECT_EQ(environment.options[0].text, "2");
}

TEST_F(Options, ChangeNoOther) {
  each(table_, [&](const Option& option, const Example& example) {
    Settings settings;
    ASSERT_TRUE(option.set(settings, example.good)) << option.name;
    each(table_, [&](const Option& other, const Example&) {
      if (other.name == option.name) return;
      EXPECT_EQ(other.show(settings), other.show(Settings{})) << option.name << " changes " << other.name;
    });
  });
}

TEST_F(Options, SetWhatTheyName) {
  const auto read = by({"--data=/d",
                        "--storage=file:s",
                        "--jobs=sqlite:j",
                        "--accounts=sqlite:a",
                        "--slots=1",
                        "--threads=2",
                        "--http-threads=3",
                        "--blocking-threads=4",
                        "--header-time=1s",
                        "--idle-time=2s",
                        "--body-idle=3s",
                        "--write-idle=4s",
                        "--rate-address=1/1s",
                        "--rate-account=2/1s",
                        "--rate-login=3/1s",
                        "--rate-signup=4/1s",
                        "--rate-failures=5/1s",
                        "--rate-failures-address=6/1s",
                        "--keep-inputs=1s",
                        "--keep-outputs=2s",
                        "--keep-records=3s",
                        "--file-size=1",
                        "--quota-storage=2",
                        "--quota-tasks-a-day=3",
                        "--quota-at-once=4",
                        "--token-life=1s",
                        "--link-life=2s",
                        "--scratch=1G",
                        "--worker-memory=2G",
                        "--stall=5s",
                        "--job-time=6s",
                        "--output-size=7",
                        "--connections=8",
                        "--connections-an-address=9",
                        "--listeners=10",
                        "--listeners-an-account=11"});
  ASSERT_TRUE(read) << read.error().message;
  using std::chrono::seconds;
  EXPECT_EQ(read->storage + read->job_store + read->account_store, "file:ssqlite:jsqlite:a");
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

TEST_F(Options, OfTheSlowestHoldBothWays) {
  const auto settings = by({"--data", data_, "--slowest", "4K"});
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->server.http.min_body_rate, 4'096U);
  EXPECT_EQ(settings->server.http.min_write_rate, 4'096U);
}

}  // namespace
}  // namespace convertd
