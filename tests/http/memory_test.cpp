// SPDX-License-Identifier: MIT
// The server streams files: an upload or download of any size takes less than 8 MiB of memory.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "http/support/api_client.hpp"
#include "http/support/convertd_process.hpp"
#include "http/support/curl_client.hpp"
#include "http/support/upload_client.hpp"
#include "support/shell_command.hpp"
#include "support/test_files.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint64_t kMaxKib = 8 * 1024;  // KiB

std::uint64_t size_of_file() { return full_run() ? 5 * 1024 * kMiB : 256 * kMiB; }

class Memory : public testing::Test {
 protected:
  void SetUp() override {
#ifdef CONVERT_SANITIZED
    GTEST_SKIP() << "sanitizers allocate additional memory";
#endif
    NEED_DIRECT_CONNECTION();
    ASSERT_TRUE(daemon_.ready()) << daemon_.log();
    const auto token = new_token(daemon_.port(), "somebody");
    ASSERT_TRUE(token) << daemon_.log();
    authorization_ = "Authorization: Bearer " + *token;
    // A sparse file of zeros: not audio, so its conversion fails at once.
    std::ofstream(folder_ / "large.wav").put('x');
    std::filesystem::resize_file(folder_ / "large.wav", size_of_file());
    warm_up();
  }

  /// Runs each kind of request once, so that allocations that happen only once are not counted.
  void warm_up() {
    std::ofstream(folder_ / "small.wav") << std::string(4 * kMiB, 'x');
    const auto task = uploaded("small.wav");
    EXPECT_EQ(download(task).status, 200);
    EXPECT_EQ(curl({"-H", authorization_, "-X", "DELETE", daemon_.url("/api/tasks/" + task)}).status, 200);
  }

  /// Returns the task's id.
  std::string uploaded(const std::string& name) {
    const auto answer = curl({"-H", authorization_, "-m", "600", "-F", "newFormat=mp3", "-F",
                              fmt::format("file=@{}", (folder_ / name).string()), daemon_.url("/api/tasks")});
    EXPECT_EQ(answer.status, 200) << answer;
    return member(answer.body, "id");
  }

  CurlResponse download(const std::string& task) {
    return curl({"-H", authorization_, "-m", "600", "-o", (folder_ / "back").string(),
                 daemon_.url("/api/tasks/" + task + "/input")});
  }

  /// The peak growth of the server's memory, in KiB.
  template <class Action>
  std::uint64_t growth(Action&& action) {
    forget_peak(daemon_.pid());
    const auto before = peak_kib(daemon_.pid());
    EXPECT_GT(before, 0U);
    action();
    const auto grown = peak_kib(daemon_.pid()) - before;
    fmt::print("{} MiB passed, and took {} KiB\n", size_of_file() / kMiB, grown);
    return grown;
  }

  TemporaryFolder folder_;
  Daemon daemon_{folder_.path(), {"--log-level", "warning"}};
  std::string authorization_;
};

TEST_F(Memory, StaysFlatForALargeUploadAndDownload) {
  std::string task;
  EXPECT_LT(growth([&] { task = uploaded("large.wav"); }), kMaxKib);
  EXPECT_LT(growth([&] { EXPECT_EQ(download(task).status, 200); }), kMaxKib);
  EXPECT_EQ(run("cmp " + quoted(folder_ / "large.wav") + ' ' + quoted(folder_ / "back")).output, "");
}

}  // namespace
}  // namespace convert::test
