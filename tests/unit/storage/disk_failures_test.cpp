// SPDX-License-Identifier: MIT
// Disks that are full, out of inodes or read-only: small file systems mounted in a child process.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>

#include <convert/storage.hpp>

#include "conformance/storage/storage_fixture.hpp"
#include "conformance/support/child_process.hpp"
#include "storage/disk/disk_storage.hpp"
#include "support/test_files.hpp"

namespace convert::storage {
namespace {

using conformance::bytes_of;
using conformance::ChildProcess;
using conformance::get;
using conformance::keys_in;
using conformance::make_content;
using conformance::put;

constexpr int kMountNotAllowed = 77;

/// Enters a new mount namespace in which this process may mount.
bool enter_mount_namespace() {
  const uid_t user = ::geteuid();
  if (user == 0 && ::unshare(CLONE_NEWNS) == 0) {
    return ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  }
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  test::write_file("/proc/self/setgroups", "deny");
  test::write_file("/proc/self/uid_map", "0 " + std::to_string(user) + " 1");
  return ::geteuid() == 0;
}

bool mount_tmpfs(const std::filesystem::path& path, const std::string& options) {
  return ::mount("tmpfs", path.c_str(), "tmpfs", 0, options.c_str()) == 0;
}

bool make_read_only(const std::filesystem::path& path) {
  return ::mount("tmpfs", path.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr) == 0;
}

/// Checks in a child process, where GoogleTest's do not reach the parent.
#define CHECK_IN_CHILD(condition)                                                            \
  if (!(condition)) {                                                                        \
    std::fprintf(stderr, "%s:%d: this does not hold: %s\n", __FILE__, __LINE__, #condition); \
    return 1;                                                                                \
  }

template <class T>
bool is_full(const Result<T>& result) {
  if (!result) std::fprintf(stderr, "%s\n", result.error().message.c_str());
  return !result && result.error().code == Errc::unavailable && result.error().retryable &&
         result.error().message.find("ree some space") != std::string::npos;
}

template <class T>
bool is_read_only(const Result<T>& result) {
  if (!result) std::fprintf(stderr, "%s\n", result.error().message.c_str());
  return !result && result.error().code == Errc::io && !result.error().retryable &&
         result.error().message.find("read-only") != std::string::npos;
}

class DiskFailures : public testing::TestWithParam<StagingMode> {
 protected:
  /// Runs `work` with the folder on the mounted disk.
  void on_disk(const std::string& options, const std::function<int()>& work) {
    ChildProcess child([&](const ChildProcess::Send&) {
      if (!enter_mount_namespace() || !mount_tmpfs(folder_.path(), options)) return kMountNotAllowed;
      return work();
    });
    const int status = child.wait();
    if (status == kMountNotAllowed) GTEST_SKIP() << "this user may not mount anything here";
    EXPECT_EQ(status, 0);
  }
  Result<std::shared_ptr<Storage>> open() const {
    return open_disk_storage(folder_.path(), Durability::power, GetParam());
  }

  test::TemporaryFolder folder_;
};
INSTANTIATE_TEST_SUITE_P(Disk, DiskFailures, testing::Values(StagingMode::unnamed, StagingMode::hidden),
                         [](const auto& row) {
                           return std::string(row.param == StagingMode::hidden ? "hidden" : "unnamed");
                         });

TEST_P(DiskFailures, ReportsAFullDiskAndRecovers) {
  on_disk("size=512k", [this]() {
    const auto storage = open().value();
    CHECK_IN_CHILD(put(*storage, "small", bytes_of("small")));
    CHECK_IN_CHILD(put(*storage, "a/large", make_content(1, 300'000)));
    CHECK_IN_CHILD(is_full(put(*storage, "b/too-large", make_content(2, 300'000))));
    CHECK_IN_CHILD(is_full(put(*storage, "small", make_content(3, 300'000))));
    CHECK_IN_CHILD((keys_in(*storage) == std::vector<Key>{"a/large", "small"}));
    CHECK_IN_CHILD(get(*storage, "small").value() == bytes_of("small"));
    CHECK_IN_CHILD(storage->copy("a/large", "c/copy"));  // needs no space
    CHECK_IN_CHILD(storage->remove("c/copy"));
    CHECK_IN_CHILD(storage->remove("a/large"));
    CHECK_IN_CHILD(put(*storage, "b/too-large", make_content(2, 300'000)));
    CHECK_IN_CHILD(storage->ready());
    for (int i = 0; put(*storage, "f" + std::to_string(i), make_content(4, 4096)); ++i) continue;
    CHECK_IN_CHILD(is_full(storage->ready()));
    CHECK_IN_CHILD(storage->remove("f0"));
    CHECK_IN_CHILD(storage->ready());
    return 0;
  });
}

TEST_P(DiskFailures, ReportsMissingInodesAndRecovers) {
  on_disk("size=1m,nr_inodes=6", [this]() {
    const auto storage = open().value();
    int stored = 0;
    Result<void> result;
    while (stored < 10 && (result = put(*storage, "k" + std::to_string(stored), bytes_of("x")))) ++stored;
    CHECK_IN_CHILD(stored > 0 && stored < 6);
    CHECK_IN_CHILD(is_full(result));
    CHECK_IN_CHILD(is_full(storage->ready()));
    CHECK_IN_CHILD(keys_in(*storage).size() == static_cast<std::size_t>(stored));
    CHECK_IN_CHILD(storage->remove("k0"));
    CHECK_IN_CHILD(put(*storage, "again", bytes_of("x")));
    CHECK_IN_CHILD(storage->remove("again"));
    CHECK_IN_CHILD(is_full(put(*storage, "folder/needs-one-more", bytes_of("x"))));
    CHECK_IN_CHILD(keys_in(*storage).size() == static_cast<std::size_t>(stored) - 1);
    return 0;
  });
}

TEST_P(DiskFailures, ReportsAReadOnlyDiskAndStillReads) {
  on_disk("size=1m", [this]() {
    const auto storage = open().value();
    CHECK_IN_CHILD(put(*storage, "a/key", bytes_of("x")));
    CHECK_IN_CHILD(make_read_only(folder_.path()));
    CHECK_IN_CHILD(is_read_only(storage->create("a/new")));
    CHECK_IN_CHILD(is_read_only(storage->copy("a/key", "a/copy")));
    CHECK_IN_CHILD(is_read_only(storage->remove("a/key")));
    CHECK_IN_CHILD(is_read_only(storage->ready()));
    CHECK_IN_CHILD(get(*storage, "a/key").value() == bytes_of("x"));
    CHECK_IN_CHILD(is_read_only(open()));
    return 0;
  });
}

TEST_P(DiskFailures, ReportsARemovedFolder) {
  const auto storage = open().value();
  EXPECT_TRUE(conformance::succeeded(storage->ready()));
  std::filesystem::remove_all(folder_.path());
  EXPECT_TRUE(conformance::failed_with(Errc::io, storage->ready()));
}

TEST_P(DiskFailures, OpenReportsAReadOnlyFolder) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  std::filesystem::permissions(folder_.path(),
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  const auto storage = open();
  std::filesystem::permissions(folder_.path(), std::filesystem::perms::owner_all);
  ASSERT_TRUE(conformance::failed_with(Errc::io, storage));
  EXPECT_NE(storage.error().message.find("Check the permissions"), std::string::npos);
}

}  // namespace
}  // namespace convert::storage
