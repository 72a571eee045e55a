// SPDX-License-Identifier: MIT
#pragma once

// Part of the Storage suite: many threads and processes. Include "conformance/storage.hpp".

#include <signal.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "conformance/storage/storage_fixture.hpp"
#include "conformance/support/child_process.hpp"

namespace convert::conformance {

inline constexpr int kThreads = 8;
inline constexpr int kProcesses = 4;

/// Runs `work(number)` in kThreads threads.
template <class Work>
void in_threads(const Work& work) {
  std::vector<std::thread> threads;
  for (int number = 0; number < kThreads; ++number) threads.emplace_back([&work, number]() { work(number); });
  for (std::thread& thread : threads) thread.join();
}

inline std::size_t some_size(std::uint64_t number) {
  return 8 + static_cast<std::size_t>(number * 7919 % 60'000);
}

/// Replaces a key repeatedly. True if all calls succeeded and every read was whole.
inline bool write_and_read(Storage& storage, const Key& key, int who, int times) {
  for (int time = 0; time < times; ++time) {
    const auto number = static_cast<std::uint64_t>(who * 1'000'000 + time);
    if (!put(storage, key, make_content(number, some_size(number)))) return false;
    auto bytes = get(storage, key);
    if (!bytes || !is_whole(*bytes)) return false;
    auto blobs = storage.list(key, "", 10);
    if (!blobs || blobs->size() != 1) return false;
  }
  return true;
}

TEST_P(StorageSuite, ThreadsReplacingOneKeyAlwaysReadAWholeBlob) {
  std::atomic<int> good = 0;
  in_threads(
      [&](int number) { good += write_and_read(*storage_, "a/key", number, repetitions(20, 300)) ? 1 : 0; });
  EXPECT_EQ(good, kThreads);
  EXPECT_EQ(keys_in(*storage_), std::vector<Key>{"a/key"});
}

/// A backend that removes a folder with its last blob must not disturb a thread that writes into it.
TEST_P(StorageSuite, ThreadsWritingAndRemovingDoNotDisturbEachOther) {
  std::atomic<int> good = 0;
  in_threads([&](int number) {
    const Key key = "shared/folder/" + std::to_string(number);
    bool all = true;
    for (int time = 0; all && time < repetitions(100, 2000); ++time) {
      const Bytes content = make_content(static_cast<std::uint64_t>(time), 100);
      all = put(*storage_, key, content) && get(*storage_, key).value_or(Bytes()) == content &&
            storage_->copy(key, key + "-copy") && storage_->remove(key) && !storage_->stat(key) &&
            get(*storage_, key + "-copy").value_or(Bytes()) == content && storage_->remove(key + "-copy");
    }
    good += all ? 1 : 0;
  });
  EXPECT_EQ(good, kThreads);
  EXPECT_TRUE(keys_in(*storage_).empty());
}

TEST_P(StorageSuite, ProcessesReplacingOneKeyAlwaysReadAWholeBlob) {
  if (!GetParam().many_processes) GTEST_SKIP() << "this storage belongs to one process";
  std::vector<ChildProcess> children;
  for (int number = 0; number < kProcesses; ++number) {
    children.emplace_back([&](const ChildProcess::Send&) {
      const auto storage = place_->open();
      const bool shared = write_and_read(*storage, "a/key", number, repetitions(20, 300));
      const bool own = write_and_read(*storage, "a/" + std::to_string(number), number, repetitions(5, 50));
      return shared && own ? 0 : 1;
    });
  }
  for (ChildProcess& child : children) EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(keys_in(*storage_), (std::vector<Key>{"a/0", "a/1", "a/2", "a/3", "a/key"}));
  EXPECT_TRUE(is_whole(get(*storage_, "a/key").value_or(Bytes())));
}

TEST_P(StorageSuite, AProcessKilledWhileWritingLeavesNoVisibleBlob) {
  if (!GetParam().many_processes) GTEST_SKIP() << "this storage belongs to one process";
  ASSERT_TRUE(succeeded(put(*storage_, "a/old", bytes_of("old"))));
  ChildProcess child([&](const ChildProcess::Send& send) {
    const auto storage = place_->open();
    auto fresh = storage->create("a/new");
    auto replacing = storage->create("a/old");
    if (!fresh || !replacing) return 1;
    if (!(*fresh)->write_at(0, make_content(1, 500'000)) ||
        !(*replacing)->write_at(0, make_content(2, 500'000)))
      return 1;
    send(1);
    for (;;) ::pause();
  });
  ASSERT_EQ(child.receive(), 1U);
  child.kill();
  EXPECT_EQ(keys_in(*storage_), std::vector<Key>{"a/old"});
  EXPECT_TRUE(succeeded(storage_->remove_unfinished(std::chrono::milliseconds(0))));
  EXPECT_EQ(keys_in(*storage_), std::vector<Key>{"a/old"});
  EXPECT_EQ(get(*storage_, "a/old").value_or(Bytes()), bytes_of("old"));
}

/// Writes, replaces, copies and removes until it is killed. Sends each number once its blob is acknowledged.
inline int write_until_killed(Storage& storage, const ChildProcess::Send& send) {
  for (std::uint64_t number = 1;; ++number) {
    const Key key = "run/" + std::to_string(number);
    if (!put(storage, key, make_content(number, some_size(number)))) return 1;
    send(number);
    if (!put(storage, "replaced", make_content(number, some_size(number + 1)))) return 1;
    if (!storage.copy("replaced", "copied")) return 1;
    if (number % 3 == 0 && !storage.remove("replaced")) return 1;
  }
}

TEST_P(StorageSuite, AcknowledgedBlobsSurviveAKillAndAllBlobsAreWhole) {
  if (!GetParam().many_processes) GTEST_SKIP() << "this storage belongs to one process";
  std::mt19937_64 random(seed());
  for (int kill = 0; kill < repetitions(15, 200); ++kill) {
    ChildProcess child(
        [&](const ChildProcess::Send& send) { return write_until_killed(*place_->open(), send); });
    const std::uint64_t last = 1 + random() % 10;
    std::uint64_t received = 0;
    while (received < last) {
      const auto number = child.receive();
      ASSERT_TRUE(number) << "the child ended by itself";
      received = *number;
    }
    child.kill();
    std::uint64_t found = 0;
    for (const Key& key : keys_in(*storage_)) {
      EXPECT_TRUE(is_whole(get(*storage_, key).value_or(Bytes()))) << key;
      if (!key.starts_with("run/")) continue;
      const std::uint64_t number = std::stoull(key.substr(4));
      found += number <= received ? 1 : 0;
      ASSERT_TRUE(succeeded(storage_->remove(key)));
    }
    EXPECT_EQ(found, received);
  }
}

}  // namespace convert::conformance
