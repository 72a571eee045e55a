// SPDX-License-Identifier: MIT
#include "service/service_log.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>

namespace convertd {
namespace {

using Level = convert::LogLine::Level;

TEST(LogLineTest, HasTimeLevelAndJob) {
  const convert::Time time{std::chrono::milliseconds(1'795'255'543'007)};
  EXPECT_EQ(format_log_line({Level::warning, 7, "It waits."}, time),
            "2026-11-21T10:05:43.007Z warning job 7: It waits.\n");
  EXPECT_EQ(format_log_line({Level::info, 0, "GET /healthz"}, time),
            "2026-11-21T10:05:43.007Z info GET /healthz\n");
}

TEST(LogLineTest, IsOneLine) {
  const auto text = format_log_line({Level::error, 0, "a\nb\nc"}, convert::Time{});
  EXPECT_EQ(text, "1970-01-01T00:00:00.000Z error a b c\n");
}

/// A pipe of two pages that is not read.
class LogWriterTest : public testing::Test {
 protected:
  static constexpr std::size_t kPage = 4'096;

  LogWriterTest() {
    EXPECT_EQ(::pipe2(pipe_.data(), O_CLOEXEC | O_NONBLOCK), 0);
    EXPECT_EQ(::fcntl(pipe_[1], F_SETPIPE_SZ, static_cast<int>(2 * kPage)), static_cast<int>(2 * kPage));
  }
  ~LogWriterTest() override {
    ::close(pipe_[0]);
    ::close(pipe_[1]);
  }
  LogWriterTest(const LogWriterTest&) = delete;
  LogWriterTest& operator=(const LogWriterTest&) = delete;

  int pipe() const { return pipe_[1]; }

  std::string read_all() const {
    std::string text(4 * kPage, '\0');
    const auto count = ::read(pipe_[0], text.data(), text.size());
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
  }

 private:
  std::array<int, 2> pipe_{-1, -1};
};

TEST_F(LogWriterTest, CountsDroppedLines) {
  LogWriter log(pipe(), std::chrono::milliseconds(0));
  const std::string page = std::string(kPage - 1, 'a') + '\n';
  log.write(page);
  log.write(page);
  log.write("b\n");
  log.write("c\n");
  EXPECT_EQ(read_all(), page + page);
  log.write("d\n");
  log.write("e\n");
  EXPECT_EQ(read_all(), "Dropped 2 log lines here, because the log was not read.\nd\ne\n");
}

TEST_F(LogWriterTest, TruncatesLongLines) {
  LogWriter(pipe()).write(std::string(2 * kPage, 'a') + '\n');
  const auto line = read_all();
  EXPECT_EQ(line.size(), LogWriter::kMaxLineBytes);
  EXPECT_TRUE(line.ends_with("a...\n"));
}

}  // namespace
}  // namespace convertd
