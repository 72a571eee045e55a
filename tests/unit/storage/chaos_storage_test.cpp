// SPDX-License-Identifier: MIT
// ChaosStorage injects failures; the storage below keeps the right blobs.
#include <gtest/gtest.h>

#include "conformance/storage/storage_fixture.hpp"
#include "support/fault_injection.hpp"

namespace convert::test {
namespace {

using conformance::bytes_of;
using conformance::failed_with;
using conformance::get;
using conformance::keys_in;
using conformance::put;
using conformance::succeeded;

const Error kGone{Errc::unavailable, "Gone on purpose.", true};

Fault always() { return Fault{1.0, 0, kGone, false}; }
Fault nth(std::uint64_t number) { return Fault{0, number, kGone, false}; }
Fault after() { return Fault{1.0, 0, kGone, true}; }

class FaultyStorage : public testing::Test {
 protected:
  std::shared_ptr<Storage> inner_ = memory_storage();
  ChaosStorage storage_{inner_, conformance::seed()};
};

TEST_F(FaultyStorage, EveryCallCanFail) {
  ASSERT_TRUE(succeeded(put(storage_, "key", bytes_of("x"))));
  storage_.faults().set_all(always());
  EXPECT_TRUE(failed_with(Errc::unavailable, storage_.open("key")));
  EXPECT_TRUE(failed_with(Errc::unavailable, storage_.create("key")));
  EXPECT_TRUE(failed_with(Errc::unavailable, storage_.stat("key")));
  EXPECT_TRUE(failed_with(Errc::unavailable, storage_.remove("key")));
  EXPECT_TRUE(failed_with(Errc::unavailable, storage_.list("", "", 10)));
  EXPECT_TRUE(failed_with(Errc::unavailable, storage_.copy("key", "other")));
  EXPECT_EQ(storage_.faults().injected_count(), 6U);
  EXPECT_EQ(keys_in(*inner_), std::vector<Key>{"key"});
  storage_.faults().clear();
  EXPECT_TRUE(succeeded(storage_.stat("key")));
}

TEST_F(FaultyStorage, OnlyTheNthCallFails) {
  ASSERT_TRUE(succeeded(put(storage_, "key", bytes_of("x"))));
  storage_.faults().set(StorageCall::stat, nth(2));
  EXPECT_TRUE(succeeded(storage_.stat("key")));
  EXPECT_TRUE(failed_with(Errc::unavailable, storage_.stat("key")));
  EXPECT_TRUE(succeeded(storage_.stat("key")));
}

TEST_F(FaultyStorage, AFailedWriteOrCommitLeavesNothing) {
  for (const StorageCall call : {StorageCall::write, StorageCall::commit}) {
    storage_.faults().set(call, always());
    EXPECT_TRUE(failed_with(Errc::unavailable, put(storage_, "key", bytes_of("x"))));
    storage_.faults().clear();
    EXPECT_TRUE(keys_in(*inner_).empty());
  }
}

TEST_F(FaultyStorage, AFailureAfterTheEffectKeepsTheEffect) {
  storage_.faults().set(StorageCall::commit, after());
  EXPECT_TRUE(failed_with(Errc::unavailable, put(storage_, "key", bytes_of("x"))));
  EXPECT_EQ(get(*inner_, "key").value_or(conformance::Bytes()), bytes_of("x"));
}

TEST_F(FaultyStorage, APartialWriteFailureWritesHalf) {
  auto writer = storage_.create("key");
  ASSERT_TRUE(succeeded(writer));
  storage_.faults().set(StorageCall::write, after());
  EXPECT_TRUE(failed_with(Errc::unavailable, (*writer)->write_at(0, bytes_of("abcd"))));
  ASSERT_TRUE(succeeded((*writer)->commit()));
  EXPECT_EQ(get(*inner_, "key").value_or(conformance::Bytes()), bytes_of("ab"));
}

TEST_F(FaultyStorage, AFractionOfTheCallsFails) {
  storage_.faults().set(StorageCall::list, Fault{0.5, 0, kGone, false});
  int failed = 0;
  for (int call = 0; call < 1000; ++call) failed += storage_.list("", "", 1) ? 0 : 1;
  EXPECT_GT(failed, 300);
  EXPECT_LT(failed, 700);
}

TEST_F(FaultyStorage, TheSameSeedFailsTheSameCalls) {
  const auto run = [](std::uint64_t seed) {
    ChaosStorage storage(memory_storage(), seed);
    storage.faults().set(StorageCall::list, Fault{0.5, 0, kGone, false});
    std::string calls;
    for (int call = 0; call < 64; ++call) calls += storage.list("", "", 1) ? '.' : 'X';
    return calls;
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
}

}  // namespace
}  // namespace convert::test
