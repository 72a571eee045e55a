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
/// The maximum length of a password in bytes, which bounds the minimum that a policy can require.
constexpr std::uint64_t kMaxPasswordLength = 1'024;

struct Class {
  std::string_view name;
  bool convert::server::PasswordPolicy::*required;
};
constexpr std::array kPasswordClasses{Class{"lower", &convert::server::PasswordPolicy::require_lower},
                                      Class{"upper", &convert::server::PasswordPolicy::require_upper},
                                      Class{"digit", &convert::server::PasswordPolicy::require_digit},
                                      Class{"other", &convert::server::PasswordPolicy::require_symbol}};

Result<void> set_password_classes(Settings& settings, std::string_view text) {
  auto passwords = settings.server.password_policy;
  for (const auto& one : kPasswordClasses) passwords.*one.required = false;
  for (const auto& word : parse_list(text)) {
    const auto found = std::find_if(kPasswordClasses.begin(), kPasswordClasses.end(),
                                    [&](const Class& c) { return c.name == word; });
    if (found == kPasswordClasses.end())
      return usage_error(in_quotes(word) + " is not one of lower, upper, digit, other.");
    passwords.*found->required = true;
  }
  settings.server.password_policy = passwords;
  return {};
}

std::string format_password_classes(const Settings& settings) {
  std::vector<std::string> words;
  for (const auto& one : kPasswordClasses) {
    if (settings.server.password_policy.*one.required) words.emplace_back(one.name);
  }
  return format_list(words);
}

/// The default quota always has a value; 0 means no limit.
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

/// Has no flag. `show` never reveals it.
Option secrets_option() {
  auto row = string_option(
      {"secrets", "SECRET,...",
       "your own secrets instead of a file, separated by commas or white space; environment and "
       "configuration "
       "file only",
       "none"},
      [](auto& s) -> auto& { return s.secrets; });
  row.show = [](const Settings&) { return std::string(); };
  row.sensitivity = Sensitivity::secret;
  return row;
}

std::vector<Option> location_options() {
  using convert::Durability;
  using Level = convert::LogLine::Level;
  return {
      path_option(
          {"data", "DIR", "data folder; created if it is missing", "required"},
          [](auto& s) -> auto& { return s.data; }),
      list_option(
          {"listen", "ADDRESS:PORT", "addresses to listen on; port 0 selects a free port, which is printed"},
          [](auto& s) -> auto& { return s.listen; }, parse_endpoint, format_endpoint),
      path_option(
          {"config", "FILE", "configuration file: lines name = value; # starts a comment",
           "DIR/convertd.conf, if it exists"},
          [](auto& s) -> auto& { return s.config; }),
      choice_option({"role", "all|api|worker",
                     "what this host does: serve the API, run tasks, or both; a worker serves only /healthz "
                     "and /readyz"},
                    [](auto& s) -> auto& { return s.role; },
                    {{"all", Role::all}, {"api", Role::api}, {"worker", Role::worker}}),
      uri_option(
          {"database", "URI",
           "PostgreSQL database for tasks, accounts and announcements; DATABASE_URL in the environment sets "
           "it too",
           "none"},
          [](auto& s) -> auto& { return s.database; }),
      uri_option(
          {"storage", "URI", "storage of inputs and outputs", "file:DIR/blobs"},
          [](auto& s) -> auto& { return s.storage; }),
      uri_option(
          {"job-store", "URI", "store of tasks", "the database, else sqlite:DIR/jobs.db"},
          [](auto& s) -> auto& { return s.job_store; }),
      uri_option(
          {"account-store", "URI", "store of accounts", "the database, else sqlite:DIR/accounts.db"},
          [](auto& s) -> auto& { return s.account_store; }),
      uri_option(
          {"queue", "URI", "announces new tasks to the workers",
           "the database, else the job store if it is on a server, else memory:"},
          [](auto& s) -> auto& { return s.queue; }),
      choice_option({"durability", "power|process",
                     "what acknowledged writes survive: a loss of power, or only the death of a process; "
                     "a URI sets its own"},
                    [](auto& s) -> auto& { return s.durability; },
                    {{"power", Durability::power}, {"process", Durability::process}}),
      path_option(
          {"secret-file", "FILE",
           "file with your own secrets, one a line, of at least 32 bytes; the first signs tokens and links",
           "DIR/secrets, created at the first start"},
          [](auto& s) -> auto& { return s.secret_file; }),
      secrets_option(),
      choice_option({"log-level", "info|warning|error",
                     "minimum level of log entries on the standard error output; info includes the "
                     "access log, without /healthz"},
                    [](auto& s) -> auto& { return s.log_level; },
                    {{"info", Level::info}, {"warning", Level::warning}, {"error", Level::error}}),
      choice_option({"log-format", "text|json", "format of the log; json: one JSON object a line"},
                    [](auto& s) -> auto& { return s.log_format; },
                    {{"text", LogFormat::text}, {"json", LogFormat::json}}),
      duration_option(
          {"start-timeout", "TIME",
           "how long a start waits for databases and storages that cannot be reached"},
          [](auto& s) -> auto& { return s.start_timeout; }, std::chrono::milliseconds(0)),
      duration_option(
          {"drain-time", "TIME",
           "how long a stop goes on serving while /readyz answers 503, before the listeners close"},
          [](auto& s) -> auto& { return s.drain_time; }, std::chrono::milliseconds(0)),
      duration_option(
          {"shutdown-timeout", "TIME", "how long a stop waits for running requests and conversions"},
          [](auto& s) -> auto& { return s.shutdown_timeout; }, std::chrono::milliseconds(0)),
  };
}

/// The store limits a lease to a day.
Option lease_option() {
  return option(
      OptionText{"lease-timeout", "TIME",
                 "tasks of a host that has died or lost its connection run again after this time"},
      [](auto& s) -> auto& { return s.engine.lease_duration; },
      [](std::string_view text) -> Result<milliseconds> {
        auto time = parse_duration_as<milliseconds>(text, milliseconds(300));
        if (time && *time > std::chrono::hours(24)) {
          return usage_error(in_quotes(text) + " is longer than 1d.");
        }
        return time;
      },
      [](const milliseconds& time) { return format_duration(time); });
}

std::vector<Option> conversion_options() {
  return {
      path_option(
          {"worker-path", "FILE", "the worker program",
           "convert-worker beside convertd, or the installed one"},
          [](auto& s) -> auto& { return s.sandbox.worker_program; }),
      count_option(
          {"min-idle-workers", "N", "idle workers kept ready"},
          [](auto& s) -> auto& { return s.sandbox.idle_workers; }, 0, kMaxThreads),
      count_option(
          {"workers-ready", "N",
           "idle workers of an API host, for probes, plans and streaming conversions; 0: it answers them "
           "with "
           "503"},
          [](auto& s) -> auto& { return s.workers_ready; }, 0, kMaxThreads),
      bool_option(
          {"allow-unconfined", "",
           "run workers without confinement if this system cannot confine them; for trusted files only"},
          [](auto& s) -> auto& { return s.sandbox.allow_unconfined; }),
      count_option(
          {"max-conversions", "N", "concurrent conversions", "1.5 per core"},
          [](auto& s) -> auto& { return s.engine.max_running_jobs; }, 0, kMaxThreads),
      count_option(
          {"max-conversion-threads", "N", "threads of all conversions together", "1 per core"},
          [](auto& s) -> auto& { return s.engine.threads; }, 0, kMaxThreads),
      count_option(
          {"http-threads", "N", "threads that serve connections", "1 per core, at most 4"},
          [](auto& s) -> auto& { return s.http_threads; }, 0, kMaxThreads),
      count_option(
          {"blocking-threads", "N", "threads for blocking calls to disks and databases",
           "4, plus 2 per core"},
          [](auto& s) -> auto& { return s.server.blocking_threads; }, 0, kMaxThreads),
      size_option(
          {"worker-memory-limit", "SIZE", "memory of one worker"},
          [](auto& s) -> auto& { return s.sandbox.limits.memory_bytes; }, 64 * kMiB),
      size_option(
          {"worker-scratch-limit", "SIZE", "temporary files of one worker in DIR/scratch"},
          [](auto& s) -> auto& { return s.sandbox.limits.temporary_bytes; }, kMiB),
      duration_option(
          {"stall-timeout", "TIME", "a worker without progress for this time is killed"},
          [](auto& s) -> auto& { return s.sandbox.limits.stall_timeout; }, milliseconds(1'000)),
      duration_option(
          {"conversion-timeout", "TIME", "maximum time of one conversion"},
          [](auto& s) -> auto& { return s.engine.limits.wall_time; }, milliseconds(1'000)),
      size_option(
          {"max-output-size", "SIZE", "total size of the outputs of one conversion"},
          [](auto& s) -> auto& { return s.engine.limits.output_bytes; }, 1),
      size_option(
          {"max-hashed-size", "SIZE", "larger inputs are not hashed for the reuse of results"},
          [](auto& s) -> auto& { return s.server.max_hashed_bytes; }, 0),
      lease_option(),
  };
}

std::vector<Option> account_options() {
  return {
      bool_option(
          {"allow-signup", "on|off", "whether anyone can create an account"},
          [](auto& s) -> auto& { return s.server.allow_signup; }),
      count_option(
          {"password-min-length", "N", "minimum number of characters of a password"},
          [](auto& s) -> auto& { return s.server.password_policy.min_length; }, 1, kMaxPasswordLength),
      {"password-classes", "CLASS,...", "none",
       "character classes that a password must contain: lower, upper, digit, other", set_password_classes,
       format_password_classes, true},
      duration_option(
          {"token-ttl", "TIME", "lifetime of a login token"},
          [](auto& s) -> auto& { return s.server.token_ttl; }, milliseconds(1'000)),
      duration_option(
          {"link-ttl", "TIME", "lifetime of a signed link"},
          [](auto& s) -> auto& { return s.server.link_ttl; }, milliseconds(1'000)),
      quota_size(
          {"max-upload-size", "SIZE", "size of one upload; 0: no limit, as in the next three"},
          [](auto& s) -> auto& { return s.server.default_quota.file_bytes; }),
      quota_size(
          {"max-account-storage", "SIZE", "total size of the inputs and outputs of one account"},
          [](auto& s) -> auto& { return s.server.default_quota.storage_bytes; }),
      quota_count(
          {"max-tasks-per-day", "N",
           "new tasks, format changes and streaming conversions of one account per UTC day"},
          [](auto& s) -> auto& { return s.server.default_quota.tasks_per_day; }),
      quota_count(
          {"max-active-tasks", "N", "unfinished tasks of one account"},
          [](auto& s) -> auto& { return s.server.default_quota.active_tasks; }),
  };
}

std::vector<Option> connection_options() {
  return {
      count_option(
          {"max-connections", "N", "concurrent connections; lowered to fit the limit of open files"},
          [](auto& s) -> auto& { return s.server.http.max_connections; }, 1, kMaxConnections),
      count_option(
          {"max-connections-per-address", "N", "concurrent connections of one address"},
          [](auto& s) -> auto& { return s.server.http.max_connections_per_address; }, 1, kMaxConnections),
      count_option(
          {"max-uploads", "N", "concurrent uploads"}, [](auto& s) -> auto& { return s.server.max_uploads; },
          1, kMaxConnections),
      count_option(
          {"max-streaming-conversions", "N", "concurrent streaming conversions"},
          [](auto& s) -> auto& { return s.server.max_streaming_conversions; }, 1, kMaxConnections),
      count_option(
          {"max-event-streams", "N", "concurrent event streams"},
          [](auto& s) -> auto& { return s.server.max_event_streams; }, 1, kMaxConnections),
      count_option(
          {"max-event-streams-per-account", "N", "concurrent event streams of one account"},
          [](auto& s) -> auto& { return s.server.max_event_streams_per_account; }, 1, kMaxConnections),
      size_option(
          {"max-header-size", "SIZE",
           "request line and header fields together; the target has at most 8 KiB"},
          [](auto& s) -> auto& { return s.server.http.max_header_bytes; }, 1 << 10, 1 << 20),
      count_option(
          {"max-header-fields", "N", "header fields of one request"},
          [](auto& s) -> auto& { return s.server.http.max_fields; }, 8, 10'000),
      duration_option(
          {"header-timeout", "TIME", "time to receive the header of a request"},
          [](auto& s) -> auto& { return s.server.http.header_timeout; }, kMinTimeout),
      duration_option(
          {"keepalive-timeout", "TIME", "time between two requests of a connection"},
          [](auto& s) -> auto& { return s.server.http.idle_timeout; }, kMinTimeout),
      duration_option(
          {"body-timeout", "TIME", "time between two reads of a request body"},
          [](auto& s) -> auto& { return s.server.http.body_read_timeout; }, kMinTimeout),
      duration_option(
          {"send-timeout", "TIME", "time in which a client reads nothing of a response"},
          [](auto& s) -> auto& { return s.server.http.write_timeout; }, kMinTimeout),
      {"min-rate", "SIZE", "",
       "minimum bytes per second in both directions, on average after 30 s; slower clients are disconnected; "
       "0: "
       "no minimum",
       [](Settings& s, std::string_view text) -> Result<void> {
         const auto rate = parse_size(text, 0, std::uint64_t{1} << 30);
         if (!rate) return rate.error();
         s.server.http.min_body_rate = s.server.http.min_write_rate = static_cast<std::uint32_t>(*rate);
         return {};
       },
       [](const Settings& s) { return format_size(s.server.http.min_body_rate); }},
      list_option(
          {"trusted-proxies", "NETWORK,...", "proxies whose X-Forwarded-For is trusted", "none"},
          [](auto& s) -> auto& { return s.server.trusted_proxies; }, parse_network, as_it_is),
      list_option(
          {"cors-origins", "ORIGIN,...", "origins that may call the API from a browser; *: any origin",
           "none"},
          [](auto& s) -> auto& { return s.server.cors_origins; }, parse_origin, as_it_is),
      bool_option(
          {"redirect-downloads", "on|off",
           "answer downloads without an Authorization field, such as signed links, by a redirect to a signed "
           "URL of the storage, if it has them"},
          [](auto& s) -> auto& { return s.server.redirect_downloads; }),
  };
}

std::vector<Option> rate_options() {
  return {
      rate_option(
          {"rate-limit-per-address", "RATE", "requests per address (IPv6: per /64)"},
          [](auto& s) -> auto& { return s.server.rate_limits.per_address; }),
      rate_option(
          {"rate-limit-per-account", "RATE", "requests per account"},
          [](auto& s) -> auto& { return s.server.rate_limits.per_account; }),
      rate_option(
          {"login-rate-limit", "RATE", "logins per address"},
          [](auto& s) -> auto& { return s.server.rate_limits.login; }),
      rate_option(
          {"signup-rate-limit", "RATE", "sign-ups per address"},
          [](auto& s) -> auto& { return s.server.rate_limits.signup; }),
      rate_option(
          {"login-failure-limit", "RATE", "wrong passwords per account and address"},
          [](auto& s) -> auto& { return s.server.rate_limits.password_failures; }),
      rate_option(
          {"login-failure-limit-per-address", "RATE", "wrong passwords per address"},
          [](auto& s) -> auto& { return s.server.rate_limits.password_failures_per_address; }),
      list_option(
          {"rate-limit-exempt", "NETWORK,...",
           "networks without limits on requests, logins, sign-ups and connections; empty: none"},
          [](auto& s) -> auto& { return s.server.exempt_networks; }, parse_network,
          [](const std::string& text) { return text; }),
  };
}

std::vector<Option> retention_options() {
  return {
      retention_option(
          {"input-ttl", "TIME|forever", "how long inputs are kept after a task has ended"},
          [](auto& s) -> auto& { return s.engine.retention.inputs; }),
      retention_option(
          {"output-ttl", "TIME|forever", "how long outputs are kept after a task has ended"},
          [](auto& s) -> auto& { return s.engine.retention.outputs; }),
      retention_option(
          {"task-ttl", "TIME|forever", "how long an ended task is kept, with its files"},
          [](auto& s) -> auto& { return s.engine.retention.records; }),
      duration_option(
          {"orphan-ttl", "TIME", "how long files without a task are kept after they were written"},
          [](auto& s) -> auto& { return s.engine.retention.orphans; }, std::chrono::milliseconds(60'000)),
      duration_option(
          {"unfinished-ttl", "TIME", "how long uploads are kept that a crash has interrupted"},
          [](auto& s) -> auto& { return s.engine.retention.unfinished; }, std::chrono::milliseconds(60'000)),
      duration_option(
          {"cleanup-interval", "TIME", "how often one of the hosts deletes what has expired"},
          [](auto& s) -> auto& { return s.engine.cleanup_interval; }, std::chrono::milliseconds(1'000)),
  };
}

}  // namespace

std::vector<OptionGroup> option_table() {
  return {{"Files and stores", location_options()}, {"Conversions and threads", conversion_options()},
          {"Accounts", account_options()},          {"Connections", connection_options()},
          {"Rate limits", rate_options()},          {"Retention", retention_options()}};
}

}  // namespace convertd
