// SPDX-License-Identifier: MIT
#include "conformance/job_store.hpp"

namespace convert::conformance {
namespace {

JobStoreBackend sqlite(std::string name, Durability durability) {
  const auto open = [durability](const std::filesystem::path& folder, Clock clock) {
    SqliteOptions options;
    options.durability = durability;
    options.busy_timeout = std::chrono::duration_cast<milliseconds>(kDeadline);
    options.clock = std::move(clock);
    return sqlite_job_store(folder / "jobs.db", options);
  };
  return {std::move(name), open};
}

JobStoreBackend memory() {
  const auto open = [](const std::filesystem::path&, Clock clock) -> Result<std::shared_ptr<JobStore>> {
    return memory_job_store(std::move(clock));
  };
  return {"memory", open, false, false};
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Memory, JobStoreSuite, testing::Values(memory()), name_of_job_store);
INSTANTIATE_TEST_SUITE_P(Sqlite, JobStoreSuite,
                         testing::Values(sqlite("power", Durability::power),
                                         sqlite("process", Durability::process)),
                         name_of_job_store);

}  // namespace convert::conformance
