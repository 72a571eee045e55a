// SPDX-License-Identifier: MIT
// The server is killed at each of its fault points while it receives a task with an Idempotency-Key. The
// repeated request creates one task in all and leaves nothing behind.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "faults/fault_control.hpp"
#include "http/support/api_client.hpp"
#include "http/support/convertd_process.hpp"
#include "http/support/leftovers.hpp"
#include "http/support/raw_connection.hpp"
#include "http/support/upload_client.hpp"
#include "support/audio_samples.hpp"
#include "support/shell_command.hpp"
#include "support/test_files.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kPatience(60);

/// The fault points that the server's sources name.
std::set<std::string> fault_points() {
  const std::regex pattern(R"re(CONVERT_FAULT_POINT\("([^"]+)"\))re");
  std::set<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(SERVER_SOURCE_FOLDER)) {
    if (!entry.is_regular_file()) continue;
    const auto text = read_file(entry.path());
    for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match)
      names.insert((*match)[1]);
  }
  return names;
}

/// A fault_convertd and one account, which may have one active task: a reservation that a killed server left
/// would block it.
class Victim {
 public:
  Victim() : board_(folder_ / "board") {
    start("127.0.0.1:0");
    token_ = new_token(daemon_->port(), "ann").value_or("");
  }

  /// Starts it again on the same port with the same data.
  void start_again() { start(fmt::format("127.0.0.1:{}", daemon_->port())); }

  /// Uploads an audio file with a key.
  std::optional<RawResponse> upload(std::string_view key) const {
    const std::string body =
        "--b\r\nContent-Disposition: form-data; name=\"newFormat\"\r\n\r\nflac\r\n"
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"song.wav\"\r\n\r\n" +
        wav(0.2, 1) + "\r\n--b--\r\n";
    RawConnection wire(daemon_->port());
    return wire.request(request("POST", "/api/tasks", token_, "multipart/form-data; boundary=b", body,
                                fmt::format("Idempotency-Key: {}\r\n", key)));
  }

  /// Waits until all tasks have ended and returns their states.
  std::vector<std::string> ended_tasks() const {
    std::vector<std::string> states;
    eventually(kPatience, [&] {
      states = all_tasks();
      return std::all_of(states.begin(), states.end(), [](const auto& state) {
        return state != "UPLOADED" && state != "PROCESSING" && state != "(none)";
      });
    });
    return states;
  }

  /// Sets stored times back so far that all leases (keys, reservations, jobs) have expired.
  void let_time_pass() const {
    make_older("accounts.db", "requests", "since");
    make_older("accounts.db", "reservations", "expires");
    make_older("jobs.db", "leases", "leased_at");
  }

  FaultControl& board() { return board_; }
  Daemon& daemon() { return *daemon_; }

 private:
  void start(const std::string& address) {
    daemon_ = std::make_unique<Daemon>(
        folder_.path(), std::vector<std::string>{"--listen", address, "--max-active-tasks", "1"},
        std::vector<std::string>(),
        std::vector<std::string>{FAULT_CONVERTD_PROGRAM, (folder_ / "board").string()});
    if (!daemon_->ready()) throw std::runtime_error(daemon_->log());
  }

  void make_older(const char* database, const char* table, const char* column) const {
    constexpr int kLongAgo = 121'000;  // ms
    const auto ran =
        run(fmt::format("python3 -c \"import sqlite3; c = sqlite3.connect('{}', timeout=60); "
                        "c.execute('UPDATE {} SET {} = {} - {}'); c.commit()\"",
                        (daemon_->data() / database).string(), table, column, column, kLongAgo));
    EXPECT_EQ(ran.status, 0) << ran.output;
  }

  std::vector<std::string> all_tasks() const {
    RawConnection wire(daemon_->port());
    const auto answer = wire.request(request("GET", "/api/tasks", token_));
    if (!answer || answer->status != 200) return {"(none)"};
    std::vector<std::string> states;
    const std::string_view text = answer->body;
    for (auto at = text.find("\"state\":"); at != text.npos; at = text.find("\"state\":", at + 1))
      states.push_back(member(text.substr(at), "state"));
    return states;
  }

  TemporaryFolder folder_;
  FaultControl board_;
  std::unique_ptr<Daemon> daemon_;
  std::string token_;
};

/// Dies at that fault point during an upload.
void die_at(Victim& victim, const std::string& point) {
  victim.board().arm(point, 1, FaultAction::kill);
  EXPECT_FALSE(victim.upload("k")) << "the answer died with the server";
  EXPECT_FALSE(victim.daemon().ended()) << "killed by a signal: no exit status";
  ASSERT_TRUE(victim.board().happened()) << "the fault point was not reached";
}

/// Repeats the request until it is answered, and once more.
void try_again(const Victim& victim) {
  const auto early = victim.upload("k");
  ASSERT_TRUE(early);
  EXPECT_EQ(early->status, 409) << early->body;
  EXPECT_TRUE(early->field("Retry-After"));
  victim.let_time_pass();
  victim.ended_tasks();  // if the task exists already

  const auto first = victim.upload("k");
  ASSERT_TRUE(first);
  ASSERT_EQ(first->status, 200) << first->body;
  EXPECT_FALSE(first->field("Idempotency-Replayed"));
  EXPECT_EQ(victim.ended_tasks(), std::vector<std::string>{"PROCESSED"});
  const auto again = victim.upload("k");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->field("Idempotency-Replayed"), "true");
  EXPECT_EQ(again->body, first->body);
  EXPECT_EQ(again->field("Location"), first->field("Location"));
  EXPECT_EQ(victim.ended_tasks().size(), 1u);
}

TEST(Crashes, LeaveOneTaskForAnIdempotencyKey) {
  NEED_DIRECT_CONNECTION();
  SKIP_WITHOUT_PROGRAMS("python3");
  const auto points = fault_points();
  EXPECT_THAT(points, testing::IsSupersetOf(
                          {"server.reserved", "server.uploaded", "server.submitted", "server.settled"}));
  for (const auto& point : points) {
    SCOPED_TRACE(point);
    Victim victim;
    ASSERT_NO_FATAL_FAILURE(die_at(victim, point));
    victim.start_again();
    ASSERT_NO_FATAL_FAILURE(try_again(victim));
    EXPECT_EQ(victim.daemon().terminate(), 0) << victim.daemon().log();
    const auto data = victim.daemon().data();
    EXPECT_EQ(orphaned_files(data), "");
    EXPECT_LE(tasks_today(data, "ann"), 1u);
    EXPECT_EQ(reserved(data, "ann"), "");
  }
}

}  // namespace
}  // namespace convert::test
