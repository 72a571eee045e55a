// SPDX-License-Identifier: MIT
#pragma once

// Part of the Storage suite: guarantees for a single thread. Include "conformance/storage.hpp".

#include <unistd.h>

#include <chrono>
#include <thread>

#include "conformance/storage/storage_fixture.hpp"

namespace convert::conformance {

TEST_P(StorageSuite, ABlobAppearsWholeAtCommit) {
  auto writer = storage_->create("a/b");
  ASSERT_TRUE(succeeded(writer));
  ASSERT_TRUE(succeeded((*writer)->write_at(0, bytes_of("some bytes"))));
  EXPECT_TRUE(failed_with(Errc::not_found, storage_->open("a/b")));
  EXPECT_TRUE(failed_with(Errc::not_found, storage_->stat("a/b")));
  EXPECT_TRUE(keys_in(*storage_).empty());

  ASSERT_TRUE(succeeded((*writer)->commit()));
  auto blob = storage_->stat("a/b");
  ASSERT_TRUE(succeeded(blob));
  EXPECT_EQ(blob->key, "a/b");
  EXPECT_EQ(blob->size, 10U);
  auto bytes = get(*storage_, "a/b");
  ASSERT_TRUE(succeeded(bytes));
  EXPECT_EQ(*bytes, bytes_of("some bytes"));
  EXPECT_EQ(keys_in(*storage_), std::vector<Key>{"a/b"});
}

TEST_P(StorageSuite, ReportsThatItIsReady) {
  EXPECT_TRUE(succeeded(storage_->ready()));
  ASSERT_TRUE(succeeded(put(*storage_, "key", bytes_of("bytes"))));
  EXPECT_TRUE(succeeded(storage_->ready()));
}

TEST_P(StorageSuite, ReopeningKeepsTheBlobs) {
  ASSERT_TRUE(succeeded(put(*storage_, "key", bytes_of("bytes"))));
  storage_.reset();
  auto bytes = get(*place_->open(), "key");
  ASSERT_TRUE(succeeded(bytes));
  EXPECT_EQ(*bytes, bytes_of("bytes"));
}

TEST_P(StorageSuite, ABlobCanBeEmpty) {
  ASSERT_TRUE(succeeded(put(*storage_, "empty", {})));
  auto bytes = get(*storage_, "empty");
  ASSERT_TRUE(succeeded(bytes));
  EXPECT_TRUE(bytes->empty());
}

TEST_P(StorageSuite, AWriterWritesAtAnyOffsetAndGapsAreZeros) {
  auto writer = storage_->create("gaps");
  ASSERT_TRUE(succeeded(writer));
  if (!(*writer)->seekable()) GTEST_SKIP() << "this storage's Writers are forward-only";
  ASSERT_TRUE(succeeded((*writer)->write_at(6, bytes_of("end"))));
  ASSERT_TRUE(succeeded((*writer)->write_at(0, bytes_of("xxx"))));
  ASSERT_TRUE(succeeded((*writer)->write_at(1, bytes_of("YY"))));
  ASSERT_TRUE(succeeded((*writer)->commit()));
  auto bytes = get(*storage_, "gaps");
  ASSERT_TRUE(succeeded(bytes));
  EXPECT_EQ(*bytes, bytes_of(std::string_view("xYY\0\0\0end", 9)));
}

TEST_P(StorageSuite, AForwardOnlyWriterRefusesToSeek) {
  auto writer = storage_->create("key");
  ASSERT_TRUE(succeeded(writer));
  if ((*writer)->seekable()) GTEST_SKIP() << "this storage's Writers can seek";
  EXPECT_FALSE((*writer)->native_handle());
  ASSERT_TRUE(succeeded((*writer)->write_at(0, bytes_of("abc"))));
  EXPECT_FALSE((*writer)->write_at(0, bytes_of("x")));
  writer->reset();
  EXPECT_TRUE(keys_in(*storage_).empty());
}

/// Object stores write it in parts and read it in blocks.
TEST_P(StorageSuite, ALargeBlobIsReadFromStartToEndAndAtRandom) {
  const Bytes content = make_content(3, 23'456'789);
  ASSERT_TRUE(succeeded(put(*storage_, "large", content)));
  EXPECT_EQ(storage_->stat("large").value_or(Blob()).size, content.size());
  auto reader = storage_->open("large");
  ASSERT_TRUE(succeeded(reader));
  EXPECT_TRUE(read_all(**reader).value_or(Bytes()) == content);
  std::mt19937_64 random(seed());
  Bytes part(100'000);
  for (int time = 0; time < 50; ++time) {
    const std::size_t offset = random() % content.size();
    const std::size_t size = 1 + random() % part.size();
    auto count = (*reader)->read_at(offset, std::span(part).first(size));
    ASSERT_TRUE(succeeded(count));
    ASSERT_GT(*count, 0U);
    ASSERT_LE(*count, std::min(size, content.size() - offset));
    ASSERT_TRUE(std::equal(part.begin(), part.begin() + static_cast<std::ptrdiff_t>(*count),
                           content.begin() + static_cast<std::ptrdiff_t>(offset)))
        << offset;
  }
  ASSERT_TRUE(succeeded(storage_->copy("large", "copy")));
  EXPECT_TRUE(get(*storage_, "copy").value_or(Bytes()) == content);
}

TEST_P(StorageSuite, AReaderKnowsItsSizeAndReadsAtAnyOffset) {
  const Bytes content = make_content(1, 100'000);
  ASSERT_TRUE(succeeded(put(*storage_, "big", content)));
  auto reader = storage_->open("big");
  ASSERT_TRUE(succeeded(reader));
  EXPECT_TRUE((*reader)->seekable());
  EXPECT_EQ((*reader)->size(), content.size());
  auto all = read_all(**reader);
  ASSERT_TRUE(succeeded(all));
  EXPECT_EQ(*all, content);
  Bytes one(1);
  for (const std::size_t offset : {99'999, 0, 50'000}) {
    auto count = (*reader)->read_at(offset, one);
    ASSERT_TRUE(succeeded(count));
    EXPECT_EQ(*count, 1U);
    EXPECT_EQ(one[0], content[offset]);
  }
  for (const std::uint64_t offset : {std::uint64_t{100'000}, std::uint64_t{1} << 62}) {
    auto count = (*reader)->read_at(offset, one);
    ASSERT_TRUE(succeeded(count));
    EXPECT_EQ(*count, 0U);
  }
}

TEST_P(StorageSuite, AWriterDestroyedWithoutCommitLeavesNothing) {
  {
    auto writer = storage_->create("a/new");
    ASSERT_TRUE(succeeded(writer));
    ASSERT_TRUE(succeeded((*writer)->write_at(0, make_content(1, 50'000))));
  }
  EXPECT_TRUE(failed_with(Errc::not_found, storage_->stat("a/new")));
  EXPECT_TRUE(keys_in(*storage_).empty());

  ASSERT_TRUE(succeeded(put(*storage_, "a/old", bytes_of("old"))));
  {
    auto writer = storage_->create("a/old");
    ASSERT_TRUE(succeeded(writer));
    ASSERT_TRUE(succeeded((*writer)->write_at(0, bytes_of("newer"))));
  }
  auto bytes = get(*storage_, "a/old");
  ASSERT_TRUE(succeeded(bytes));
  EXPECT_EQ(*bytes, bytes_of("old"));
}

/// The bytes of a blob that was open when it was removed or replaced, or that it is gone.
inline testing::AssertionResult whole_or_not_found(Reader& reader, const Bytes& content) {
  auto bytes = read_all(reader);
  if (!bytes && bytes.error().retryable) return testing::AssertionFailure() << "the error is retryable";
  if (!bytes) return failed_with(Errc::not_found, bytes);
  return *bytes == content ? testing::AssertionSuccess()
                           : testing::AssertionFailure() << "it has other bytes";
}

TEST_P(StorageSuite, ReplacingABlobGivesOpenReadersNoOtherBytes) {
  const Bytes before = make_content(1, 7'000'000);
  const Bytes after = make_content(2, 30'000);
  ASSERT_TRUE(succeeded(put(*storage_, "key", before)));
  auto reader = storage_->open("key");
  ASSERT_TRUE(succeeded(reader));
  ASSERT_TRUE(succeeded(put(*storage_, "key", after)));
  EXPECT_TRUE(whole_or_not_found(**reader, before));
  auto now = get(*storage_, "key");
  ASSERT_TRUE(succeeded(now));
  EXPECT_EQ(*now, after);
  EXPECT_EQ(keys_in(*storage_), std::vector<Key>{"key"});
}

TEST_P(StorageSuite, TheLastOfTwoCommitsWins) {
  auto first = storage_->create("key");
  auto second = storage_->create("key");
  ASSERT_TRUE(succeeded(first));
  ASSERT_TRUE(succeeded(second));
  ASSERT_TRUE(succeeded((*first)->write_at(0, bytes_of("first"))));
  ASSERT_TRUE(succeeded((*second)->write_at(0, bytes_of("second"))));
  ASSERT_TRUE(succeeded((*second)->commit()));
  EXPECT_EQ(get(*storage_, "key").value_or(Bytes()), bytes_of("second"));
  ASSERT_TRUE(succeeded((*first)->commit()));
  EXPECT_EQ(get(*storage_, "key").value_or(Bytes()), bytes_of("first"));
}

TEST_P(StorageSuite, ARemovedBlobStaysReadableForOpenReadersOrIsNotFound) {
  const Bytes content = make_content(1, 7'000'000);
  ASSERT_TRUE(succeeded(put(*storage_, "a/key", content)));
  auto reader = storage_->open("a/key");
  ASSERT_TRUE(succeeded(reader));
  ASSERT_TRUE(succeeded(storage_->remove("a/key")));
  EXPECT_TRUE(failed_with(Errc::not_found, storage_->open("a/key")));
  EXPECT_TRUE(failed_with(Errc::not_found, storage_->stat("a/key")));
  EXPECT_TRUE(keys_in(*storage_).empty());
  EXPECT_TRUE(whole_or_not_found(**reader, content));
}

TEST_P(StorageSuite, RemovingAMissingBlobSucceeds) {
  EXPECT_TRUE(succeeded(storage_->remove("none")));
  EXPECT_TRUE(succeeded(storage_->remove("none/at/all")));
  ASSERT_TRUE(succeeded(put(*storage_, "a/b/c", bytes_of("x"))));
  EXPECT_TRUE(succeeded(storage_->remove("a/b/d")));
  EXPECT_TRUE(succeeded(storage_->remove("a/b")));
  EXPECT_EQ(keys_in(*storage_), std::vector<Key>{"a/b/c"});
  EXPECT_TRUE(succeeded(storage_->remove("a/b/c")));
  EXPECT_TRUE(succeeded(storage_->remove("a/b/c")));
}

/// Writes blobs until the storage's clock has passed `time`.
inline Time later_than(Storage& storage, Time time) {
  const auto deadline = std::chrono::steady_clock::now() + kDeadline;
  while (std::chrono::steady_clock::now() < deadline) {
    EXPECT_TRUE(succeeded(put(storage, "clock", bytes_of("tick"))));
    auto blob = storage.stat("clock");
    if (blob && blob->time > time) return blob->time;
  }
  ADD_FAILURE() << "The storage's clock stands still.";
  return time;
}

TEST_P(StorageSuite, TheClockIsThatOfTheTimesOfBlobs) {
  constexpr std::chrono::seconds kRounding{2};  // of the clocks of object stores
  const auto before = storage_->now();
  ASSERT_TRUE(succeeded(before));
  ASSERT_TRUE(succeeded(put(*storage_, "key", bytes_of("x"))));
  const auto blob = storage_->stat("key");
  ASSERT_TRUE(succeeded(blob));
  const auto after = storage_->now();
  ASSERT_TRUE(succeeded(after));
  EXPECT_GE(blob->time, *before - kRounding);
  EXPECT_LE(blob->time, *after + kRounding);
}

/// Unreferenced blobs are removed by age, so a blob must not appear older than it is, unless it says that it
/// may.
TEST_P(StorageSuite, TheTimeOfABlobIsItsCommitTime) {
  auto writer = storage_->create("key");
  ASSERT_TRUE(succeeded(writer));
  ASSERT_TRUE(succeeded((*writer)->write_at(0, bytes_of("written early"))));
  const Time before = later_than(*storage_, later_than(*storage_, Time()));
  ASSERT_TRUE(succeeded((*writer)->commit()));
  auto blob = storage_->stat("key");
  ASSERT_TRUE(succeeded(blob));
  EXPECT_TRUE(blob->time_may_be_early || blob->time >= before);
  auto listed = storage_->list("key", "", 1);
  ASSERT_TRUE(succeeded(listed));
  ASSERT_EQ(listed->size(), 1U);
  EXPECT_EQ(listed->front().time, blob->time);
  EXPECT_EQ(listed->front().time_may_be_early, blob->time_may_be_early);
  EXPECT_EQ(listed->front().size, blob->size);
}

TEST_P(StorageSuite, ACopyIsIndependentOfItsSource) {
  const Bytes content = make_content(1, 300'000);
  ASSERT_TRUE(succeeded(put(*storage_, "a/from", content)));
  const Time before = later_than(*storage_, storage_->stat("a/from").value_or(Blob()).time);
  ASSERT_TRUE(succeeded(storage_->copy("a/from", "b/to")));
  auto blob = storage_->stat("b/to");
  ASSERT_TRUE(succeeded(blob));
  EXPECT_EQ(blob->size, content.size());
  EXPECT_TRUE(blob->time_may_be_early || blob->time >= before);

  ASSERT_TRUE(succeeded(put(*storage_, "a/from", bytes_of("another"))));
  EXPECT_EQ(get(*storage_, "b/to").value_or(Bytes()), content);
  ASSERT_TRUE(succeeded(storage_->remove("a/from")));
  EXPECT_EQ(get(*storage_, "b/to").value_or(Bytes()), content);
  ASSERT_TRUE(succeeded(storage_->copy("b/to", "c")));
  ASSERT_TRUE(succeeded(storage_->remove("b/to")));
  EXPECT_EQ(get(*storage_, "c").value_or(Bytes()), content);
}

TEST_P(StorageSuite, ACopyReplacesAnExistingBlob) {
  ASSERT_TRUE(succeeded(put(*storage_, "from", bytes_of("new"))));
  ASSERT_TRUE(succeeded(put(*storage_, "to", bytes_of("something old"))));
  for (int time = 0; time < 2; ++time) {  // the second time, the copy exists already
    ASSERT_TRUE(succeeded(storage_->copy("from", "to")));
    EXPECT_EQ(get(*storage_, "to").value_or(Bytes()), bytes_of("new"));
  }
  ASSERT_TRUE(succeeded(storage_->copy("from", "from")));
  EXPECT_EQ(get(*storage_, "from").value_or(Bytes()), bytes_of("new"));
  EXPECT_EQ(keys_in(*storage_), (std::vector<Key>{"from", "to"}));
}

TEST_P(StorageSuite, CopyingAMissingBlobFails) {
  EXPECT_TRUE(failed_with(Errc::not_found, storage_->copy("none", "to")));
  EXPECT_TRUE(keys_in(*storage_).empty());
}

/// Sandboxed workers read and write through file descriptors if the backend has them.
TEST_P(StorageSuite, NativeHandlesReachTheSameBytes) {
  auto writer = storage_->create("key");
  ASSERT_TRUE(succeeded(writer));
  const auto to = (*writer)->native_handle();
  if (!to) GTEST_SKIP() << "this storage's Writers have no native handle";
  const Bytes content = make_content(1, 20'000);
  ASSERT_EQ(::pwrite(*to, content.data(), content.size(), 0), static_cast<ssize_t>(content.size()));
  ASSERT_TRUE(succeeded((*writer)->commit()));
  EXPECT_EQ(get(*storage_, "key").value_or(Bytes()), content);

  auto reader = storage_->open("key");
  ASSERT_TRUE(succeeded(reader));
  EXPECT_EQ((*reader)->size(), content.size());
  const auto from = (*reader)->native_handle();
  if (!from) return;
  Bytes bytes(content.size());
  ASSERT_EQ(::pread(*from, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  EXPECT_EQ(bytes, content);
}

TEST_P(StorageSuite, SignReturnsAUrlOrUnsupported) {
  ASSERT_TRUE(succeeded(put(*storage_, "key", bytes_of("x"))));
  DownloadUrl request;
  request.file_name = "a \"song\".mp3";
  request.content_type = "audio/mpeg";
  auto address = storage_->signed_url("key", request);
  if (address) {
    EXPECT_NE(address->find("://"), std::string::npos) << *address;
  } else {
    EXPECT_TRUE(failed_with(Errc::unsupported, address));
  }
}

}  // namespace convert::conformance
