// SPDX-License-Identifier: MIT
#pragma once

/// The conformance suite of server::AccountStore. Include it in one source file of a test program, and say
/// what backends there are:
///
///     INSTANTIATE_TEST_SUITE_P(Mine, AccountStoreSuite, testing::Values(AccountStoreBackend{"mine",
///     open_mine}),
///                              name_of_account_store);
///
/// in the namespace convert::conformance. With CONVERT_TEST_FULL in the environment the crowds are larger.
#include "conformance/accounts/account_store_threads.hpp"
#include "conformance/accounts/account_store_fixture.hpp"
#include "conformance/accounts/api_keys.hpp"
#include "conformance/accounts/account_records.hpp"
#include "conformance/accounts/idempotent_requests.hpp"
#include "conformance/accounts/quota_reservations.hpp"
#include "conformance/accounts/account_store_processes.hpp"
