// SPDX-License-Identifier: MIT
// Quotas over real sockets: refused before the body is read, and exact under concurrent requests.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "http/support/live_server.hpp"
#include "http/support/raw_connection.hpp"
#include "http/support/task_client.hpp"
#include "support/audio_samples.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

/// A server that runs no job, with that quota for all accounts.
std::function<void(LiveSettings&)> with(server::Quota quota) {
  return [quota](LiveSettings& settings) {
    settings.starts_engine = false;
    settings.server.default_quota = quota;
    settings.threads = 2;
  };
}

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

/// Repeats the request until the quota of a refused upload, which is released after its answer, is available.
CurlResponse soon(const std::function<CurlResponse()>& send_request) {
  CurlResponse answer;
  eventually(std::chrono::seconds(20), [&] {
    answer = send_request();
    return answer.status == 200;
  });
  return answer;
}

TEST(Quotas, RejectATooLargeUploadBeforeReadingTheBody) {
  NEED_DIRECT_CONNECTION();
  const LiveServer server(with({100 * kMiB, 5 * kMiB, 0, 0}));
  const TaskClient ann(server.url(), "ann");
  const auto refused = [&](std::uint64_t length) {
    RawConnection wire(server.port());
    wire.send("POST /api/tasks?newFormat=mp3 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " +
              ann.api().token() + "\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: " +
              std::to_string(length) + "\r\nExpect: 100-continue\r\n\r\n");
    const auto answer = wire.read_response();
    return answer ? answer->line + " " + member(answer->body, "code") : "nothing";
  };
  EXPECT_EQ(refused(200 * kMiB), "HTTP/1.1 413 Content Too Large too_large");
  EXPECT_EQ(refused(7 * kMiB), "HTTP/1.1 413 Content Too Large too_large");
  EXPECT_EQ(refused(5 * kMiB + kMiB / 2), "HTTP/1.1 413 Content Too Large too_large");
}

TEST(Quotas, RejectExceededStorageBeforeReadingTheBody) {
  const LiveServer server(with({2 * kMiB, 0, 0, 0}));
  const TaskClient ann(server.url(), "ann");
  const std::string large = ann.file("large.wav", std::string(3 * kMiB, 'x'));
  const std::string half = ann.file("half.wav", std::string(kMiB, 'x'));
  expect_problem(ann.create(large, {"newFormat=mp3"}), 413, "quota_storage");
  EXPECT_EQ(soon([&] { return ann.create(half, {"newFormat=mp3"}); }).status, 200);
  expect_problem(ann.create(half, {"newFormat=mp3"}), 413, "quota_storage");
  const auto list = ann.api().get("/api/tasks");
  EXPECT_EQ(ann.api().request("DELETE", "/api/tasks/" + task_id(list)).status, 200);
  EXPECT_EQ(soon([&] { return ann.create(half, {"newFormat=mp3"}); }).status, 200);
}

TEST(Quotas, ShowFreedStorageImmediately) {
  const LiveServer server(with({2 * kMiB, 0, 0, 0}));
  const TaskClient ann(server.url(), "ann");
  const std::string file = ann.file("a.wav", std::string(1000, 'x'));
  const auto made = ann.create(file, {"newFormat=mp3"});
  ASSERT_EQ(made.status, 200) << made.body;
  const auto used = [&] { return ann.api().get("/api/auth/me").body; };
  EXPECT_THAT(used(), testing::HasSubstr(R"("used":{"storage_bytes":1000)"));
  EXPECT_EQ(ann.api().request("DELETE", "/api/tasks/" + task_id(made)).status, 200);
  EXPECT_THAT(used(), testing::HasSubstr(R"("used":{"storage_bytes":0)"));
}

TEST(Quotas, RejectABodyOfUnknownLengthAtTheLimit) {
  const LiveServer server(with({0, kMiB, 0, 0}));
  const TaskClient ann(server.url(), "ann");
  const std::string large = ann.file("large.wav", std::string(3 * kMiB, 'x'));
  const auto chunked = ann.create(large, {"newFormat=mp3"}, {"-H", "Transfer-Encoding: chunked"});
  expect_problem(chunked, 413, "too_large");
  EXPECT_TRUE(wait_until_empty(server));
}

TEST(Quotas, GrowTheReservationOfABodyOfUnknownLength) {
  const LiveServer server(with({80 * kMiB, 0, 0, 0}));
  const TaskClient ann(server.url(), "ann");
  const std::string path = ann.file("song.wav", std::string(2 * kMiB, 'x'));
  const std::vector<std::string> chunked{"-H", "Transfer-Encoding: chunked"};
  EXPECT_EQ(ann.create(path, {"newFormat=mp3"}, chunked).status, 200);
  const TaskClient bob(server.url(), "bob");
  const std::string max_value = bob.file("most.wav", std::string(79 * kMiB, 'x'));
  EXPECT_EQ(bob.create(max_value, {"newFormat=mp3"}).status, 200);
  expect_problem(bob.create(path, {"newFormat=mp3"}, chunked), 413, "quota_storage");
  EXPECT_EQ(blobs(server), 2u);
}

TEST(Quotas, AllowABodyOfUnknownLengthUpToTheLastByte) {
  const LiveServer server(with({4 * kMiB, 0, 0, 0}));
  const TaskClient ann(server.url(), "ann");
  const std::vector<std::string> chunked{"-H", "Transfer-Encoding: chunked"};
  const std::string more = ann.file("more.wav", std::string(4 * kMiB + 1, 'x'));
  expect_problem(ann.create(more, {"newFormat=mp3"}, chunked), 413, "quota_storage");
  const std::string begin = ann.file("begin.wav", std::string(4 * kMiB - 92'000, 'x'));
  EXPECT_EQ(soon([&] { return ann.create(begin, {"newFormat=mp3"}, chunked); }).status, 200);
  const std::string end = ann.file("end.wav", std::string(92'000, 'x'));
  EXPECT_EQ(soon([&] { return ann.create(end, {"newFormat=mp3"}, chunked); }).status, 200);
  expect_problem(ann.create(ann.file("one.wav", "x"), {"newFormat=mp3"}, chunked), 413, "quota_storage");
}

TEST(Quotas, ReportTooLargeBeforeQuotaStorage) {
  const LiveServer server(with({3 * kMiB, 3 * kMiB, 0, 0}));
  const TaskClient ann(server.url(), "ann");
  const std::string large = ann.file("large.wav", std::string(3'300'000, 'x'));
  const auto chunked = ann.create(large, {"newFormat=mp3"}, {"-H", "Transfer-Encoding: chunked"});
  expect_problem(chunked, 413, "too_large");
}

TEST(Quotas, LimitTasksPerDay) {
  const LiveServer server(with({0, 0, 3, 0}));
  const TaskClient ann(server.url(), "ann");
  const std::string path = ann.file("song.wav", "x");
  const std::string id = ann.task(path, "mp3");
  EXPECT_EQ(ann.create(path, {"newFormat=mp3"}).status, 200);
  EXPECT_EQ(ann.api().send("PUT", "/api/tasks/" + id, FieldsAs::json, {{"newFormat", "ogg"}}).status, 200);
  const auto refused = ann.create(path, {"newFormat=mp3"});
  expect_problem(refused, 429, "quota_tasks");
  EXPECT_TRUE(refused.field("Retry-After"));
  expect_problem(ann.api().send("PUT", "/api/tasks/" + id, FieldsAs::json, {{"newFormat", "flac"}}), 429,
                 "quota_tasks");
  expect_problem(ann.api().request("POST", "/api/convert?to=mp3", {"--data-binary", "x"}), 429,
                 "quota_tasks");
}

TEST(Quotas, RejectNewWorkAboveTheStorageLimit) {
  const LiveServer server([](LiveSettings& settings) { settings.server.default_quota = {100'000, 0, 0, 0}; });
  const TaskClient ann(server.url(), "ann");
  const std::string path = ann.file("song.wav", wav_clip());
  const auto change = [&](const std::string& id) {
    return ann.api().send("PUT", "/api/tasks/" + id, FieldsAs::json, {{"newFormat", "ogg"}});
  };
  const std::string small = ann.task(path, "mp3");
  ASSERT_EQ(ann.ended(small), "PROCESSED");
  const auto made = ann.create(path, {"newFormat=wav", R"(options={"sample_rate":192000,"channels":8})"});
  const std::string large = task_id(made);
  ASSERT_EQ(ann.ended(large), "PROCESSED") << made.body;
  expect_problem(ann.create(path, {"newFormat=mp3"}), 413, "quota_storage");
  expect_problem(change(small), 413, "quota_storage");
  EXPECT_EQ(change(large).status, 200) << "its old result is dropped";
  ASSERT_EQ(ann.ended(large), "PROCESSED");
  EXPECT_EQ(change(small).status, 200);
}

TEST(Quotas, LimitActiveTasks) {
  const LiveServer server(with({0, 0, 0, 2}));
  const TaskClient ann(server.url(), "ann");
  const std::string path = ann.file("song.wav", "x");
  const std::string one = ann.task(path, "mp3");
  ann.task(path, "mp3");
  expect_problem(ann.create(path, {"newFormat=mp3"}), 429, "quota_at_once");
  // An unfinished task may be replaced.
  EXPECT_EQ(ann.api().send("PUT", "/api/tasks/" + one, FieldsAs::json, {{"newFormat", "ogg"}}).status, 200);
  EXPECT_EQ(ann.api().request("POST", "/api/tasks/" + one + "/cancel").status, 200);
  EXPECT_EQ(soon([&] { return ann.create(path, {"newFormat=mp3"}); }).status, 200);
  expect_problem(ann.api().send("PUT", "/api/tasks/" + one, FieldsAs::json, {{"newFormat", "ogg"}}), 429,
                 "quota_at_once");
}

TEST(Quotas, HoldForParallelUploads) {
  const LiveServer server(with({0, 0, 0, 5}));
  const TaskClient ann(server.url(), "ann");
  const std::string path = ann.file("song.wav", wav(0.1, 1));
  std::atomic<int> made = 0;
  std::atomic<int> refused = 0;
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 20; ++i) {
      clients.emplace_back([&] {
        const auto answer = ann.create(path, {"newFormat=mp3"});
        if (answer.status == 200) {
          ++made;
        } else {
          EXPECT_EQ(member(answer.body, "code"), "quota_at_once") << answer;
          ++refused;
        }
      });
    }
  }
  EXPECT_LE(made, 5);
  EXPECT_EQ(made + refused, 20);
  // All concurrent requests for the last place may have failed; then it is free.
  while (made < 5 && soon([&] { return ann.create(path, {"newFormat=mp3"}); }).status == 200) ++made;
  EXPECT_EQ(made, 5);
  expect_problem(ann.create(path, {"newFormat=mp3"}), 429, "quota_at_once");
  EXPECT_EQ(blobs(server), 5u);
}

TEST(Quotas, LimitParallelUploadsInTotal) {
  NEED_DIRECT_CONNECTION();
  const LiveServer server([](LiveSettings& settings) {
    settings.starts_engine = false;
    settings.server.max_uploads = 1;
  });
  const TaskClient ann(server.url(), "ann");
  RawConnection wire(server.port());
  wire.send("POST /api/tasks?newFormat=mp3 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " +
            ann.api().token() +
            "\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000\r\n"
            "Expect: 100-continue\r\n\r\n");
  EXPECT_EQ(wire.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  const std::string path = ann.file("song.wav", "x");
  const auto refused = ann.create(path, {"newFormat=mp3"});
  expect_problem(refused, 503, "busy");
  EXPECT_TRUE(refused.field("Retry-After"));
  wire.reset();
  EXPECT_EQ(soon([&] { return ann.create(path, {"newFormat=mp3"}); }).status, 200);
}

}  // namespace
}  // namespace convert::test
