// SPDX-License-Identifier: MIT
#include "base/temporary_file.hpp"

#include <gmock/gmock.h>

#include "base/head_reader.hpp"
#include "support/forward_only.hpp"
#include "support/test_files.hpp"
#include "unit/base/read_to_end.hpp"

namespace convert::base {
namespace {

using namespace test;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

ConvertOptions in(const TemporaryFolder& folder) {
  ConvertOptions options;
  options.temporary_folder = folder.path();
  return options;
}

TEST(TemporaryFile, HasNoName) {
  TemporaryFolder folder;
  auto file = TemporaryFile::create(in(folder));
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->write_at(3, bytes("def")));
  ASSERT_TRUE((*file)->write_at(0, bytes("abc")));
  EXPECT_EQ((*file)->size(), 6U);
  EXPECT_EQ(read_to_end(**file).value(), "abcdef");
  EXPECT_THAT(folder.names(), IsEmpty());
}

TEST(TemporaryFile, NamesTheOptionButNoPathWhenItFails) {
  ConvertOptions options;
  options.temporary_folder = "/nonexistent/folder";
  auto file = TemporaryFile::create(options);
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().message, HasSubstr("temporary_folder"));
  EXPECT_THAT(file.error().message, Not(HasSubstr("nonexistent")));
}

TEST(Spool, MakesAForwardReaderSeekable) {
  TemporaryFolder folder;
  std::string content(700'000, 'x');
  content += "end";
  ForwardReader source(content, 1000);
  auto spooled = spool(source, in(folder));
  ASSERT_TRUE(spooled);
  EXPECT_TRUE((*spooled)->seekable());
  EXPECT_EQ((*spooled)->size(), 700'003U);
  std::vector<std::byte> end(3);
  EXPECT_EQ((*spooled)->read_at(700'000, end).value(), 3U);
  EXPECT_EQ(text(end), "end");
}

TEST(Spool, StopsOnRequest) {
  TemporaryFolder folder;
  ForwardReader source("content");
  std::stop_source stop;
  ConvertOptions options = in(folder);
  options.stop = stop.get_token();
  stop.request_stop();
  auto spooled = spool(source, options);
  ASSERT_FALSE(spooled);
  EXPECT_EQ(spooled.error().code, Errc::cancelled);
}

TEST(Spool, ReturnsTheErrorOfTheReader) {
  TemporaryFolder folder;
  ForwardReader source("content");
  source.fail_at(3);
  auto spooled = spool(source, in(folder));
  ASSERT_FALSE(spooled);
  EXPECT_EQ(spooled.error().message, "the line is dead");
}

TEST(SpooledWriter, WritesForwardAtCommit) {
  TemporaryFolder folder;
  std::vector<std::byte> target;
  auto writer = spooled_writer(memory_writer(target), in(folder));
  ASSERT_TRUE(writer);
  EXPECT_TRUE((*writer)->seekable());
  ASSERT_TRUE((*writer)->write_at(5, bytes("world")));
  ASSERT_TRUE((*writer)->write_at(0, bytes("hello")));
  EXPECT_THAT(target, IsEmpty());
  ASSERT_TRUE((*writer)->commit());
  EXPECT_EQ(text(target), "helloworld");
}

TEST(HeadReader, GivesTheHeadOfAForwardSourceTwice) {
  ForwardReader source("0123456789", 4);
  HeadReader reader(source, HeadReader::Keep::head);
  EXPECT_EQ(text(reader.head(6).value()), "012345");
  EXPECT_TRUE(reader.rewindable());
  EXPECT_EQ(text(reader.head(2).value()), "01");
  EXPECT_EQ(read_to_end(reader).value(), "0123456789");
  EXPECT_FALSE(reader.rewindable());
  EXPECT_FALSE(reader.head(1));
  std::vector<std::byte> buffer(1);
  EXPECT_FALSE(reader.read_at(0, buffer));
}

TEST(HeadReader, WaitsOnlyForTheRequestedBytes) {
  ForwardReader source("0123456789", 4);
  HeadReader reader(source, HeadReader::Keep::head);
  EXPECT_EQ(text(reader.head(3).value()), "012");
  EXPECT_EQ(source.given(), 4U);
}

TEST(HeadReader, KeepsAllConsumedBytes) {
  ForwardReader source("0123456789", 4);
  HeadReader reader(source, HeadReader::Keep::all);
  EXPECT_EQ(text(reader.head(2).value()), "01");
  std::vector<std::byte> buffer(6);
  EXPECT_EQ(reader.read_at(4, buffer).value(), 4U);
  EXPECT_TRUE(reader.rewindable());
  EXPECT_EQ(reader.read_at(1, buffer).value(), 6U);
  EXPECT_EQ(text(buffer), "123456");
  EXPECT_EQ(text(std::move(reader).take_consumed()), "01234567");
}

TEST(HeadReader, PassesASeekableSourceThrough) {
  const auto source = memory_reader(bytes("0123456789"));
  HeadReader reader(*source, HeadReader::Keep::head);
  EXPECT_EQ(text(reader.head(4).value()), "0123");
  EXPECT_EQ(read_to_end(reader).value(), "0123456789");
  EXPECT_TRUE(reader.rewindable());
  EXPECT_EQ(text(reader.head(20).value()), "0123456789");
  EXPECT_THAT(std::move(reader).take_consumed(), IsEmpty());
}

TEST(HeadReader, ReturnsErrorsOfTheSource) {
  ForwardReader source("0123456789");
  source.fail_at(2);
  HeadReader reader(source, HeadReader::Keep::all);
  auto head = reader.head(5);
  ASSERT_FALSE(head);
  EXPECT_EQ(head.error().message, "the line is dead");
}

}  // namespace
}  // namespace convert::base
