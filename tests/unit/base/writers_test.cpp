// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <thread>

#include <convert/io.hpp>

#include "base/writers.hpp"
#include "support/test_files.hpp"
#include "unit/base/read_to_end.hpp"

namespace convert {
namespace {

namespace fs = std::filesystem;
using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(FileWriter, ShowsNothingBeforeCommit) {
  TemporaryFolder folder;
  auto writer = create_file(folder / "out");
  ASSERT_TRUE(writer);
  ASSERT_TRUE((*writer)->write_at(0, bytes("content")));
  EXPECT_FALSE(fs::exists(folder / "out"));
  ASSERT_TRUE((*writer)->commit());
  EXPECT_EQ(read_file(folder / "out"), "content");
  writer->reset();
  EXPECT_THAT(folder.names(), ElementsAre("out"));
}

TEST(FileWriter, LeavesNothingWithoutCommit) {
  TemporaryFolder folder;
  {
    auto writer = create_file(folder / "out");
    ASSERT_TRUE((*writer)->write_at(0, bytes("content")));
  }
  EXPECT_THAT(folder.names(), IsEmpty());
}

TEST(FileWriter, ReplacesAFileOnlyAtCommit) {
  TemporaryFolder folder;
  write_file(folder / "out", "the old one");
  {
    auto writer = create_file(folder / "out");
    ASSERT_TRUE((*writer)->write_at(0, bytes("lost")));
    EXPECT_EQ(read_file(folder / "out"), "the old one");
  }
  EXPECT_EQ(read_file(folder / "out"), "the old one");
  auto writer = create_file(folder / "out");
  ASSERT_TRUE((*writer)->write_at(0, bytes("new")));
  ASSERT_TRUE((*writer)->commit());
  EXPECT_EQ(read_file(folder / "out"), "new");
  EXPECT_THAT(folder.names(), ElementsAre("out"));
}

TEST(FileWriter, UsesAHiddenNameUntilCommitWithoutUnnamedFiles) {
  TemporaryFolder folder;
  write_file(folder / "out", "the old one");
  {
    auto writer = base::create_hidden_file_in(folder.path(), folder / "out");
    ASSERT_TRUE((*writer)->write_at(0, bytes("lost")));
    EXPECT_EQ(folder.names().size(), 2U);
    EXPECT_EQ(read_file(folder / "out"), "the old one");
  }
  EXPECT_THAT(folder.names(), ElementsAre("out"));
  auto writer = base::create_hidden_file_in(folder.path(), folder / "out");
  ASSERT_TRUE((*writer)->write_at(0, bytes("new")));
  ASSERT_TRUE((*writer)->commit());
  EXPECT_EQ(read_file(folder / "out"), "new");
  writer->reset();
  EXPECT_THAT(folder.names(), ElementsAre("out"));
}

TEST(FileWriter, WritesAtAnyOffsetAndFillsGapsWithZeros) {
  TemporaryFolder folder;
  auto writer = create_file(folder / "out");
  EXPECT_TRUE((*writer)->seekable());
  ASSERT_TRUE((*writer)->write_at(4, bytes("end")));
  ASSERT_TRUE((*writer)->write_at(0, bytes("b")));
  ASSERT_TRUE((*writer)->commit());
  EXPECT_EQ(read_file(folder / "out"), std::string("b\0\0\0end", 7));
}

TEST(FileWriter, RespectsTheUmask) {
  TemporaryFolder folder;
  const mode_t before = ::umask(027);
  auto writer = create_file(folder / "out");
  ASSERT_TRUE((*writer)->commit());
  ::umask(before);
  EXPECT_EQ(fs::status(folder / "out").permissions(), static_cast<fs::perms>(0640));
}

TEST(FileWriter, RejectsPathsThatNameNoFile) {
  TemporaryFolder folder;
  EXPECT_EQ(create_file(folder.path()).error().code, Errc::invalid_argument);
  EXPECT_EQ(create_file(folder / "").error().code, Errc::invalid_argument);
  EXPECT_EQ(create_file("").error().code, Errc::invalid_argument);
  EXPECT_EQ(create_file(folder / "..").error().code, Errc::invalid_argument);
  auto lost = create_file(folder / "no folder/out");
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, Errc::not_found);
  EXPECT_THAT(lost.error().message, HasSubstr("no folder/out"));
}

TEST(FileWriter, ReplacesASymbolicLinkInsteadOfItsTarget) {
  TemporaryFolder folder;
  write_file(folder / "precious", "keep");
  fs::create_symlink(folder / "precious", folder / "out");
  auto writer = create_file(folder / "out");
  ASSERT_TRUE((*writer)->write_at(0, bytes("new")));
  ASSERT_TRUE((*writer)->commit());
  EXPECT_EQ(read_file(folder / "precious"), "keep");
  EXPECT_EQ(read_file(folder / "out"), "new");
}

TEST(FileWriter, WritesToADeviceInsteadOfReplacingIt) {
  auto writer = create_file("/dev/null");
  ASSERT_TRUE(writer);
  EXPECT_FALSE((*writer)->seekable());
  ASSERT_TRUE((*writer)->write_at(0, bytes("gone")));
  ASSERT_TRUE((*writer)->commit());
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST(FileWriter, WritesToAnOpenFileNamedThroughProc) {
  TemporaryFolder folder;
  const int file = ::open((folder / "a").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  {
    auto writer = create_file("/dev/fd/" + std::to_string(file));
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->write_at(0, bytes("through")));
    ASSERT_TRUE((*writer)->commit());
  }
  ::close(file);
  EXPECT_EQ(read_file(folder / "a"), "through");
}

TEST(FileWriter, ReportsTheFileSizeLimit) {
  TemporaryFolder folder;
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 4096;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  Result<void> written;
  {
    auto writer = create_file(folder / "out");
    written = (*writer)->write_at(0, std::vector<std::byte>(10000));
  }
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Errc::io);
  EXPECT_THAT(folder.names(), IsEmpty());
}

TEST(FileWriter, AFullDiskIsRetryable) {
  auto writer = create_file("/dev/full");
  if (!writer) GTEST_SKIP() << "/dev/full is missing";
  auto written = (*writer)->write_at(0, bytes("x"));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Errc::io);
  EXPECT_TRUE(written.error().retryable);
  EXPECT_THAT(written.error().message, HasSubstr("space"));
}

TEST(MemoryWriter, AssignsAtCommit) {
  std::vector<std::byte> target(1);
  {
    auto writer = memory_writer(target);
    ASSERT_TRUE(writer->write_at(0, bytes("lost")));
  }
  EXPECT_EQ(target.size(), 1U);
  auto writer = memory_writer(target);
  ASSERT_TRUE(writer->write_at(3, bytes("def")));
  ASSERT_TRUE(writer->write_at(0, bytes("abc")));
  ASSERT_TRUE(writer->write_at(5, bytes("fg")));
  EXPECT_EQ(target.size(), 1U);
  ASSERT_TRUE(writer->commit());
  EXPECT_EQ(text(target), "abcdefg");
  std::vector<std::byte> other;
  EXPECT_FALSE(memory_writer(other)->write_at(~std::uint64_t{0}, bytes("x")));
}

TEST(DescriptorWriter, TruncatesAFileAtCommit) {
  TemporaryFolder folder;
  write_file(folder / "a", "something longer");
  const int file = ::open((folder / "a").c_str(), O_RDWR | O_CLOEXEC);
  auto writer = descriptor_writer(file);
  EXPECT_TRUE(writer->seekable());
  ASSERT_TRUE(writer->write_at(0, bytes("short")));
  ASSERT_TRUE(writer->commit());
  ::close(file);
  EXPECT_EQ(read_file(folder / "a"), "short");
}

TEST(DescriptorWriter, AppendsToAnAppendDescriptor) {
  TemporaryFolder folder;
  write_file(folder / "a", "log: ");
  const int file = ::open((folder / "a").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  auto writer = descriptor_writer(file);
  EXPECT_FALSE(writer->seekable());
  ASSERT_TRUE(writer->write_at(0, bytes("line")));
  ASSERT_TRUE(writer->commit());
  ::close(file);
  EXPECT_EQ(read_file(folder / "a"), "log: line");
}

TEST(DescriptorWriter, WritesToASlowPipe) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe2(pipe.data(), O_NONBLOCK), 0);
  const std::string large(300'000, 'x');
  std::thread sender([&]() {
    EXPECT_TRUE(descriptor_writer(pipe[1])->write_at(0, bytes(large)));
    ::close(pipe[1]);
  });
  EXPECT_EQ(read_to_end(*descriptor_reader(pipe[0]), 1000).value(), large);
  sender.join();
  ::close(pipe[0]);
}

TEST(DescriptorWriter, ABrokenPipeIsAnErrorWithoutSignal) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  ::close(pipe[0]);
  auto writer = descriptor_writer(pipe[1]);
  for (int i = 0; i < 2; ++i) {
    auto written = writer->write_at(0, bytes("x"));
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, Errc::io);
  }
  EXPECT_FALSE(writer->write_at(5, bytes("x")));  // it cannot seek
  ::close(pipe[1]);
}

TEST(Outputs, AFileTakesOneOutput) {
  TemporaryFolder folder;
  auto outputs = file_output(folder / "out");
  auto first = outputs->create("a suggestion.mp3");
  ASSERT_TRUE(first);
  auto second = outputs->create("another.mp3");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::invalid_argument);
  ASSERT_TRUE((*first)->commit());
  EXPECT_THAT(folder.names(), ElementsAre("out"));
}

TEST(Outputs, AFolderTakesManyOutputsAndCreatesSubfolders) {
  TemporaryFolder folder;
  auto outputs = folder_outputs(folder.path());
  auto first = outputs->create("a.txt");
  auto second = outputs->create("deep/er/b.txt");
  ASSERT_TRUE(first && second);
  ASSERT_TRUE((*second)->write_at(0, bytes("b")));
  EXPECT_THAT(folder.names(), IsEmpty());
  ASSERT_TRUE((*second)->commit());
  EXPECT_EQ(read_file(folder / "deep/er/b.txt"), "b");
  EXPECT_FALSE(fs::exists(folder / "a.txt"));
  EXPECT_EQ(outputs->create("a.txt").error().code, Errc::invalid_argument);  // the name is used already
}

TEST(Outputs, RejectsNamesThatLeaveTheFolder) {
  TemporaryFolder folder;
  fs::create_directory(folder / "in");
  fs::create_directory_symlink(folder.path(), folder / "in/link");
  auto outputs = folder_outputs(folder / "in");
  for (const std::string_view name : {"../x", "/etc/x", "a/../../x", "..", ".", "", "a/", "link/x", "./x"}) {
    auto refused = outputs->create(name);
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().code, Errc::unsafe_path) << name;
  }
  EXPECT_EQ(outputs->create(std::string_view("a\0b", 3)).error().code, Errc::unsafe_path);
  EXPECT_EQ(folder_outputs(folder / "missing")->create("x").error().code, Errc::not_found);
}

TEST(Outputs, ASingleWriterTakesOneOutput) {
  std::vector<std::byte> target;
  auto outputs = single_output(memory_writer(target));
  ASSERT_TRUE(outputs->create("a"));
  EXPECT_EQ(outputs->create("b").error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace convert
