// SPDX-License-Identifier: MIT
// A subscriber of a task receives each event once across restarts of convertd.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <convert/job_store.hpp>
#include <memory>
#include <string>
#include <vector>

#include "http/support/convertd_process.hpp"
#include "http/support/event_stream_client.hpp"
#include "http/support/task_client.hpp"
#include "support/audio_samples.hpp"
#include "support/test_files.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

using testing::ElementsAreArray;
using testing::EndsWith;

enum class End { stop, kill };

std::string_view name_of(JobState state) {
  switch (state) {
    case JobState::queued:
      return "UPLOADED";
    case JobState::running:
      return "PROCESSING";
    case JobState::succeeded:
      return "PROCESSED";
    case JobState::failed:
      return "ERROR";
    case JobState::cancelled:
      break;
  }
  return "CANCELLED";
}

/// The states of a task in the store.
std::vector<ReportedState> logged(const std::filesystem::path& jobs, const std::string& id) {
  std::vector<ReportedState> states;
  for (const Change& change : must(must(sqlite_job_store(jobs))->changes(0, 10'000))) {
    if (std::to_string(change.job) == id)
      states.push_back({change.revision, std::string(name_of(change.state))});
  }
  return states;
}

std::vector<ReportedState> between(const std::vector<ReportedState>& states, std::int64_t seen,
                                   std::int64_t last) {
  std::vector<ReportedState> found;
  for (const ReportedState& state : states) {
    if (state.id > seen && state.id <= last) found.push_back(state);
  }
  return found;
}

class Resumption : public testing::TestWithParam<End> {
 protected:
  void start() {
    const auto address = fmt::format("127.0.0.1:{}", port);
    daemon = std::make_unique<Daemon>(folder.path(), std::vector<std::string>{"--listen", address});
    ASSERT_TRUE(daemon->ready()) << daemon->log();
    port = daemon->port();
  }

  void end() {
    if (GetParam() == End::kill) return daemon->kill();
    EXPECT_EQ(daemon->terminate(), 0) << daemon->log();
  }

  /// Subscribes to a task: to its present state and all later ones, or to the events after `seen`.
  EventStreamClient listen(const TaskClient& client, const std::string& id,
                           std::optional<std::int64_t> seen = {}) const {
    const auto field = seen ? fmt::format("Last-Event-ID: {}\r\n", *seen) : std::string();
    return {port, client.api().token(), "/api/tasks/" + id + "/events", field};
  }

  /// Runs the conversion again.
  static void convert_anew(const TaskClient& client, const std::string& id, const std::string& format) {
    const auto answer = client.api().send("PUT", "/api/tasks/" + id, FieldsAs::json, {{"newFormat", format}});
    EXPECT_EQ(answer.status, 200) << answer;
    EXPECT_EQ(client.ended(id), "PROCESSED");
  }

  static std::string until_processed(EventStreamClient& listener) {
    std::string events = listener.until("\"state\":\"PROCESSED\"");
    return events + listener.until("\n\n");
  }

  TemporaryFolder folder;
  std::unique_ptr<Daemon> daemon;
  std::uint16_t port = 0;
};

TEST_P(Resumption, DeliversEachEventOnce) {
  NEED_DIRECT_CONNECTION();
  ASSERT_NO_FATAL_FAILURE(start());
  const TaskClient ann(daemon->url(), "ann");
  const auto id = ann.task(ann.file("song.wav", wav(0.2, 1)), "mp3");
  std::int64_t seen = 0;
  {
    EventStreamClient listener = listen(ann, id);
    const auto reported = states_in(until_processed(listener));
    ASSERT_FALSE(reported.empty());
    seen = reported.back().id;
  }
  // Without a subscriber: one change before the end and one after it, with changes of another task in
  // between.
  convert_anew(ann, id, "ogg");
  ann.ended(ann.task(ann.file("other.wav", wav(0.2, 2)), "flac"));
  end();
  ASSERT_NO_FATAL_FAILURE(start());
  convert_anew(ann, id, "flac");
  const auto now = states_in(listen(ann, id).until("}\n\n")).at(0).id;

  EventStreamClient late = listen(ann, id, seen);
  std::string missed = late.until(fmt::format("\nid: {}\n", now));
  missed += late.until("\n\n");
  EventStreamClient early = listen(ann, id, now);
  convert_anew(ann, id, "mp3");
  std::string since = until_processed(late);
  EXPECT_EQ(daemon->terminate(), 0) << daemon->log();
  since += late.rest();
  EXPECT_THAT(since, EndsWith("0\r\n\r\n"));

  const auto states = logged(daemon->data() / "jobs.db", id);
  const auto expected = between(states, seen, now);
  EXPECT_EQ(expected.size(), 6u) << "two conversions";
  EXPECT_THAT(states_in(missed), ElementsAreArray(expected));
  // Intermediate states may be skipped while a client is subscribed; the final state and each event arrive
  // once.
  const auto extra_arguments = between(states, now, states.back().id);
  for (const auto& reported : {states_in(since), states_in(early.rest())}) {
    ASSERT_FALSE(reported.empty());
    EXPECT_EQ(reported.back(), extra_arguments.back());
    std::int64_t before = now;
    for (const ReportedState& state : reported) {
      EXPECT_THAT(extra_arguments, testing::Contains(state));
      EXPECT_GT(state.id, before);
      before = state.id;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(BehindThe, Resumption, testing::Values(End::stop, End::kill),
                         [](const auto& end) { return end.param == End::stop ? "Stop" : "Kill"; });

}  // namespace
}  // namespace convert::test
