// SPDX-License-Identifier: MIT
// What is flushed to the device, and in which order: this program replaces `fsync` and records its calls.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include <convert/storage.hpp>

#include "conformance/storage/storage_fixture.hpp"
#include "support/test_files.hpp"

namespace convert::storage {
namespace {

namespace fs = std::filesystem;

/// Records what was flushed: the names of folders, and "file" for files.
class FlushRecorder {
 public:
  void record(int descriptor) {
    std::error_code failure;
    const fs::path path = fs::read_symlink("/proc/self/fd/" + std::to_string(descriptor), failure);
    const std::lock_guard lock(mutex_);
    calls_.push_back(fs::is_directory(path, failure) ? path.filename().string() : "file");
  }
  std::vector<std::string> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(calls_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> calls_;
};

FlushRecorder& flush_recorder() {
  static FlushRecorder calls;
  return calls;
}

}  // namespace
}  // namespace convert::storage

extern "C" int fsync(int descriptor) {
  convert::storage::flush_recorder().record(descriptor);
  return static_cast<int>(::syscall(SYS_fsync, descriptor));
}

namespace convert::storage {
namespace {

using conformance::bytes_of;
using conformance::put;
using conformance::succeeded;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class DiskFlush : public testing::Test {
 protected:
  std::shared_ptr<Storage> open(Durability durability) {
    auto storage = disk_storage(folder_ / "root", {durability}).value();
    return storage;
  }
  test::TemporaryFolder folder_;
};

TEST_F(DiskFlush, FlushesTheFileThenItsFolders) {
  const auto storage = open(Durability::power);
  (void)flush_recorder().take();
  ASSERT_TRUE(succeeded(put(*storage, "a/b/key", bytes_of("x"))));
  EXPECT_THAT(flush_recorder().take(), ElementsAre("file", "b", "root", "a"));
}

TEST_F(DiskFlush, FlushesAReplacedBlob) {
  const auto storage = open(Durability::power);
  ASSERT_TRUE(succeeded(put(*storage, "key", bytes_of("x"))));
  (void)flush_recorder().take();
  ASSERT_TRUE(succeeded(put(*storage, "key", bytes_of("y"))));
  EXPECT_THAT(flush_recorder().take(), ElementsAre("file", "root"));
}

TEST_F(DiskFlush, FlushesACopyOfAnUnflushedBlob) {
  ASSERT_TRUE(succeeded(put(*open(Durability::process), "from", bytes_of("x"))));
  const auto storage = open(Durability::power);
  (void)flush_recorder().take();
  ASSERT_TRUE(succeeded(storage->copy("from", "a/to")));
  EXPECT_THAT(flush_recorder().take(), ElementsAre("file", "a", "root"));
}

TEST_F(DiskFlush, FlushesANewStorageFolder) {
  (void)flush_recorder().take();
  (void)disk_storage(folder_ / "x/y", {Durability::power}).value();
  EXPECT_THAT(flush_recorder().take(), UnorderedElementsAre("x", folder_.path().filename().string()));
}

TEST_F(DiskFlush, FlushesNothingWithProcessDurability) {
  (void)flush_recorder().take();
  const auto storage = open(Durability::process);
  ASSERT_TRUE(succeeded(put(*storage, "a/b/key", bytes_of("x"))));
  ASSERT_TRUE(succeeded(put(*storage, "a/b/key", bytes_of("y"))));
  ASSERT_TRUE(succeeded(storage->copy("a/b/key", "c/key")));
  EXPECT_THAT(flush_recorder().take(), IsEmpty());
}

}  // namespace
}  // namespace convert::storage
