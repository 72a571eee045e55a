// SPDX-License-Identifier: MIT
#include "conformance/job_store.hpp"

namespace convert::conformance {

INSTANTIATE_TEST_SUITE_P(Memory, JobStoreSuite,
                         testing::Values(JobStoreBackend{"memory",
                                                         [](const std::filesystem::path&, Clock clock)
                                                             -> Result<std::shared_ptr<JobStore>> {
                                                           return memory_job_store(std::move(clock));
                                                         },
                                                         false, false}),
                         name_of_job_store);

}  // namespace convert::conformance
