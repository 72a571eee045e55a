// SPDX-License-Identifier: MIT
#include "commands/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <convert/sandbox.hpp>

#include "commands/backend_trials.hpp"
#include "options/passwords.hpp"
#include "options/roles.hpp"
#include "security/key_ring.hpp"
#include "service/backends.hpp"
#include "service/service_log.hpp"

namespace convertd {
namespace {

/// Larger differences are reported. The stores' clocks count, so hosts work nonetheless.
constexpr std::chrono::seconds kNotableClockError{5};

std::string clock_note(const Result<convert::Time>& theirs) {
  if (!theirs) return {};
  const auto ahead = std::chrono::duration_cast<std::chrono::seconds>(current_time() - *theirs);
  if (std::chrono::abs(ahead) < kNotableClockError) return {};
  return fmt::format(" This host's clock is {} s {}. Synchronize it (NTP).", std::chrono::abs(ahead).count(),
                     ahead.count() > 0 ? "ahead" : "behind");
}

/// Prints a line for each check, and remembers whether all passed.
class CheckReport {
 public:
  /// `trial` describes what works, or is the error.
  void add(std::string_view what, const std::string& where, const Result<std::string>& trial) {
    const auto subject =
        where.empty() ? std::string(what) : fmt::format("{} {}", what, mask_passwords(where));
    all_passed_ = all_passed_ && trial.has_value();
    print_line(trial ? fmt::format("ok      {}: {}", subject, *trial)
                     : fmt::format("FAILED  {}: {}", subject, trial.error().message));
  }
  bool all_passed() const { return all_passed_; }

 private:
  bool all_passed_ = true;
};

Result<std::string> check_storage(const Settings& settings, const DataFolder& folder) {
  const auto storage = open_storage(settings, folder);
  if (!storage) return storage.error();
  if (auto tried = try_storage(**storage); !tried) return tried.error();
  const bool has_urls = (*storage)->signed_url("input/check", {}).has_value();
  return fmt::format("wrote, read, listed, copied and deleted a file. {}{}",
                     has_urls ? "It has signed URLs." : "It has no signed URLs.",
                     clock_note((*storage)->now()));
}

Result<std::string> check_job_store(const Settings& settings, const DataFolder& folder) {
  const auto store = open_job_store(settings, folder);
  if (!store) return store.error();
  if (auto tried = try_job_store(**store); !tried) return tried.error();
  return "recorded, read, cancelled and deleted a task." + clock_note((*store)->now());
}

Result<std::string> check_account_store(const Settings& settings, const DataFolder& folder) {
  const auto store = open_account_store(settings, folder);
  if (!store) return store.error();
  if (auto tried = try_account_store(**store); !tried) return tried.error();
  return std::string("created, read and deleted an account; reserved quota.");
}

Result<std::string> check_queue(const Settings& settings) {
  if (!is_remote(queue_uri(settings)) && settings.role == Role::api) {
    return std::string("none. Workers find tasks by their sweeps, within a second.");
  }
  const auto queue = open_queue(settings);
  if (!queue) return queue.error();
  const auto arrived = try_queue(**queue);
  if (!arrived) return arrived.error();
  return std::string(*arrived
                         ? "announced a task and received it."
                         : "announced a task. Another host received it, or it was lost; then tasks start "
                           "by sweeps, within a second.");
}

Result<std::string> check_secrets(const Settings& settings, const DataFolder& folder) {
  const auto secrets = open_secrets(settings, folder);
  if (!secrets) return secrets.error();
  const auto now = current_time();
  const convert::server::Secret* signs = nullptr;
  for (const auto& secret : *secrets) {
    if (secret.valid_from <= now && (signs == nullptr || signs->valid_from <= secret.valid_from))
      signs = &secret;
  }
  return fmt::format("{} accepted; {} signs. Compare this id with those of the other hosts.", secrets->size(),
                     signs == nullptr ? "none" : signs->id);
}

Result<std::string> check_workers(const Settings& settings, const DataFolder& folder) {
  auto options = settings.sandbox;
  options.temporary_folder = folder.scratch();
  options.idle_workers = 1;
  const auto sandbox = convert::Sandbox::start(std::move(options));
  if (!sandbox) return sandbox.error();
  return fmt::format("{} formats, confined by {}.", (*sandbox)->formats().size(), (*sandbox)->confinement());
}

/// Whether a check needs the data folder.
bool uses_data_folder(const Settings& settings) {
  const bool accounts = serves_api(settings) && account_store_uri(settings).empty();
  const bool own_secrets = serves_api(settings) && settings.secrets.empty() && settings.secret_file.empty();
  return settings.storage.empty() || job_store_uri(settings).empty() || accounts || own_secrets ||
         needs_workers(settings);
}

}  // namespace

ExitCode check_backends(const Settings& settings) {
  const auto folder = open_data_folder_if(uses_data_folder(settings), settings);
  if (!folder) return report_error(folder.error());
  CheckReport report;
  const auto uri_or = [](const std::string& uri, const std::filesystem::path& path) {
    return uri.empty() ? path.string() : uri;
  };
  report.add("storage", uri_or(settings.storage, folder->blobs()), check_storage(settings, *folder));
  report.add("job store", uri_or(job_store_uri(settings), folder->jobs()),
             check_job_store(settings, *folder));
  report.add("queue", queue_uri(settings), check_queue(settings));
  if (serves_api(settings)) {
    report.add("account store", uri_or(account_store_uri(settings), folder->accounts()),
               check_account_store(settings, *folder));
    report.add("secrets", settings.secret_file.string(), check_secrets(settings, *folder));
  }
  if (needs_workers(settings)) report.add("workers", "", check_workers(settings, *folder));
  return report.all_passed() ? ExitCode::done : ExitCode::failed;
}

}  // namespace convertd
