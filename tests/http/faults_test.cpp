// SPDX-License-Identifier: MIT
// The server is killed at random instants while clients upload and workers convert. Afterwards exactly the
// acknowledged tasks exist.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include "http/support/api_client.hpp"
#include "http/support/convertd_process.hpp"
#include "http/support/leftovers.hpp"
#include "http/support/raw_connection.hpp"
#include "http/support/upload_client.hpp"
#include "support/audio_samples.hpp"
#include "support/test_files.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr unsigned kClients = 4;

/// The length of a run: short by default, long with CONVERT_TEST_FULL.
struct Extent {
  std::uint32_t audio_files = full_run() ? 100 : 24;
  int kills = full_run() ? 30 : 8;
};

/// A convertd that is killed and started again on the same port and data folder.
class Mortal {
 public:
  Mortal() : daemon_(std::make_unique<Daemon>(folder_.path(), options("127.0.0.1:0"))) {
    if (!daemon_->ready()) throw std::runtime_error(daemon_->log());
    port_ = daemon_->port();
  }

  /// Kills it after that time and starts it again. Returns what failed; empty: nothing.
  std::string kill_after(milliseconds time) {
    ::poll(nullptr, 0, static_cast<int>(time.count()));  // a random instant, not a wait for a condition
    const auto family = with_children(daemon_->pid());
    daemon_->kill();
    std::string wrong;
    for (const auto process : family) {
      if (!eventually(seconds(20), [&] { return ::kill(process, 0) != 0; }))
        wrong += fmt::format("process {} outlives its server\n", process);
    }
    daemon_ = std::make_unique<Daemon>(folder_.path(), options(fmt::format("127.0.0.1:{}", port_)));
    if (!daemon_->listens()) wrong += "it does not start again: " + daemon_->log();
    return wrong;
  }

  Daemon& daemon() { return *daemon_; }
  std::uint16_t port() const { return port_; }
  const TemporaryFolder& folder() const { return folder_; }

 private:
  static std::vector<std::string> options(const std::string& address) {
    return {"--listen", address, "--log-level", "warning", "--max-active-tasks", "0"};
  }

  TemporaryFolder folder_;
  std::unique_ptr<Daemon> daemon_;
  std::uint16_t port_ = 0;
};

/// Clients upload that many audio files, a few after each start, while the server is killed: during uploads
/// and during conversions.
std::string uploads_and_kills(Mortal& mortal, Uploads& uploads, const Extent& extent,
                              std::minstd_rand& random) {
  const auto each = extent.audio_files / static_cast<std::uint32_t>(extent.kills) + 1;
  std::atomic<std::uint32_t> next{0};
  std::atomic<std::uint32_t> permitted{each};
  std::vector<std::jthread> clients;
  for (unsigned i = 0; i < kClients; ++i) {
    clients.emplace_back([&] {
      for (auto audio = next++; audio < extent.audio_files; audio = next++) {
        for (auto seen = permitted.load(); audio >= seen; seen = permitted.load()) permitted.wait(seen);
        uploads.upload(audio);
      }
    });
  }
  std::string wrong;
  std::uniform_int_distribution<int> soon(0, 40);
  std::uniform_int_distribution<int> later(0, 600);
  for (int kill = 0; kill < extent.kills; ++kill) {
    wrong += mortal.kill_after(milliseconds(random() % 3 != 0 ? soon(random) : later(random)));
    permitted += each;
    permitted.notify_all();
  }
  clients.clear();
  // A few more kills while conversions run without uploads.
  for (int kill = 0; kill < 2; ++kill) wrong += mortal.kill_after(milliseconds(later(random)));
  return wrong;
}

/// Waits until all tasks have ended. Returns their ids and states.
std::map<std::uint64_t, std::string> ended_tasks(std::uint16_t port, const std::string& token) {
  std::map<std::uint64_t, std::string> tasks;
  eventually(seconds(120), [&] {
    tasks.clear();
    RawConnection wire(port);
    const auto answer = wire.request(request("GET", "/api/tasks", token));
    if (!answer || answer->status != 200) return false;
    std::string_view text = answer->body;
    bool all_ended = true;
    for (auto at = text.find("\"id\""); at != std::string_view::npos; at = text.find("\"id\"", at + 1)) {
      const auto task = text.substr(at);
      const auto state = member(task, "state");
      tasks[std::stoull(member(task, "id"))] = state;
      all_ended = all_ended && state != "UPLOADED" && state != "PROCESSING";
    }
    return all_ended;
  });
  return tasks;
}

/// What is wrong with the acknowledged tasks.
std::string judge(std::uint16_t port, const std::string& token, const Uploads& uploads,
                  const std::map<std::uint64_t, std::string>& tasks) {
  std::string wrong;
  for (const auto& [id, audio] : uploads.acknowledged()) {
    const auto found = tasks.find(id);
    if (found == tasks.end() || found->second != "PROCESSED") {
      wrong += fmt::format("task {}: {}\n", id, found == tasks.end() ? "lost" : found->second);
      continue;
    }
    RawConnection wire(port);
    const auto input = wire.request(request("GET", fmt::format("/api/tasks/{}/input", id), token));
    const auto output = wire.request(request("GET", fmt::format("/api/tasks/{}/output", id), token));
    const auto content = wav(0.4, audio);
    if (!input || input->body != content) wrong += fmt::format("task {}: another input\n", id);
    if (!output || !same_audio(output->body, converted(content, "format=flac")))
      wrong += fmt::format("task {}: another output\n", id);
  }
  return wrong;
}

void storm(bool with_keys) {
  std::minstd_rand random(seed());
  const Extent extent;
  Mortal mortal;
  const auto token = new_token(mortal.port(), "somebody");
  ASSERT_TRUE(token) << mortal.daemon().log();
  Uploads uploads(mortal.port(), *token, with_keys);
  EXPECT_EQ(uploads_and_kills(mortal, uploads, extent, random), "");
  EXPECT_EQ(uploads.unexpected_responses(), "");
  ASSERT_TRUE(mortal.daemon().ready()) << mortal.daemon().log();

  const auto tasks = ended_tasks(mortal.port(), *token);
  EXPECT_EQ(uploads.acknowledged().size(), extent.audio_files);
  EXPECT_EQ(judge(mortal.port(), *token, uploads, tasks), "");
  // A request whose answer died with the server may have become a task, but never two.
  const auto max_value = extent.audio_files + (with_keys ? 0 : uploads.unanswered());
  EXPECT_GE(tasks.size(), extent.audio_files);
  EXPECT_LE(tasks.size(), max_value);
  fmt::print("{} tasks of {} uploads, {} requests without an answer\n", tasks.size(), extent.audio_files,
             uploads.unanswered());

  EXPECT_EQ(mortal.daemon().terminate(), 0) << mortal.daemon().log();
  EXPECT_EQ(orphaned_files(mortal.daemon().data()), "");
  EXPECT_EQ(reserved(mortal.daemon().data(), "somebody"), "");
}

TEST(Kills, LoseNoAcknowledgedTask) { storm(false); }

TEST(Kills, CreateOneTaskForEachIdempotencyKey) {
  if (!full_run())
    GTEST_SKIP() << "runs with CONVERT_TEST_FULL: the key of a killed request is locked for a minute";
  storm(true);
}

}  // namespace
}  // namespace convert::test
