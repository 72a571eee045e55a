// SPDX-License-Identifier: MIT
#pragma once

// Part of the Storage suite: blobs that are continued later, and transfers that are cancelled. Include
// "conformance/storage.hpp".

#include <algorithm>
#include <chrono>
#include <thread>

#include "conformance/storage/storage_fixture.hpp"
#include "conformance/support/child_process.hpp"

namespace convert::conformance {

/// Larger than the 5 MiB that a part of an S3 upload has at least.
inline constexpr std::size_t kManyParts = 12'000'000;

inline Result<void> write_part(Writer& writer, const Bytes& content, std::size_t from, std::size_t to) {
  constexpr std::size_t kStep = 1'000'000;
  for (std::size_t at = from; at < to; at += kStep) {
    const auto step = std::span(content).subspan(at, std::min(kStep, to - at));
    if (auto written = writer.write_at(at, step); !written) return written;
  }
  return {};
}

inline bool is_token(std::string_view token) {
  return !token.empty() && token.size() <= 1024 &&
         std::all_of(token.begin(), token.end(), [](char letter) { return letter > ' ' && letter <= '~'; });
}

/// Tests of `Writer::suspend`. Skipped where a backend does not support it.
class StorageSuspensionSuite : public StorageSuite {
 protected:
  void SetUp() override {
    auto writer = storage_->create("key");
    ASSERT_TRUE(succeeded(writer));
    auto token = (*writer)->suspend();
    if (!token && token.error().code == Errc::unsupported) {
      GTEST_SKIP() << "this storage cannot continue blobs later";
    }
    ASSERT_TRUE(succeeded(token));
    ASSERT_TRUE(succeeded(storage_->discard("key", *token)));
  }

  /// Writes the first `size` bytes and suspends. Empty after a failure.
  std::string suspended(const Key& key, const Bytes& content, std::size_t size) {
    auto writer = storage_->create(key);
    EXPECT_TRUE(succeeded(writer));
    if (!writer) return {};
    EXPECT_TRUE(succeeded(write_part(**writer, content, 0, size)));
    auto token = (*writer)->suspend();
    EXPECT_TRUE(succeeded(token));
    if (!token) return {};
    EXPECT_TRUE(is_token(*token)) << *token;
    return *token;
  }

  /// Continues at `offset`, writes up to `to` and suspends or commits. Returns the new token.
  std::string continued(Storage& storage, const Key& key, std::string_view token, const Bytes& content,
                        std::size_t offset, std::size_t to) {
    auto resumed = storage.resume(key, token);
    EXPECT_TRUE(succeeded(resumed));
    if (!resumed) return {};
    EXPECT_EQ(resumed->offset, offset);
    EXPECT_TRUE(succeeded(write_part(*resumed->writer, content, offset, to)));
    if (to == content.size()) {
      EXPECT_TRUE(succeeded(resumed->writer->commit()));
      return {};
    }
    auto next = resumed->writer->suspend();
    EXPECT_TRUE(succeeded(next));
    return next.value_or(std::string());
  }
};

// Backends without it need not instantiate it.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StorageSuspensionSuite);

TEST_P(StorageSuspensionSuite, ASuspendedBlobIsContinued) {
  const Bytes content = make_content(1, kManyParts);
  std::string token = suspended("a/key", content, 100'000);
  EXPECT_TRUE(failed_with(Errc::not_found, storage_->open("a/key")));
  EXPECT_TRUE(keys_in(*storage_).empty()) << "it is no blob yet";
  storage_.reset();
  storage_ = place_->open();
  std::size_t offset = 100'000;
  for (const std::size_t to : {std::size_t{100'000}, std::size_t{100'001}, std::size_t{7'000'000}}) {
    token = continued(*storage_, "a/key", token, content, offset, to);
    ASSERT_FALSE(token.empty());
    EXPECT_TRUE(keys_in(*storage_).empty());
    offset = to;
  }
  continued(*storage_, "a/key", token, content, offset, content.size());
  EXPECT_TRUE(get(*storage_, "a/key").value_or(Bytes()) == content);
  EXPECT_EQ(keys_in(*storage_), std::vector<Key>{"a/key"});
  EXPECT_TRUE(failed_with(Errc::not_found, storage_->resume("a/key", token)));
  EXPECT_TRUE(succeeded(storage_->discard("a/key", token))) << "there is nothing left";
  EXPECT_TRUE(get(*storage_, "a/key").value_or(Bytes()) == content);
}

TEST_P(StorageSuspensionSuite, ASuspendedBlobMayBeEmpty) {
  const Bytes content = make_content(1, 5'000);
  const std::string token = suspended("key", content, 0);
  continued(*storage_, "key", token, content, 0, content.size());
  EXPECT_EQ(get(*storage_, "key").value_or(Bytes()), content);
}

TEST_P(StorageSuspensionSuite, ATokenStaysValidWhenItsWriterIsDestroyed) {
  const Bytes content = make_content(1, kManyParts);
  const std::string token = suspended("key", content, 3'000'000);
  for (int time = 0; time < 2; ++time) {
    auto resumed = storage_->resume("key", token);
    ASSERT_TRUE(succeeded(resumed));
    ASSERT_TRUE(succeeded(write_part(*resumed->writer, make_content(2, kManyParts), 3'000'000, 9'000'000)));
  }
  continued(*storage_, "key", token, content, 3'000'000, content.size());
  EXPECT_TRUE(get(*storage_, "key").value_or(Bytes()) == content);
}

TEST_P(StorageSuspensionSuite, ATokenStaysValidWhenItsProcessIsKilled) {
  if (!GetParam().many_processes) GTEST_SKIP() << "this storage belongs to one process";
  const Bytes content = make_content(1, kManyParts);
  const std::string token = suspended("key", content, 6'000'000);
  ChildProcess child([&](const ChildProcess::Send& send) {
    const auto storage = place_->open();
    auto resumed = storage->resume("key", token);
    if (!resumed || !write_part(*resumed->writer, make_content(2, kManyParts), 6'000'000, 11'500'000))
      return 1;
    send(1);
    for (;;) ::pause();
  });
  ASSERT_EQ(child.receive(), 1U);
  child.kill();
  continued(*storage_, "key", token, content, 6'000'000, content.size());
  EXPECT_TRUE(get(*storage_, "key").value_or(Bytes()) == content);
}

TEST_P(StorageSuspensionSuite, ADiscardedBlobLeavesNothing) {
  const Bytes content = make_content(1, kManyParts);
  const std::string token = suspended("key", content, 6'000'000);
  ASSERT_TRUE(succeeded(storage_->discard("key", token)));
  EXPECT_TRUE(failed_with(Errc::not_found, storage_->resume("key", token)));
  EXPECT_TRUE(succeeded(storage_->discard("key", token)));
  EXPECT_TRUE(keys_in(*storage_).empty());
}

TEST_P(StorageSuspensionSuite, RejectsForeignTokens) {
  const Bytes content = make_content(1, 100);
  const std::string token = suspended("key", content, 50);
  for (const std::string& other : {std::string(), std::string("x"), std::string("../../key"), token + "0",
                                   token.substr(1), std::string(1024, 'a')}) {
    EXPECT_TRUE(failed_with(Errc::not_found, storage_->resume("key", other))) << other;
    EXPECT_TRUE(succeeded(storage_->discard("key", other))) << other;
  }
  EXPECT_TRUE(failed_with(Errc::not_found, storage_->resume("other/key", token)));
  EXPECT_TRUE(succeeded(storage_->discard("other/key", token)));
  EXPECT_TRUE(failed_with(Errc::invalid_argument, storage_->resume("../key", token)));
  EXPECT_TRUE(failed_with(Errc::invalid_argument, storage_->discard("../key", token)));
  continued(*storage_, "key", token, content, 50, 100);
  EXPECT_EQ(get(*storage_, "key").value_or(Bytes()), content);
}

TEST_P(StorageSuspensionSuite, OnlyBytesWrittenInOrderCanBeSuspended) {
  auto writer = storage_->create("key");
  ASSERT_TRUE(succeeded(writer));
  if (!(*writer)->seekable()) GTEST_SKIP() << "this storage's Writers are forward-only";
  ASSERT_TRUE(succeeded((*writer)->write_at(10, bytes_of("later"))));
  EXPECT_TRUE(failed_with(Errc::unsupported, (*writer)->suspend()));
}

TEST_P(StorageSuspensionSuite, AContinuedBlobIsForwardOnly) {
  const std::string token = suspended("key", make_content(1, 100), 100);
  auto resumed = storage_->resume("key", token);
  ASSERT_TRUE(succeeded(resumed));
  EXPECT_FALSE(resumed->writer->seekable());
  EXPECT_FALSE(resumed->writer->write_at(0, bytes_of("x")));
}

TEST_P(StorageSuspensionSuite, UnfinishedBlobsAreRemovedByAge) {
  const Bytes content = make_content(1, kManyParts);
  const std::string token = suspended("a/key", content, 6'000'000);
  ASSERT_TRUE(succeeded(put(*storage_, "b", bytes_of("a blob"))));
  auto removed = storage_->remove_unfinished(std::chrono::hours(1));
  ASSERT_TRUE(succeeded(removed));
  EXPECT_EQ(*removed, 0U);
  ASSERT_TRUE(succeeded(storage_->resume("a/key", token)));
  removed = storage_->remove_unfinished(std::chrono::milliseconds(0));
  ASSERT_TRUE(succeeded(removed));
  EXPECT_GE(*removed, 1U);
  EXPECT_TRUE(failed_with(Errc::not_found, storage_->resume("a/key", token)));
  EXPECT_EQ(keys_in(*storage_), std::vector<Key>{"b"});
}

/// Where a transfer waits for nothing, `cancel` need not do anything.
template <class T>
testing::AssertionResult succeeded_or_cancelled(const Result<T>& result) {
  return result ? testing::AssertionSuccess() : failed_with(Errc::cancelled, result);
}

TEST_P(StorageSuite, CancelledTransfersEnd) {
  const Bytes content = make_content(1, kManyParts);
  ASSERT_TRUE(succeeded(put(*storage_, "from", content)));
  auto reader = storage_->open("from");
  ASSERT_TRUE(succeeded(reader));
  std::thread canceller([&] { (*reader)->cancel(); });
  EXPECT_TRUE(succeeded_or_cancelled(read_all(**reader)));
  canceller.join();
  (*reader)->cancel();
  EXPECT_TRUE(succeeded_or_cancelled(read_all(**reader)));

  {
    auto writer = storage_->create("to");
    ASSERT_TRUE(succeeded(writer));
    ASSERT_TRUE(succeeded(write_part(**writer, content, 0, 6'000'000)));
    (*writer)->cancel();
    EXPECT_TRUE(succeeded_or_cancelled(write_part(**writer, content, 6'000'000, 12'000'000)));
  }
  EXPECT_EQ(keys_in(*storage_), std::vector<Key>{"from"});
}

TEST_P(StorageSuite, StopRequestsEndCalls) {
  ASSERT_TRUE(succeeded(put(*storage_, "from", make_content(1, 100'000))));
  std::stop_source stopped;
  stopped.request_stop();
  EXPECT_TRUE(succeeded_or_cancelled(storage_->open("from", stopped.get_token())));
  EXPECT_TRUE(succeeded_or_cancelled(storage_->create("to", stopped.get_token())));
  const auto copied = storage_->copy("from", "to", stopped.get_token());
  EXPECT_TRUE(succeeded_or_cancelled(copied));
  if (!copied) {
    EXPECT_TRUE(failed_with(Errc::not_found, storage_->stat("to")));
  }
}

}  // namespace convert::conformance
