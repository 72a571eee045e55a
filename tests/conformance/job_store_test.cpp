// SPDX-License-Identifier: MIT
#include "conformance/job_store.hpp"

namespace convert::conformance {

INSTANTIATE_TEST_SUITE_P(Memory, JobStoreTest,
                         testing::Values(JobStoreBackend{"memory",
                                                         [](const std::filesystem::path&, Clock clock)
                                                             -> Result<std::shared_ptr<JobStore>> {
                                                           return memory_job_store(std::move(clock));
                                                         },
                                                         false, false}),
                         testing::PrintToStringParamName());

}  // namespace convert::conformance
