// SPDX-License-Identifier: MIT
#include "service/data_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "support/test_files.hpp"

namespace convertd {
namespace {

namespace fs = std::filesystem;
using convert::test::TemporaryFolder;
using testing::HasSubstr;

TEST(DataFolderTest, IsCreatedForItsOwnerOnly) {
  const TemporaryFolder folder;
  const auto opened = open_data_folder(folder / "a/b/data/");
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->root, folder / "a/b/data");
  EXPECT_EQ(fs::status(opened->root).permissions(), fs::perms::owner_all);
  EXPECT_TRUE(fs::is_directory(opened->scratch()));
  EXPECT_TRUE(open_data_folder(folder / "a/b/data")) << "a second time";
}

TEST(DataFolderTest, IsAnAbsolutePath) {
  const TemporaryFolder folder;
  const auto before = fs::current_path();
  fs::current_path(folder.path());
  const auto opened = open_data_folder("data");
  fs::current_path(before);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->root, fs::weakly_canonical(folder.path()) / "data");
}

TEST(DataFolderTest, RejectsAFile) {
  const TemporaryFolder folder;
  std::ofstream(folder / "file") << "x";
  const auto file = open_data_folder(folder / "file");
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().message,
              HasSubstr("/file is not a folder: Not a directory. Use another --data folder"));
  const auto below = open_data_folder(folder / "file/data");
  ASSERT_FALSE(below);
  EXPECT_THAT(below.error().message, HasSubstr("cannot be created: Not a directory"));
}

TEST(DataFolderTest, RejectsAReadOnlyFolder) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  const TemporaryFolder folder;
  const auto closed = folder / "closed";
  fs::create_directory(closed);
  fs::permissions(closed, fs::perms::owner_read | fs::perms::owner_exec);
  const auto opened = open_data_folder(closed);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("closed is not writable: Permission denied"));
}

}  // namespace
}  // namespace convertd
