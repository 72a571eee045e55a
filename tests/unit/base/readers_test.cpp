// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <array>
#include <thread>

#include <convert/io.hpp>

#include "support/test_files.hpp"
#include "unit/base/read_to_end.hpp"

namespace convert {
namespace {

using namespace test;
using testing::HasSubstr;

TEST(FileReader, ReadsAnyPartOfAFile) {
  TemporaryFolder folder;
  write_file(folder / "a", "0123456789");
  auto reader = open_file(folder / "a");
  ASSERT_TRUE(reader);
  EXPECT_TRUE((*reader)->seekable());
  EXPECT_EQ((*reader)->size(), 10U);
  EXPECT_TRUE((*reader)->native_handle().has_value());
  std::array<std::byte, 4> part{};
  auto count = (*reader)->read_at(7, part);
  ASSERT_TRUE(count);
  EXPECT_EQ(text(std::span(part).first(*count)), "789");
  EXPECT_EQ((*reader)->read_at(10, part).value(), 0U);
  EXPECT_EQ((*reader)->read_at(~std::uint64_t{0}, part).value(), 0U);
}

TEST(FileReader, NamesTheMissingFile) {
  TemporaryFolder folder;
  auto missing = open_file(folder / "song.mp3");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::not_found);
  EXPECT_THAT(missing.error().message, HasSubstr("song.mp3"));
  auto in_no_folder = open_file(folder / "no/song.mp3");
  ASSERT_FALSE(in_no_folder);
  EXPECT_EQ(in_no_folder.error().code, Errc::not_found);
  auto a_folder = open_file(folder.path());
  ASSERT_FALSE(a_folder);
  EXPECT_EQ(a_folder.error().code, Errc::invalid_argument);
  EXPECT_EQ(open_file("").error().code, Errc::invalid_argument);
}

TEST(DescriptorReader, ReadsAPipeForward) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  std::thread writer([&]() {
    for (const std::string_view part : {"one ", "two ", "three"}) {
      ASSERT_EQ(::write(pipe[1], part.data(), part.size()), static_cast<ssize_t>(part.size()));
    }
    ::close(pipe[1]);
  });
  auto reader = descriptor_reader(pipe[0]);
  EXPECT_FALSE(reader->seekable());
  EXPECT_FALSE(reader->size().has_value());
  EXPECT_EQ(read_to_end(*reader).value(), "one two three");
  std::array<std::byte, 4> part{};
  EXPECT_FALSE(reader->read_at(0, part));  // a pipe cannot seek back
  writer.join();
  ::close(pipe[0]);
}

TEST(DescriptorReader, WaitsForANonBlockingDescriptor) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe2(pipe.data(), O_NONBLOCK), 0);
  std::thread writer([&]() {
    ASSERT_EQ(::write(pipe[1], "late", 4), 4);
    ::close(pipe[1]);
  });
  EXPECT_EQ(read_to_end(*descriptor_reader(pipe[0])).value(), "late");
  writer.join();
  ::close(pipe[0]);
}

TEST(DescriptorReader, SeeksInAFileAndLeavesItOpen) {
  TemporaryFolder folder;
  write_file(folder / "a", "content");
  const int file = ::open((folder / "a").c_str(), O_RDONLY | O_CLOEXEC);
  {
    auto reader = descriptor_reader(file);
    EXPECT_TRUE(reader->seekable());
    EXPECT_EQ(reader->size(), 7U);
    EXPECT_EQ(read_to_end(*reader).value(), "content");
  }
  EXPECT_EQ(::close(file), 0);
}

TEST(DescriptorReader, AnInvalidDescriptorFailsAtTheFirstRead) {
  auto reader = descriptor_reader(-1);
  auto answer = read_to_end(*reader);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::io);
}

TEST(MemoryReader, BorrowsOrOwns) {
  auto borrowed = memory_reader(bytes("abc"));
  EXPECT_EQ(read_to_end(*borrowed).value(), "abc");
  const auto source = bytes("owned");
  auto owned = memory_reader(std::vector<std::byte>(source.begin(), source.end()));
  EXPECT_EQ(read_to_end(*owned).value(), "owned");
  EXPECT_EQ(owned->size(), 5U);
  EXPECT_EQ(memory_reader(std::span<const std::byte>())->size(), 0U);
}

TEST(PrefixedReader, ContinuesAtThePositionOfTheRest) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  ASSERT_EQ(::write(pipe[1], "head and rest", 13), 13);
  ::close(pipe[1]);
  auto rest = descriptor_reader(pipe[0]);
  std::vector<std::byte> head(5);
  ASSERT_EQ(rest->read_at(0, head).value(), 5U);
  auto whole = prefixed_reader(head, *rest);
  EXPECT_FALSE(whole->seekable());
  EXPECT_EQ(read_to_end(*whole).value(), "head and rest");
  ::close(pipe[0]);
}

}  // namespace
}  // namespace convert
