// SPDX-License-Identifier: MIT
// A repeated request with the same Idempotency-Key creates one task.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "http/support/live_server.hpp"
#include "http/support/task_client.hpp"
#include "support/audio_samples.hpp"

namespace convert::test {
namespace {

void runs_nothing(LiveSettings& settings) { settings.starts_engine = false; }

std::vector<std::string> key(const std::string& text) { return {"-H", "Idempotency-Key: " + text}; }

TEST(Idempotency, ReplaysTheFirstResponse) {
  const LiveServer server(runs_nothing);
  const TaskClient ann(server.url(), "ann");
  const std::string path = ann.file("song.wav", wav(0.1, 1));
  const auto first = ann.create(path, {"newFormat=mp3"}, key("k-1"));
  ASSERT_EQ(first.status, 200) << first;
  EXPECT_FALSE(first.field("Idempotency-Replayed"));
  const auto again = ann.create(path, {"newFormat=mp3"}, key("k-1"));
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.field("Location"), first.field("Location"));
  EXPECT_EQ(again.field("Idempotency-Replayed"), "true");
  // Also with a different body.
  EXPECT_EQ(ann.create(ann.file("other.wav", "x"), {"newFormat=exe"}, key("k-1")).body, first.body);
  EXPECT_NE(task_id(ann.create(path, {"newFormat=mp3"}, key("k-2"))), task_id(first));
  EXPECT_EQ(blobs(server), 2u);
}

TEST(Idempotency, KeepsKeysOfOwnersApart) {
  const LiveServer server(runs_nothing);
  const TaskClient ann(server.url(), "ann");
  const TaskClient bob(server.url(), "bob");
  const auto anns = ann.create(ann.file("a.wav", "a"), {"newFormat=mp3"}, key("k"));
  const auto bobs = bob.create(bob.file("b.wav", "b"), {"newFormat=mp3"}, key("k"));
  EXPECT_EQ(member(anns.body, "name"), "a.wav");
  EXPECT_EQ(member(bobs.body, "name"), "b.wav");
  EXPECT_NE(task_id(anns), task_id(bobs));
}

TEST(Idempotency, AllowsARetryAfterAFailure) {
  const LiveServer server(runs_nothing);
  const TaskClient ann(server.url(), "ann");
  const std::string path = ann.file("song.wav", "x");
  expect_problem(ann.create(path, {"newFormat=exe"}, key("k")), 415, "unsupported_format");
  // The key is released after the answer, in another thread.
  CurlResponse good;
  for (int i = 0; i < 100; ++i) {
    good = ann.create(path, {"newFormat=mp3"}, key("k"));
    if (good.status != 409) break;
  }
  EXPECT_EQ(good.status, 200) << good;
  EXPECT_TRUE(blobs(server) == 1u);
}

TEST(Idempotency, RejectsInvalidKeys) {
  const LiveServer server(runs_nothing);
  const TaskClient ann(server.url(), "ann");
  const std::string path = ann.file("song.wav", "x");
  for (const std::string& bad : {std::string("two words"), std::string(256, 'k'), std::string("\xc3\xa9")}) {
    SCOPED_TRACE(bad);
    expect_problem(ann.create(path, {"newFormat=mp3"}, key(bad)), 400, "bad_idempotency_key");
  }
  EXPECT_EQ(ann.create(path, {"newFormat=mp3"}, key(std::string(255, 'k'))).status, 200);
}

TEST(Idempotency, CreatesOneTaskForFiftyParallelRequests) {
  const LiveServer server([](LiveSettings& settings) {
    settings.starts_engine = false;
    settings.threads = 2;
  });
  const TaskClient ann(server.url(), "ann");
  const std::string path = ann.file("song.wav", wav(0.1, 1));
  std::mutex mutex;
  std::set<std::string> made;
  int in_progress = 0;
  std::atomic<int> left = 50;
  const auto client = [&] {
    while (left.fetch_sub(1) > 0) {
      const auto answer = ann.create(path, {"newFormat=mp3"}, key("all-of-them"));
      const std::lock_guard lock(mutex);
      if (answer.status == 200) {
        made.insert(task_id(answer));
      } else {
        EXPECT_EQ(answer.status, 409) << answer;
        EXPECT_EQ(member(answer.body, "code"), "in_progress");
        EXPECT_TRUE(answer.field("Retry-After"));
        ++in_progress;
      }
    }
  };
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 16; ++i) clients.emplace_back(client);
  }
  EXPECT_EQ(made.size(), 1u);
  EXPECT_LT(in_progress, 50);
  EXPECT_EQ(ann.api().get("/api/tasks").body.find("},{\"id\""), std::string::npos);
  EXPECT_EQ(blobs(server), 1u);
}

}  // namespace
}  // namespace convert::test
