// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <convert/result.hpp>

/// Helpers that the suites share.
namespace convert::conformance {

/// A test that waits this long has failed, even on a busy machine.
inline constexpr std::chrono::seconds kDeadline{60};

/// A random seed, printed so that a run can be repeated: the environment variable CONVERT_TEST_SEED sets it.
inline std::uint64_t seed() {
  const char* given = std::getenv("CONVERT_TEST_SEED");
  const std::uint64_t chosen = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::cout << "CONVERT_TEST_SEED=" << chosen << std::endl;
  return chosen;
}

/// `full` if the environment variable CONVERT_TEST_FULL is set, else `ordinary`.
inline int amount(int ordinary, int full) {
  return std::getenv("CONVERT_TEST_FULL") == nullptr ? ordinary : full;
}

}  // namespace convert::conformance

/// Expects that the call fails with this code and a message.
#define EXPECT_ERROR(call, expected)                                                \
  do {                                                                              \
    const auto answer = (call);                                                     \
    ASSERT_FALSE(answer) << #call << " should have failed";                         \
    EXPECT_EQ(to_string(answer.error().code), to_string(expected))                  \
        << #call << ": " << answer.error().message;                                 \
    EXPECT_GT(answer.error().message.size(), 10U) << #call << " gives no sentence"; \
  } while (false)

namespace convert::conformance {

/// A temporary folder, removed when the object is destroyed.
class Folder {
 public:
  Folder() {
    auto name = (std::filesystem::temp_directory_path() / "conformance-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Runs `task(number)` in `threads` threads. Returns how many of them returned false.
template <class Task>
int count_failures(int threads, Task task) {
  std::atomic<int> failures = 0;
  std::vector<std::thread> crew;
  for (int n = 0; n < threads; ++n) {
    crew.emplace_back([&, n] {
      if (!task(n)) ++failures;
    });
  }
  for (auto& thread : crew) thread.join();
  return failures;
}

}  // namespace convert::conformance
