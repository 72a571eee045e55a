// SPDX-License-Identifier: MIT
#pragma once

/// The conformance suite of server::AccountStore. Include it in one source file of a test program, which
/// names the backends in the namespace convert::conformance:
///
///     INSTANTIATE_TEST_SUITE_P(Mine, AccountStoreSuite, testing::Values(AccountStoreBackend{"mine",
///     open_mine}),
///                              name_of_account_store);
///
/// With the environment variable CONVERT_TEST_FULL the suite runs longer.
#include "conformance/accounts/account_records.hpp"
#include "conformance/accounts/account_store_fixture.hpp"
#include "conformance/accounts/account_store_processes.hpp"
#include "conformance/accounts/account_store_threads.hpp"
#include "conformance/accounts/api_keys.hpp"
#include "conformance/accounts/counted_events.hpp"
#include "conformance/accounts/idempotent_requests.hpp"
#include "conformance/accounts/quota_reservations.hpp"
