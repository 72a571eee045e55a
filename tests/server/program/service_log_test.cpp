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

TEST(JsonLogLineTest, HasTimeLevelJobAndMessage) {
  const convert::Time time{std::chrono::milliseconds(1'795'255'543'007)};
  EXPECT_EQ(
      format_json_log_line({Level::warning, 7, "It \"waits\"\\\n."}, time),
      R"({"time":"2026-11-21T10:05:43.007Z","level":"warning","job":7,"message":"It \"waits\"\\\u000a."})"
      "\n");
  EXPECT_EQ(format_json_log_line({Level::info, 0, "ready"}, time),
            R"({"time":"2026-11-21T10:05:43.007Z","level":"info","message":"ready"})"
            "\n");
}

TEST(JsonLogLineTest, HasTheFieldsOfARequest) {
  const convert::Time time{std::chrono::milliseconds(1'795'255'543'007)};
  convert::server::AccessLogEntry entry;
  entry.id = "a-1";
  entry.method = "GET";
  entry.path = "/api/tasks";
  entry.address = "::1";
  entry.status = 200;
  entry.bytes = 321;
  entry.took = std::chrono::milliseconds(4);
  const std::string expected =
      R"({"time":"2026-11-21T10:05:43.007Z","level":"info","message":"request","request_id":"a-1",)"
      R"("method":"GET","path":"/api/tasks","status":200,"bytes":321,"duration_ms":4,"client":"::1")";
  EXPECT_EQ(format_json_access_line(entry, time), expected + "}\n");
  entry.error = "cut off";
  EXPECT_EQ(format_json_access_line(entry, time), expected + R"(,"error":"cut off"})" + "\n");
}

TEST(JsonLogLineTest, ReplacesInvalidUtf8) {
  const auto message = [](const std::string& text) {
    const auto line = format_json_log_line({Level::info, 0, text}, convert::Time{});
    const auto start = line.find("\"message\":") + 11;
    return line.substr(start, line.rfind('"') - start);
  };
  EXPECT_EQ(message("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x8E\xB5"), "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x8E\xB5");
  const std::string bad = "\xEF\xBF\xBD";
  EXPECT_EQ(message("a\xFF"), "a" + bad);
  EXPECT_EQ(message("\xC3"), bad);
  EXPECT_EQ(message("\xC0\x80"), bad + bad) << "overlong";
  EXPECT_EQ(message("\xED\xA0\x80"), bad + bad + bad) << "a surrogate";
}

TEST(JsonLogLineTest, TruncatesLongTexts) {
  for (const std::string& text :
       {std::string(20'000, 'a'), std::string(20'000, '\x01'), std::string(20'000, '"')}) {
    const auto line = format_json_log_line({Level::info, 9'223'372'036'854'775'807, text}, convert::Time{});
    EXPECT_LE(line.size(), LogWriter::kMaxLineBytes);
    EXPECT_TRUE(line.ends_with("...\"}\n"));
    convert::server::AccessLogEntry entry;
    entry.id = entry.method = entry.path = entry.address = entry.error = text;
    entry.status = 4'000'000'000;
    entry.bytes = UINT64_MAX;
    entry.took = std::chrono::milliseconds::max();
    const auto access = format_json_access_line(entry, convert::Time{});
    EXPECT_LE(access.size(), LogWriter::kMaxLineBytes);
    EXPECT_TRUE(access.ends_with("...\"}\n"));
  }
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

TEST_F(LogWriterTest, CountsDroppedLinesAsJson) {
  LogWriter log(pipe(), std::chrono::milliseconds(0), LogFormat::json);
  const std::string page = std::string(kPage - 1, 'a') + '\n';
  log.write(page);
  log.write(page);
  log.write("b\n");
  EXPECT_EQ(read_all(), page + page);
  log.write("c\n");
  const auto text = read_all();
  EXPECT_TRUE(text.starts_with("{\"time\":\"")) << text;
  EXPECT_TRUE(text.ends_with(
      "\"level\":\"warning\",\"message\":\"Dropped 1 log lines here, because the log was not read.\"}\nc\n"))
      << text;
}

TEST_F(LogWriterTest, TruncatesLongLines) {
  LogWriter(pipe()).write(std::string(2 * kPage, 'a') + '\n');
  const auto line = read_all();
  EXPECT_EQ(line.size(), LogWriter::kMaxLineBytes);
  EXPECT_TRUE(line.ends_with("a...\n"));
}

}  // namespace
}  // namespace convertd
