// SPDX-License-Identifier: MIT
#include "commands/migrate.hpp"

#include <fmt/format.h>

#include <convert/job_store.hpp>
#include <convert/server/accounts.hpp>

#include "options/passwords.hpp"
#include "options/roles.hpp"

namespace convertd {
namespace {

/// `run` returns a Result.
template <class Run>
bool migrate_store(std::string_view what, const std::string& uri, Run run) {
  if (!is_remote(uri)) {
    print_line(fmt::format("{}: nothing to do. Files are updated when they are opened.", what));
    return true;
  }
  const auto done = run(uri);
  if (done) {
    print_line(fmt::format("{} {}: up to date.", what, mask_passwords(uri)));
  } else {
    print_error(fmt::format("{} {}: {}", what, mask_passwords(uri), done.error().message));
  }
  return done.has_value();
}

}  // namespace

ExitCode migrate(const Settings& settings) {
  const bool jobs = migrate_store("Job store", job_store_uri(settings),
                                  [](const std::string& uri) { return convert::migrate_job_store(uri); });
  const bool accounts =
      migrate_store("Account store", account_store_uri(settings),
                    [](const std::string& uri) { return convert::server::migrate_account_store(uri); });
  return jobs && accounts ? ExitCode::done : ExitCode::failed;
}

}  // namespace convertd
