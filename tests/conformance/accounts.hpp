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
#include "conformance/accounts_crowd.hpp"
#include "conformance/accounts_fixture.hpp"
#include "conformance/accounts_keys.hpp"
#include "conformance/accounts_life.hpp"
#include "conformance/accounts_requests.hpp"
#include "conformance/accounts_room.hpp"
#include "conformance/accounts_sharing.hpp"
