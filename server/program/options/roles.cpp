// SPDX-License-Identifier: MIT
#include "options/roles.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "options/passwords.hpp"

namespace convertd {
namespace {

using std::string_view;

constexpr std::array<string_view, 3> kLocalSchemes{"memory", "file", "sqlite"};

string_view scheme_of(string_view uri) { return uri.substr(0, uri.find(':')); }

/// The URI, else that of --database. libpq and many services write "postgres:" for "postgresql:".
std::string database_or(const std::string& uri, const Settings& settings) {
  constexpr string_view kShortScheme = "postgres:";
  const auto& chosen = uri.empty() ? settings.database : uri;
  if (!chosen.starts_with(kShortScheme)) return chosen;
  return "postgresql:" + chosen.substr(kShortScheme.size());
}

Result<void> check_shared(string_view option, string_view uri, Role role) {
  if (scheme_of(uri) != "memory") return {};
  return usage_error(
      fmt::format("--{} memory: is visible to one process only, but --role {} shares it with other "
                  "hosts. Name a backend that all hosts can reach.",
                  option, to_string(role)));
}

}  // namespace

string_view to_string(Role role) {
  switch (role) {
    case Role::all:
      return "all";
    case Role::api:
      return "api";
    case Role::worker:
      break;
  }
  return "worker";
}

bool is_remote(string_view uri) {
  const auto scheme = scheme_of(uri);
  return !uri.empty() && std::find(kLocalSchemes.begin(), kLocalSchemes.end(), scheme) == kLocalSchemes.end();
}

std::string job_store_uri(const Settings& settings) { return database_or(settings.job_store, settings); }

std::string account_store_uri(const Settings& settings) {
  return database_or(settings.account_store, settings);
}

std::string queue_uri(const Settings& settings) {
  const auto uri = database_or(settings.queue, settings);
  if (!uri.empty()) return uri;
  const auto store = job_store_uri(settings);
  return is_remote(store) ? store : std::string();
}

bool serves_api(const Settings& settings) { return settings.role != Role::worker; }

bool runs_tasks(const Settings& settings) { return settings.role != Role::api; }

bool needs_workers(const Settings& settings) { return runs_tasks(settings) || settings.workers_ready > 0; }

Result<void> check_roles(const Settings& settings, bool serving) {
  if (settings.workers_ready > 0 && settings.role != Role::api) {
    return usage_error(
        "--workers-ready is for --role api: workers for probes, plans and streaming conversions. Use "
        "--min-idle-workers for hosts that run tasks.");
  }
  if (!settings.secrets.empty() && !settings.secret_file.empty()) {
    return usage_error("--secret-file and CONVERTD_SECRETS are both set. Use one of them.");
  }
  if (!serving) return {};
  const auto jobs = job_store_uri(settings);
  if (settings.role != Role::all) {
    if (auto good = check_shared("job-store", jobs, settings.role); !good) return good;
    if (auto good = check_shared("storage", settings.storage, settings.role); !good) return good;
    if (is_remote(jobs) && settings.storage.empty()) {
      return usage_error(
          fmt::format("--role {} needs --storage: the hosts share their tasks, so they must share the "
                      "files too. Use s3://BUCKET, or file:///PATH for a folder that all of them mount.",
                      to_string(settings.role)));
    }
  }
  const bool own_secret = settings.secrets.empty() && settings.secret_file.empty();
  if (serves_api(settings) && is_remote(account_store_uri(settings)) && own_secret) {
    return usage_error(fmt::format(
        "The accounts are in {}, so all hosts have to sign with the same secret: name its file with "
        "--secret-file, or set CONVERTD_SECRETS. A new secret: openssl rand -base64 48",
        mask_passwords(account_store_uri(settings))));
  }
  return {};
}

}  // namespace convertd
