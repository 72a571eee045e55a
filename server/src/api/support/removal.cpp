// SPDX-License-Identifier: MIT
#include "api/support/removal.hpp"

namespace convert::server::api {
namespace {

constexpr std::size_t kRemovalPage = 100;

/// Whether there was none any more.
Result<bool> remove_page_of_jobs(Engine& engine, const JobFilter& filter, const std::stop_token& stop) {
  const auto jobs = engine.list(filter);
  if (!jobs) return jobs.error();
  for (const Job& job : *jobs) {
    if (stop.stop_requested()) return Error{Errc::cancelled, "The server stops.", true};
    auto removed = engine.remove(job.id);
    if (!removed && removed.error().code != Errc::not_found) return std::move(removed).error();
  }
  return jobs->empty();
}

}  // namespace

Result<void> remove_account(Engine& engine, AccountStore& accounts, const std::string& id,
                            const std::stop_token& stop) {
  JobFilter filter;
  filter.owner = id;
  filter.max = kRemovalPage;
  for (;;) {
    const auto no_jobs_left = remove_page_of_jobs(engine, filter, stop);
    if (!no_jobs_left) return no_jobs_left.error();
    if (*no_jobs_left) return accounts.remove(id);
  }
}

}  // namespace convert::server::api
