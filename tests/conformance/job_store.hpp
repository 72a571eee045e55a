// SPDX-License-Identifier: MIT
#pragma once

/// The conformance suite of JobStore. Include it in one source file of a test program, and say what backends
/// there are:
///
///     INSTANTIATE_TEST_SUITE_P(Mine, JobStoreSuite, testing::Values(JobStoreBackend{"mine", open_mine}),
///                              name_of_job_store);
///
/// in the namespace convert::conformance. With CONVERT_TEST_FULL in the environment the crowds are larger.
#include "conformance/job_store_crowd.hpp"
#include "conformance/job_store_disturbed.hpp"
#include "conformance/job_store_events.hpp"
#include "conformance/job_store_fixture.hpp"
#include "conformance/job_store_leases.hpp"
#include "conformance/job_store_life.hpp"
#include "conformance/job_store_lists.hpp"
#include "conformance/job_store_mix.hpp"
#include "conformance/job_store_owners.hpp"
#include "conformance/job_store_turns.hpp"
