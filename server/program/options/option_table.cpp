// SPDX-License-Identifier: MIT

#include <algorithm>
#include <array>

#include "options/option_builders.hpp"
#include "options/option_table.hpp"

namespace convertd {
namespace {

using std::chrono::milliseconds;
constexpr std::uint64_t kMaxThreads = 4'096;  // threads and processes
constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

constexpr std::uint64_t kMaxTasks = 1'000'000'000;
/// The longest password that is hashed, in bytes; a policy cannot ask for more characters.
constexpr std::uint64_t kMaxPasswordLength = 1'024;

struct Class {
  std::string_view name;
  bool convert::server::PasswordPolicy::*wanted;
};
constexpr std::array kPasswordClasses{Class{"lower", &convert::server::PasswordPolicy::require_lower},
                                      Class{"upper", &convert::server::PasswordPolicy::require_upper},
                                      Class{"digit", &convert::server::PasswordPolicy::require_digit},
                                      Class{"other", &convert::server::PasswordPolicy::require_symbol}};

Result<void> set_password_classes(Settings& settings, std::string_view text) {
  auto passwords = settings.server.password_policy;
  for (const auto& one : kPasswordClasses) passwords.*one.wanted = false;
  for (const auto& word : parse_list(text)) {
    const auto found = std::find_if(kPasswordClasses.begin(), kPasswordClasses.end(),
                                    [&](const Class& c) { return c.name == word; });
    if (found == kPasswordClasses.end())
      return usage_error(in_quotes(word) + " is none of lower, upper, digit, other.");
    passwords.*found->wanted = true;
  }
  settings.server.password_policy = passwords;
  return {};
}

std::string format_password_classes(const Settings& settings) {
  std::vector<std::string> words;
  for (const auto& one : kPasswordClasses) {
    if (settings.server.password_policy.*one.wanted) words.emplace_back(one.name);
  }
  return format_list(words);
}

/// Of accounts that have no quota of their own: the server's default is always said, and 0 is no limit.
template <class Field>
Option quota_count(const OptionText& words, Field field) {
  return count_option(
      words, [field](auto& s) -> auto& { return *field(s); }, 0, kMaxTasks);
}
template <class Field>
Option quota_size(const OptionText& words, Field field) {
  return size_option(
      words, [field](auto& s) -> auto& { return *field(s); }, 0);
}

constexpr std::uint64_t kMaxConnections = 1'000'000;
constexpr milliseconds kMinTimeout{100};

std::string as_it_is(const std::string& text) { return text; }

std::vector<Option> location_options() {
  using convert::Durability;
  using Level = convert::LogLine::Level;
  return {
      path_option(
          {"data", "DIR", "the folder that holds everything; made if it is missing", "required"},
          [](auto& s) -> auto& { return s.data; }),
      list_option(
          {"listen", "ADDRESS:PORT", "where to listen; port 0 is a free one, which is printed"},
          [](auto& s) -> auto& { return s.listen; }, parse_endpoint, format_endpoint),
      path_option(
          {"config", "FILE", "options from a file: name = value, and # begins a comment",
           "DIR/convertd.conf, if it is there"},
          [](auto& s) -> auto& { return s.config; }),
      string_option(
          {"storage", "URI", "inputs and outputs", "file:DIR/blobs"},
          [](auto& s) -> auto& { return s.storage; }),
      string_option(
          {"job-store", "URI", "tasks", "sqlite:DIR/jobs.db"}, [](auto& s) -> auto& { return s.job_store; }),
      string_option(
          {"account-store", "URI", "accounts", "sqlite:DIR/accounts.db"},
          [](auto& s) -> auto& { return s.account_store; }),
      choice_option({"durability", "power|process",
                     "what an answer survives: a loss of power, or the death of processes only "
                     "(a URI says its own)"},
                    [](auto& s) -> auto& { return s.durability; },
                    {{"power", Durability::power}, {"process", Durability::process}}),
      path_option(
          {"secret-file", "FILE",
           "secrets of your own, one a line, of at least 32 bytes: the first signs tokens and links",
           "DIR/secrets, made at the first start"},
          [](auto& s) -> auto& { return s.secret_file; }),
      choice_option({"log-level", "info|warning|error",
                     "what is written to the standard error output; at info a "
                     "line for each request but /healthz"},
                    [](auto& s) -> auto& { return s.log_level; },
                    {{"info", Level::info}, {"warning", Level::warning}, {"error", Level::error}}),
      duration_option(
          {"shutdown-timeout", "TIME", "how long a stop waits for what was begun"},
          [](auto& s) -> auto& { return s.shutdown_timeout; }, std::chrono::milliseconds(0)),
  };
}

std::vector<Option> conversion_options() {
  return {
      path_option(
          {"worker-path", "FILE", "the program that converts",
           "convert-worker beside convertd, or as installed"},
          [](auto& s) -> auto& { return s.sandbox.worker_program; }),
      count_option(
          {"min-idle-workers", "N", "workers that wait for work"},
          [](auto& s) -> auto& { return s.sandbox.idle_workers; }, 0, kMaxThreads),
      bool_option(
          {"allow-unconfined", "",
           "run workers where this system cannot confine them: for your own files only"},
          [](auto& s) -> auto& { return s.sandbox.allow_unconfined; }),
      count_option(
          {"max-conversions", "N", "conversions at once", "one and a half for each core"},
          [](auto& s) -> auto& { return s.engine.max_running_jobs; }, 0, kMaxThreads),
      count_option(
          {"max-conversion-threads", "N", "threads at work in all conversions together", "one for each core"},
          [](auto& s) -> auto& { return s.engine.threads; }, 0, kMaxThreads),
      count_option(
          {"http-threads", "N", "threads that serve connections", "one for each core, at most 4"},
          [](auto& s) -> auto& { return s.http_threads; }, 0, kMaxThreads),
      count_option(
          {"blocking-threads", "N", "threads for calls to disks and databases", "4, and two for each core"},
          [](auto& s) -> auto& { return s.server.blocking_threads; }, 0, kMaxThreads),
      size_option(
          {"worker-memory-limit", "SIZE", "what one worker may take"},
          [](auto& s) -> auto& { return s.sandbox.limits.memory_bytes; }, 64 * kMiB),
      size_option(
          {"worker-scratch-limit", "SIZE", "temporary files of one worker, in DIR/scratch"},
          [](auto& s) -> auto& { return s.sandbox.limits.temporary_bytes; }, kMiB),
      duration_option(
          {"stall-timeout", "TIME", "a worker without progress for so long is ended"},
          [](auto& s) -> auto& { return s.sandbox.limits.stall_timeout; }, milliseconds(1'000)),
      duration_option(
          {"conversion-timeout", "TIME", "how long one conversion may take"},
          [](auto& s) -> auto& { return s.engine.limits.wall_time; }, milliseconds(1'000)),
      size_option(
          {"max-output-size", "SIZE", "all outputs of one conversion together"},
          [](auto& s) -> auto& { return s.engine.limits.output_bytes; }, 1),
      size_option(
          {"max-hashed-size", "SIZE", "larger inputs are not compared with earlier ones"},
          [](auto& s) -> auto& { return s.server.max_hashed_bytes; }, 0),
  };
}

std::vector<Option> account_options() {
  return {
      bool_option(
          {"allow-signup", "on|off", "whether strangers may make accounts"},
          [](auto& s) -> auto& { return s.server.allow_signup; }),
      count_option(
          {"password-min-length", "N", "characters of a password"},
          [](auto& s) -> auto& { return s.server.password_policy.min_length; }, 1, kMaxPasswordLength),
      {"password-classes", "CLASS,...", "none",
       "what a password needs one of, each: lower, upper, digit, other", set_password_classes,
       format_password_classes, true},
      duration_option(
          {"token-ttl", "TIME", "how long a login is valid"},
          [](auto& s) -> auto& { return s.server.token_ttl; }, milliseconds(1'000)),
      duration_option(
          {"link-ttl", "TIME", "how long a signed link is valid"},
          [](auto& s) -> auto& { return s.server.link_ttl; }, milliseconds(1'000)),
      quota_size(
          {"max-upload-size", "SIZE", "one upload; 0: no limit, as in the next three"},
          [](auto& s) -> auto& { return s.server.default_quota.file_bytes; }),
      quota_size(
          {"max-account-storage", "SIZE",
           "inputs and outputs of one account; who is beyond it may add nothing"},
          [](auto& s) -> auto& { return s.server.default_quota.storage_bytes; }),
      quota_count(
          {"max-tasks-per-day", "N",
           "new tasks, changes of a format and streaming conversions of one account (UTC days)"},
          [](auto& s) -> auto& { return s.server.default_quota.tasks_per_day; }),
      quota_count(
          {"max-active-tasks", "N", "tasks of one account that have not ended"},
          [](auto& s) -> auto& { return s.server.default_quota.active_tasks; }),
  };
}

std::vector<Option> connection_options() {
  return {
      count_option(
          {"max-connections", "N", "at once; lowered to what the limit of open files allows"},
          [](auto& s) -> auto& { return s.server.http.max_connections; }, 1, kMaxConnections),
      count_option(
          {"max-connections-per-address", "N", "at once, of one address"},
          [](auto& s) -> auto& { return s.server.http.max_connections_per_address; }, 1, kMaxConnections),
      count_option(
          {"max-uploads", "N", "at once"}, [](auto& s) -> auto& { return s.server.max_uploads; }, 1,
          kMaxConnections),
      count_option(
          {"max-streaming-conversions", "N", "streaming conversions at once"},
          [](auto& s) -> auto& { return s.server.max_streaming_conversions; }, 1, kMaxConnections),
      count_option(
          {"max-event-streams", "N", "event streams at once"},
          [](auto& s) -> auto& { return s.server.max_event_streams; }, 1, kMaxConnections),
      count_option(
          {"max-event-streams-per-account", "N", "event streams of one account at once"},
          [](auto& s) -> auto& { return s.server.max_event_streams_per_account; }, 1, kMaxConnections),
      size_option(
          {"max-header-size", "SIZE",
           "request line and fields together; the line's target has at most 8 KiB"},
          [](auto& s) -> auto& { return s.server.http.max_header_bytes; }, 1 << 10, 1 << 20),
      count_option(
          {"max-header-fields", "N", "fields of one request"},
          [](auto& s) -> auto& { return s.server.http.max_fields; }, 8, 10'000),
      duration_option(
          {"header-timeout", "TIME", "for the whole header of a request"},
          [](auto& s) -> auto& { return s.server.http.header_timeout; }, kMinTimeout),
      duration_option(
          {"keepalive-timeout", "TIME", "between two requests of a connection"},
          [](auto& s) -> auto& { return s.server.http.idle_timeout; }, kMinTimeout),
      duration_option(
          {"body-timeout", "TIME", "between two pieces of a body"},
          [](auto& s) -> auto& { return s.server.http.body_read_timeout; }, kMinTimeout),
      duration_option(
          {"send-timeout", "TIME", "in which a client takes nothing of its answer"},
          [](auto& s) -> auto& { return s.server.http.write_timeout; }, kMinTimeout),
      {"min-rate", "SIZE", "",
       "a second, both ways, on average after 30 s: slower clients are cut; 0: any rate",
       [](Settings& s, std::string_view text) -> Result<void> {
         const auto rate = parse_size(text, 0, std::uint64_t{1} << 30);
         if (!rate) return rate.error();
         s.server.http.min_body_rate = s.server.http.min_write_rate = static_cast<std::uint32_t>(*rate);
         return {};
       },
       [](const Settings& s) { return format_size(s.server.http.min_body_rate); }},
      list_option(
          {"trusted-proxies", "NETWORK,...", "whose X-Forwarded-For is believed", "none"},
          [](auto& s) -> auto& { return s.server.trusted_proxies; }, parse_network, as_it_is),
      list_option(
          {"cors-origins", "ORIGIN,...", "pages that may call from other origins; * is any", "none"},
          [](auto& s) -> auto& { return s.server.cors_origins; }, parse_origin, as_it_is),
  };
}

std::vector<Option> rate_options() {
  return {
      rate_option(
          {"rate-limit-per-address", "RATE", "requests of one address (of IPv6: its /64)"},
          [](auto& s) -> auto& { return s.server.rate_limits.per_address; }),
      rate_option(
          {"rate-limit-per-account", "RATE", "requests of one account"},
          [](auto& s) -> auto& { return s.server.rate_limits.per_account; }),
      rate_option(
          {"login-rate-limit", "RATE", "logins of one address"},
          [](auto& s) -> auto& { return s.server.rate_limits.login; }),
      rate_option(
          {"signup-rate-limit", "RATE", "sign-ups of one address"},
          [](auto& s) -> auto& { return s.server.rate_limits.signup; }),
      rate_option(
          {"login-failure-limit", "RATE", "wrong passwords for one account from one address"},
          [](auto& s) -> auto& { return s.server.rate_limits.password_failures; }),
      rate_option(
          {"login-failure-limit-per-address", "RATE", "wrong passwords from one address"},
          [](auto& s) -> auto& { return s.server.rate_limits.password_failures_per_address; }),
      list_option(
          {"rate-limit-exempt", "NETWORK,...",
           "not limited in requests, logins, sign-ups and connections; empty: none"},
          [](auto& s) -> auto& { return s.server.exempt_networks; }, parse_network,
          [](const std::string& text) { return text; }),
  };
}

std::vector<Option> retention_options() {
  return {
      retention_option(
          {"input-ttl", "TIME|forever", "after a task has ended"},
          [](auto& s) -> auto& { return s.engine.retention.inputs; }),
      retention_option(
          {"output-ttl", "TIME|forever", "likewise"},
          [](auto& s) -> auto& { return s.engine.retention.outputs; }),
      retention_option(
          {"task-ttl", "TIME|forever", "likewise: the task itself, with all its files"},
          [](auto& s) -> auto& { return s.engine.retention.records; }),
      duration_option(
          {"orphan-ttl", "TIME", "files that became no task, from when they were written"},
          [](auto& s) -> auto& { return s.engine.retention.orphans; }, std::chrono::milliseconds(60'000)),
  };
}

}  // namespace

std::vector<OptionGroup> option_table() {
  return {{"Where things are", location_options()}, {"Work", conversion_options()},
          {"Accounts", account_options()},          {"Connections", connection_options()},
          {"Limits by rate", rate_options()},       {"How long things are kept", retention_options()}};
}

}  // namespace convertd
