// SPDX-License-Identifier: MIT
#include "http/support/leftovers.hpp"

#include <fmt/format.h>

#include <chrono>
#include <convert/engine.hpp>
#include <convert/server/accounts.hpp>

#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Time now() { return std::chrono::floor<milliseconds>(std::chrono::system_clock::now()); }

/// Reserves a task of one byte at that time.
server::Reservation reserve_one(server::AccountStore& accounts, std::string_view name, Time at) {
  const auto account = must(accounts.find_login(name));
  return must(accounts.reserve({account.id, 1, 1, {}}, at, seconds(1)));
}

}  // namespace

std::string orphaned_files(const std::filesystem::path& data) {
  EngineOptions options;
  options.storage = must(disk_storage(data / "blobs"));
  options.store = must(sqlite_job_store(data / "jobs.db"));
  options.retention.orphans = milliseconds(0);
  Engine engine(options);
  must(engine.sweep());
  std::size_t expected = 0;
  JobFilter filter;
  filter.max = 10'000;
  for (const auto& job : must(engine.list(filter)))
    expected += job.request.inputs.size() + job.outputs.size();
  std::size_t found = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data / "blobs"))
    found += entry.is_regular_file() ? 1 : 0;
  std::string wrong;
  if (found != expected) wrong = fmt::format("{} blobs, of which jobs have {}\n", found, expected);
  for (const auto& entry : std::filesystem::directory_iterator(data / "scratch"))
    wrong += fmt::format("{} is left over\n", entry.path().string());
  return wrong;
}

std::string reserved(const std::filesystem::path& data, std::string_view name) {
  const auto accounts = must(server::sqlite_account_store(data / "accounts.db"));
  const auto later = now() + std::chrono::hours(1);
  must(accounts->sweep(later, std::chrono::hours(24)));
  const auto room = reserve_one(*accounts, name, later);
  if (room.total_bytes == 1 && room.total_tasks == 1) return {};
  return fmt::format("{} bytes and {} tasks are still reserved\n", room.total_bytes - 1,
                     room.total_tasks - 1);
}

std::uint32_t tasks_today(const std::filesystem::path& data, std::string_view name) {
  const auto accounts = must(server::sqlite_account_store(data / "accounts.db"));
  must(accounts->sweep(now(), std::chrono::hours(24)));
  const auto room = reserve_one(*accounts, name, now());
  must(accounts->release(room.id));
  return room.tasks_today - 1;
}

}  // namespace convert::test
