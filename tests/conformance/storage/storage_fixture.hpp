// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <convert/storage.hpp>

#include "conformance/support/suite_support.hpp"

namespace convert::conformance {

/// A place for blobs, empty at first and used by one test only, which destroys it at its end.
class StoragePlace {
 public:
  virtual ~StoragePlace() = default;

  /// Opens a Storage of this place. All of them have the same blobs, in this process and in processes forked
  /// from it.
  virtual std::shared_ptr<Storage> open() = 0;
};

/// A backend under test.
struct StorageBackend {
  std::string name;  ///< letters, digits and "_"
  std::function<std::unique_ptr<StoragePlace>()> make_place;
  bool many_processes =
      true;                   ///< whether processes can share a place; if not, tests that need it are skipped
  int fewer_repetitions = 1;  ///< divides the repetitions, for a server that is slow
};

inline void PrintTo(const StorageBackend& backend, std::ostream* out) { *out << backend.name; }

/// For INSTANTIATE_TEST_SUITE_P.
inline std::string name_of_storage(const testing::TestParamInfo<StorageBackend>& row) {
  return row.param.name;
}

using Bytes = std::vector<std::byte>;

inline Bytes bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return Bytes(bytes.begin(), bytes.end());
}

/// Content that `is_whole` recognizes as complete and unmixed.
inline Bytes make_content(std::uint64_t number, std::size_t size) {
  std::mt19937_64 random(number * 1'000'003 + size);
  Bytes bytes(size);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random() >> 56);
  for (std::size_t at = 0; at < sizeof number && at < size; ++at) {
    bytes[at] = static_cast<std::byte>(number >> (8 * at));
  }
  return bytes;
}

inline bool is_whole(const Bytes& bytes) {
  std::uint64_t number = 0;
  if (bytes.size() < sizeof number) return false;
  for (std::size_t at = 0; at < sizeof number; ++at)
    number |= std::to_integer<std::uint64_t>(bytes[at]) << (8 * at);
  return bytes == make_content(number, bytes.size());
}

/// Writes a blob in several steps.
inline Result<void> put(Storage& storage, const Key& key, const Bytes& bytes) {
  auto writer = storage.create(key);
  if (!writer) return std::move(writer).error();
  constexpr std::size_t kStep = 10'000;
  for (std::size_t at = 0; at < bytes.size(); at += kStep) {
    const auto step = std::span(bytes).subspan(at, std::min(kStep, bytes.size() - at));
    if (auto written = (*writer)->write_at(at, step); !written) return written;
  }
  return (*writer)->commit();
}

inline Result<Bytes> read_all(Reader& reader) {
  Bytes bytes;
  Bytes step(7'777);
  for (;;) {
    auto count = reader.read_at(bytes.size(), step);
    if (!count) return std::move(count).error();
    if (*count == 0) return bytes;
    bytes.insert(bytes.end(), step.begin(), step.begin() + static_cast<std::ptrdiff_t>(*count));
  }
}

inline Result<Bytes> get(Storage& storage, const Key& key) {
  auto reader = storage.open(key);
  if (!reader) return std::move(reader).error();
  return read_all(**reader);
}

/// All keys with this prefix, read in pages.
inline std::vector<Key> keys_in(Storage& storage, std::string_view prefix = {}, std::size_t page = 100) {
  std::vector<Key> keys;
  for (;;) {
    auto blobs = storage.list(prefix, keys.empty() ? Key() : keys.back(), page);
    if (!blobs) ADD_FAILURE() << blobs.error().message;
    if (!blobs) return keys;
    EXPECT_LE(blobs->size(), page);
    for (const Blob& blob : *blobs) {
      EXPECT_TRUE(keys.empty() || blob.key > keys.back()) << blob.key << " is listed after " << keys.back();
      if (!keys.empty() && blob.key <= keys.back()) return keys;  // avoids an endless loop
      keys.push_back(blob.key);
    }
    if (blobs->size() < page) return keys;
  }
}

template <class T>
testing::AssertionResult succeeded(const Result<T>& result) {
  if (result) return testing::AssertionSuccess();
  return testing::AssertionFailure() << to_string(result.error().code) << ": " << result.error().message;
}

template <class T>
testing::AssertionResult failed_with(Errc code, const Result<T>& result) {
  if (!result && result.error().code == code) return testing::AssertionSuccess();
  if (result) return testing::AssertionFailure() << "it succeeded";
  return testing::AssertionFailure() << to_string(result.error().code) << ": " << result.error().message;
}

class StorageSuite : public testing::TestWithParam<StorageBackend> {
 protected:
  std::unique_ptr<StoragePlace> place_ = GetParam().make_place();
  std::shared_ptr<Storage> storage_ = place_->open();

  /// `amount` of this backend.
  static int repetitions(int normal, int full) {
    return std::max(1, amount(normal, full) / GetParam().fewer_repetitions);
  }
};

}  // namespace convert::conformance
