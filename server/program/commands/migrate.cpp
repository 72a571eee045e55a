// SPDX-License-Identifier: MIT
#include "commands/migrate.hpp"

#include <fmt/format.h>

#include <convert/job_store.hpp>
#include <convert/server/accounts.hpp>

#include "options/passwords.hpp"
#include "options/roles.hpp"

namespace convertd {
namespace {

/// `run` returns the number of steps that it applied.
bool migrate_store(std::string_view what, const std::string& uri, Result<int> (*run)(std::string_view uri)) {
  if (!is_remote(uri)) {
    print_line(fmt::format("{}: nothing to do. Files are updated when they are opened.", what));
    return true;
  }
  const auto done = run(uri);
  if (done) {
    const auto steps = *done == 0 ? std::string("nothing to do") : fmt::format("{} steps applied", *done);
    print_line(fmt::format("{} {}: up to date, {}.", what, mask_passwords(uri), steps));
  } else {
    print_error(fmt::format("{} {}: {}", what, mask_passwords(uri), done.error().message));
  }
  return done.has_value();
}

}  // namespace

ExitCode migrate(const Settings& settings) {
  const bool jobs = migrate_store("Job store", job_store_uri(settings), &convert::migrate_job_store);
  const bool accounts =
      migrate_store("Account store", account_store_uri(settings), &convert::server::migrate_account_store);
  return jobs && accounts ? ExitCode::done : ExitCode::failed;
}

}  // namespace convertd
