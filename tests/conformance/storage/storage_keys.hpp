// SPDX-License-Identifier: MIT
#pragma once

// Part of the Storage suite: keys and lists. Include "conformance/storage.hpp".

#include <algorithm>

#include "conformance/storage/storage_fixture.hpp"

namespace convert::conformance {

TEST_P(StorageSuite, AcceptsEveryValidKey) {
  const std::string longest_segment(255, 'k');
  const std::vector<Key> keys = {"a",
                                 "Z-9_",
                                 "a.b",
                                 "x/y.tar.gz",
                                 "1/2/3/4/5/6/7/8/9",
                                 longest_segment,
                                 longest_segment + "/" + longest_segment.substr(1) + "/k"};
  ASSERT_EQ(keys.back().size(), 512U);
  for (const Key& key : keys) {
    ASSERT_TRUE(succeeded(put(*storage_, key, bytes_of(key)))) << key;
    EXPECT_EQ(get(*storage_, key).value_or(Bytes()), bytes_of(key)) << key;
    EXPECT_EQ(keys_in(*storage_), std::vector<Key>{key});
    ASSERT_TRUE(succeeded(storage_->remove(key)));
  }
}

TEST_P(StorageSuite, EveryCallRejectsInvalidKeys) {
  ASSERT_TRUE(succeeded(put(*storage_, "good", bytes_of("x"))));
  const std::vector<Key> bad = {"",
                                "/",
                                "/a",
                                "a/",
                                "a//b",
                                ".a",
                                "a/.b",
                                "..",
                                "../a",
                                "a/../b",
                                ".",
                                "a b",
                                "a\\b",
                                std::string("a\0b", 3),
                                "a\n",
                                "\xc3\xa4",
                                "a:b",
                                "a*",
                                std::string(513, 'k'),
                                std::string(256, 'k')};
  for (const Key& key : bad) {
    EXPECT_TRUE(failed_with(Errc::invalid_argument, storage_->open(key))) << key;
    EXPECT_TRUE(failed_with(Errc::invalid_argument, storage_->create(key))) << key;
    EXPECT_TRUE(failed_with(Errc::invalid_argument, storage_->stat(key))) << key;
    EXPECT_TRUE(failed_with(Errc::invalid_argument, storage_->remove(key))) << key;
    EXPECT_TRUE(failed_with(Errc::invalid_argument, storage_->signed_url(key, {}))) << key;
    EXPECT_TRUE(failed_with(Errc::invalid_argument, storage_->copy(key, "to"))) << key;
    EXPECT_TRUE(failed_with(Errc::invalid_argument, storage_->copy("good", key))) << key;
  }
  EXPECT_EQ(keys_in(*storage_), std::vector<Key>{"good"});
}

/// Keys that differ around "/", which a list by folders sorts wrongly.
inline std::vector<Key> tricky_keys() {
  std::vector<Key> keys = {"A",    "a-b",     "a-c/c",    "a.b",     "a/b",     "a/b-c",   "a/b.c/d",
                           "a/bb", "a/c/d/e", "a/c/f",    "a0",      "a_b/c",   "ab/c",    "abc",
                           "b",    "job/1/x", "job/10/x", "job/2/x", "job/2/y", "job-1/x", "z/z/z/z"};
  std::sort(keys.begin(), keys.end());
  return keys;
}

inline std::vector<Key> those_with(const std::vector<Key>& keys, std::string_view prefix,
                                   std::string_view after) {
  std::vector<Key> found;
  std::copy_if(keys.begin(), keys.end(), std::back_inserter(found),
               [&](const Key& key) { return key.starts_with(prefix) && key > after; });
  return found;
}

TEST_P(StorageSuite, ListsAreInByteOrderForEveryPageSize) {
  const std::vector<Key> keys = tricky_keys();
  std::vector<Key> shuffled = keys;
  std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937_64(seed()));
  for (const Key& key : shuffled) ASSERT_TRUE(succeeded(put(*storage_, key, bytes_of(key))));
  for (std::size_t page = 1; page <= keys.size() + 1; ++page)
    EXPECT_EQ(keys_in(*storage_, "", page), keys) << page;
  auto none = storage_->list("", "", 0);
  ASSERT_TRUE(succeeded(none));
  EXPECT_TRUE(none->empty());
}

TEST_P(StorageSuite, ListsRespectPrefixAndCursor) {
  const std::vector<Key> keys = tricky_keys();
  for (const Key& key : keys) ASSERT_TRUE(succeeded(put(*storage_, key, bytes_of(key))));
  const std::vector<std::string> texts = {"",      "a",       "a/",   "a/b",         "a/b/", "a/b.",
                                          "a/c/",  "a/c/d/e", "a-",   "a0/",         "j",    "job/",
                                          "job/1", "job/2/",  "none", "none/x",      "/",    "a//",
                                          ".",     "..",      "~",    "a/b/c/d/e/f", "\xff", "z/z/z"};
  for (const std::string& prefix : texts) {
    for (const std::string& after : texts) {
      auto blobs = storage_->list(prefix, after, 1000);
      ASSERT_TRUE(succeeded(blobs)) << prefix << " after " << after;
      std::vector<Key> found;
      for (const Blob& blob : *blobs) {
        found.push_back(blob.key);
        EXPECT_EQ(blob.size, blob.key.size());
      }
      EXPECT_EQ(found, those_with(keys, prefix, after)) << prefix << " after " << after;
    }
  }
}

}  // namespace convert::conformance
