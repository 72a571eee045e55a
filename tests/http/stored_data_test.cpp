// SPDX-License-Identifier: MIT
// A data folder that convertd 0.1.0 wrote before its C++ names changed: what is stored keeps its names, so
// that the jobs of an older version run, and its accounts, keys and results are there. data/README.md
// describes how it was made.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <regex>
#include <string>

#include "http/support/api_client.hpp"
#include "http/support/convertd_process.hpp"
#include "support/shell_command.hpp"
#include "support/test_files.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

constexpr std::string_view kStoredKey = "cvk_3uymcxhlnviv_wDlw8W0AGNuHP-XNTZvsz8MDSW6dE_S-JJ-P3Gm_03E";
constexpr std::string_view kStoredResult = "6406ebd57dd50c0900bee3b871b8ab5a0f1469ab87a4c81e987052824db7952e";
constexpr int kTasks = 8;  // one has ended, one was running when convertd was killed, six were queued

/// The stored options of tasks 3 to 8, one of each field that a spec can have.
constexpr std::array<std::string_view, 6> kStoredOptions{
    R"({"bitrate":128000,"sample_rate":44100,"channels":1,"start":0.1,"end":0.4,)"
    R"("volume":0.5,"metadata":"strip"})",
    R"({"codec":"opus"})",
    R"({"quality":6})",
    R"({"sample_format":"s24","loudness":-16,"true_peak":-1,"level":8})",
    R"({"level":9})",
    R"({"codec":"flac","track":0})",
};

int count_of(const std::string& text, const std::string& pattern) {
  const std::regex expression(pattern);
  return static_cast<int>(std::distance(std::sregex_iterator(text.begin(), text.end(), expression), {}));
}

TEST(StoredData, JobsOfAnOlderVersionRunToTheirEnd) {
  SKIP_WITHOUT_PROGRAMS("tar", "xz");
  const TemporaryFolder folder;
  ASSERT_EQ(run(fmt::format("tar -xJf '{}' -C '{}'", STORED_DATA_FOLDER, folder.path().string())).status, 0);
  Daemon convertd(folder.path());
  ASSERT_TRUE(convertd.ready()) << convertd.log();

  const ApiClient visitor(convertd.url());
  const auto login = visitor.post("/api/auth/login", {{"username", "ann"}, {"password", "correct-horse"}});
  ASSERT_EQ(login.status, 200) << login;
  const ApiClient ann = visitor.with_token(member(login.body, "token"));

  EXPECT_TRUE(eventually(std::chrono::seconds(120), [&] {
    return count_of(ann.get("/api/tasks").body, R"("state":"PROCESSED")") == kTasks;
  })) << ann.get("/api/tasks").body;
  EXPECT_NE(ann.get("/api/tasks/1").body.find(kStoredResult), std::string::npos);
  for (std::size_t i = 0; i < kStoredOptions.size(); ++i) {
    const std::string task = ann.get(fmt::format("/api/tasks/{}", i + 3)).body;
    EXPECT_NE(task.find(kStoredOptions[i]), std::string::npos) << task;
  }
  EXPECT_EQ(visitor.with_token(std::string(kStoredKey)).get("/api/auth/me").status, 200);
}

}  // namespace
}  // namespace convert::test
