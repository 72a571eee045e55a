// SPDX-License-Identifier: MIT
#pragma once

/// The conformance suite of JobStore. Include it in one source file of a test program, which names
/// the backends in the namespace convert::conformance:
///
///     INSTANTIATE_TEST_SUITE_P(Mine, JobStoreSuite, testing::Values(JobStoreBackend{"mine", open_mine}),
///                              name_of_job_store);
///
/// With the environment variable CONVERT_TEST_FULL the suite runs longer.
#include "conformance/job_store/claim_order.hpp"
#include "conformance/job_store/job_events.hpp"
#include "conformance/job_store/job_leases.hpp"
#include "conformance/job_store/job_lists.hpp"
#include "conformance/job_store/job_records.hpp"
#include "conformance/job_store/job_store_fixture.hpp"
#include "conformance/job_store/job_store_threads.hpp"
#include "conformance/job_store/owner_usage.hpp"
#include "conformance/job_store/random_events.hpp"
#include "conformance/job_store/reference_model.hpp"
