// SPDX-License-Identifier: MIT
#pragma once

// The conformance suite of Storage. Instantiate it with your backends, in one source file of a program:
//
//   INSTANTIATE_TEST_SUITE_P(Mine, StorageSuite, testing::Values(StorageBackend{"mine", make_my_place}),
//                            convert::conformance::name_of_storage);
//   INSTANTIATE_TEST_SUITE_P(Mine, StorageSuspensionSuite, ...the same...);

#include "conformance/storage/storage_blobs.hpp"
#include "conformance/storage/storage_concurrency.hpp"
#include "conformance/storage/storage_fixture.hpp"
#include "conformance/storage/storage_keys.hpp"
#include "conformance/storage/storage_suspension.hpp"
