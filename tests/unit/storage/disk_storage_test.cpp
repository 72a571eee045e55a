// SPDX-License-Identifier: MIT
// How a disk storage uses its folder, and how it treats foreign files in it.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include <convert/storage.hpp>

#include "conformance/storage/storage_fixture.hpp"
#include "storage/disk/disk_storage.hpp"
#include "support/test_files.hpp"

namespace convert::storage {
namespace {

namespace fs = std::filesystem;
using conformance::bytes_of;
using conformance::failed_with;
using conformance::get;
using conformance::keys_in;
using conformance::put;
using conformance::succeeded;
using testing::ElementsAre;
using testing::HasSubstr;

class DiskBlobs : public testing::TestWithParam<StagingMode> {
 protected:
  std::shared_ptr<Storage> open() const {
    return open_disk_storage(folder_.path(), Durability::process, GetParam()).value();
  }
  Result<void> store(const Key& key) { return put(*storage_, key, bytes_of("content")); }

  test::TemporaryFolder folder_;
  std::shared_ptr<Storage> storage_ = open();
};
INSTANTIATE_TEST_SUITE_P(Disk, DiskBlobs, testing::Values(StagingMode::unnamed, StagingMode::hidden),
                         [](const auto& row) {
                           return std::string(row.param == StagingMode::hidden ? "hidden" : "unnamed");
                         });

TEST_P(DiskBlobs, StoresAKeyAsAPath) {
  ASSERT_TRUE(succeeded(store("1/input/song.wav")));
  EXPECT_EQ(test::read_file(folder_ / "1/input/song.wav"), "content");
  EXPECT_THAT(folder_.names(), ElementsAre(".unfinished", "1", "1/input", "1/input/song.wav"));
}

TEST_P(DiskBlobs, CopyNeedsNoTemporaryName) {
  ASSERT_TRUE(succeeded(store("a")));
  fs::remove(folder_ / ".unfinished");
  ASSERT_TRUE(succeeded(storage_->copy("a", "b/c")));
  EXPECT_EQ(test::read_file(folder_ / "b/c"), "content");
}

TEST_P(DiskBlobs, LeavesNoUnfinishedBlobs) {
  ASSERT_TRUE(succeeded(store("a")));
  ASSERT_TRUE(succeeded(store("a")));
  ASSERT_TRUE(succeeded(storage_->copy("a", "b")));
  ASSERT_TRUE(succeeded(storage_->copy("a", "b")));
  { ASSERT_TRUE(succeeded(storage_->create("c"))); }
  EXPECT_THAT(folder_.names(), ElementsAre(".unfinished", "a", "b"));
}

TEST_P(DiskBlobs, AFailedCommitLeavesNothing) {
  ASSERT_TRUE(succeeded(store("a")));
  ASSERT_TRUE(succeeded(store("b/c")));
  EXPECT_TRUE(failed_with(Errc::conflict, store("a/b")));
  EXPECT_TRUE(failed_with(Errc::conflict, store("a/b/c")));
  EXPECT_TRUE(failed_with(Errc::conflict, store("b")));
  EXPECT_TRUE(failed_with(Errc::conflict, storage_->copy("a", "b")));
  EXPECT_THAT(folder_.names(), ElementsAre(".unfinished", "a", "b", "b/c"));
}

TEST_P(DiskBlobs, RemovesEmptyFolders) {
  ASSERT_TRUE(succeeded(store("1/2/3/a")));
  ASSERT_TRUE(succeeded(store("1/b")));
  ASSERT_TRUE(succeeded(storage_->remove("1/2/3/a")));
  EXPECT_THAT(folder_.names(), ElementsAre(".unfinished", "1", "1/b"));
  ASSERT_TRUE(succeeded(storage_->remove("1/b")));
  EXPECT_THAT(folder_.names(), ElementsAre(".unfinished"));
}

TEST_P(DiskBlobs, CopyIsAHardLink) {
  ASSERT_TRUE(succeeded(store("from")));
  ASSERT_TRUE(succeeded(storage_->copy("from", "a/to")));
  EXPECT_TRUE(fs::equivalent(folder_ / "from", folder_ / "a/to"));
}

TEST_P(DiskBlobs, BlobsAreNotReadableByOthers) {
  const mode_t before = ::umask(0);
  const auto stored = store("a/secret");
  ::umask(before);
  ASSERT_TRUE(succeeded(stored));
  const fs::perms others = fs::perms::others_all;
  EXPECT_EQ(fs::status(folder_ / "a").permissions() & others, fs::perms::none);
  EXPECT_EQ(fs::status(folder_ / "a/secret").permissions() & others, fs::perms::none);
}

TEST_P(DiskBlobs, NeverFollowsSymbolicLinks) {
  test::TemporaryFolder outside;
  test::write_file(outside / "secret", "outside");
  fs::create_symlink(outside / "secret", folder_ / "file");
  fs::create_directory_symlink(outside.path(), folder_ / "folder");
  EXPECT_TRUE(failed_with(Errc::not_found, storage_->open("file")));
  EXPECT_TRUE(failed_with(Errc::not_found, storage_->stat("file")));
  EXPECT_TRUE(failed_with(Errc::not_found, storage_->copy("file", "copy")));
  EXPECT_TRUE(failed_with(Errc::not_found, storage_->open("folder/secret")));
  EXPECT_TRUE(failed_with(Errc::not_found, storage_->stat("folder/secret")));
  EXPECT_TRUE(failed_with(Errc::conflict, store("folder/new")));
  EXPECT_TRUE(succeeded(storage_->remove("folder/secret")));
  EXPECT_TRUE(keys_in(*storage_).empty());
  EXPECT_TRUE(keys_in(*storage_, "folder/").empty());

  ASSERT_TRUE(succeeded(store("file")));  // replaces the link
  EXPECT_FALSE(fs::is_symlink(folder_ / "file"));
  EXPECT_EQ(test::read_file(outside / "secret"), "outside");
  EXPECT_THAT(outside.names(), ElementsAre("secret"));
}

TEST_P(DiskBlobs, RefusesALinkedUnfinishedFolder) {
  test::TemporaryFolder outside;
  storage_.reset();
  fs::remove(folder_ / ".unfinished");
  fs::create_directory_symlink(outside.path(), folder_ / ".unfinished");
  EXPECT_FALSE(open_disk_storage(folder_.path(), Durability::process, GetParam()));
}

TEST_P(DiskBlobs, IgnoresForeignFiles) {
  test::write_file(folder_ / ".hidden", "x");
  test::write_file(folder_ / "my file", "x");
  fs::create_directory(folder_ / "lost+found");
  test::write_file(folder_ / "lost+found/x", "x");
  fs::create_directory(folder_ / "empty");
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_TRUE(keys_in(*storage_).empty());
  EXPECT_TRUE(failed_with(Errc::not_found, storage_->open("empty")));
  EXPECT_TRUE(failed_with(Errc::not_found, storage_->stat("empty")));
  EXPECT_TRUE(failed_with(Errc::not_found, storage_->open("pipe")));
  EXPECT_TRUE(failed_with(Errc::not_found, storage_->stat("pipe")));
  EXPECT_TRUE(failed_with(Errc::not_found, storage_->copy("pipe", "a")));
}

TEST_P(DiskBlobs, DeletesUnfinishedBlobsAfterADay) {
  const auto now = fs::file_time_type::clock::now();
  test::write_file(folder_ / ".unfinished/young", "x");
  fs::last_write_time(folder_ / ".unfinished/young", now - std::chrono::hours(23));
  test::write_file(folder_ / ".unfinished/old", "x");
  fs::last_write_time(folder_ / ".unfinished/old", now - std::chrono::hours(25));
  test::write_file(folder_ / "blob", "x");
  fs::last_write_time(folder_ / "blob", now - std::chrono::hours(25));
  (void)open();
  EXPECT_THAT(folder_.names(), ElementsAre(".unfinished", ".unfinished/young", "blob"));
}

TEST_P(DiskBlobs, PublishesBytesWrittenThroughTheHandle) {
  auto writer = storage_->create("key");
  ASSERT_TRUE(succeeded(writer));
  ASSERT_TRUE(succeeded((*writer)->write_at(0, bytes_of("head"))));
  const int handle = (*writer)->native_handle().value();
  ASSERT_EQ(::pwrite(handle, " and tail", 9, 4), 9);
  ASSERT_TRUE(succeeded((*writer)->commit()));
  EXPECT_EQ(storage_->stat("key").value_or(Blob()).size, 13U);
  EXPECT_EQ(test::read_file(folder_ / "key"), "head and tail");
}

TEST(DiskStorageFolder, IsCreatedWithItsParents) {
  test::TemporaryFolder folder;
  for (const Durability durability : {Durability::power, Durability::process}) {
    auto storage = disk_storage(folder / "x/y/z/", {durability});
    ASSERT_TRUE(succeeded(storage));
    EXPECT_TRUE(fs::is_directory(folder / "x/y/z/.unfinished"));
    fs::remove_all(folder / "x");
  }
}

TEST(DiskStorageFolder, MayBeRelative) {
  test::TemporaryFolder folder;
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  auto storage = disk_storage("blobs");
  fs::current_path(before);
  ASSERT_TRUE(succeeded(storage));
  EXPECT_TRUE(succeeded(put(**storage, "key", bytes_of("x"))));
  EXPECT_EQ(test::read_file(folder / "blobs/key"), "x");
}

TEST(DiskStorageFolder, MustBeAFolder) {
  test::TemporaryFolder folder;
  test::write_file(folder / "file", "x");
  for (const fs::path& path : {folder / "file", folder / "file/below"}) {
    auto storage = disk_storage(path);
    ASSERT_TRUE(failed_with(Errc::invalid_argument, storage));
    EXPECT_THAT(storage.error().message, HasSubstr("is not a folder"));
    EXPECT_THAT(storage.error().message, HasSubstr(path.string()));
  }
  EXPECT_TRUE(failed_with(Errc::invalid_argument, disk_storage("")));
}

TEST(DiskStorageFolder, RemovedMeanwhileIsAnError) {
  test::TemporaryFolder folder;
  auto storage = disk_storage(folder / "blobs");
  ASSERT_TRUE(succeeded(storage));
  fs::remove_all(folder / "blobs");
  EXPECT_TRUE(failed_with(Errc::io, put(**storage, "key", bytes_of("x"))));
  EXPECT_TRUE(failed_with(Errc::not_found, (*storage)->open("key")));
  EXPECT_TRUE(keys_in(**storage).empty());
}

}  // namespace
}  // namespace convert::storage
