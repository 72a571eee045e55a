// SPDX-License-Identifier: MIT
// Clients that disconnect at each step: nothing that they started is left behind.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <convert/sandbox.hpp>
#include <filesystem>

#include "http/support/live_server.hpp"
#include "http/support/raw_connection.hpp"
#include "http/support/task_client.hpp"
#include "support/audio_samples.hpp"
#include "support/fault_injection.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

std::shared_ptr<Sandbox> sandbox() {
  static const auto started = must(Sandbox::start());
  return started;
}

/// Open descriptors, except those of databases: the stores open more of them for concurrent reads and keep
/// them.
std::size_t open_descriptors() {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;  // the descriptor of the iteration itself is closed by then
    const auto target = std::filesystem::read_symlink(entry.path(), gone).string();
    if (!gone && target.find(".db") == std::string::npos) ++count;
  }
  return count;
}

/// An idle server with one account, and its state at rest.
class Disconnects : public testing::Test {
 protected:
  explicit Disconnects(const std::function<void(LiveSettings&)>& adjust = {})
      : server([&](LiveSettings& settings) {
          settings.starts_engine = false;
          settings.engine.execution = sandbox();
          if (adjust) adjust(settings);
        }) {}

  void SetUp() override {
    if (through_proxy()) GTEST_SKIP() << "a proxy would change what is tested";
    // The first request opens descriptors that stay open.
    EXPECT_EQ(ann.api().get("/api/tasks").status, 200);
    at_rest = open_descriptors();
  }

  /// Whether descriptors, quota and workers are as they were at rest.
  void expect_nothing_left() {
    EXPECT_TRUE(eventually(std::chrono::seconds(30), [] { return sandbox()->statistics().busy == 0; }));
    std::string used;
    EXPECT_TRUE(eventually(std::chrono::seconds(30), [&] {
      used = ann.api().get("/api/auth/me").body;
      return used.find("\"tasks_at_once\":0}") != std::string::npos;
    })) << used;
    EXPECT_TRUE(eventually(std::chrono::seconds(30), [&] { return open_descriptors() <= at_rest; }))
        << open_descriptors() << " descriptors, at rest " << at_rest;
  }
  std::string head(const std::string& method, const std::string& path, const std::string& more = {}) const {
    return method + " " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + ann.api().token() +
           "\r\n" + more + "\r\n";
  }
  /// Closes the connection: in order, so that the server reads everything and then the end, or with a reset,
  /// which may arrive before the server has read anything.
  static void go(RawConnection& wire, bool quietly) {
    if (quietly) {
      wire.finish();
      EXPECT_TRUE(wire.closed());
    } else {
      wire.reset();
    }
  }
  /// The bytes of a complete upload request.
  std::string upload(const std::string& content, const std::string& framing = {}) const {
    const std::string form =
        "--b\r\nContent-Disposition: form-data; name=\"newFormat\"\r\n\r\nzip\r\n"
        "--b\r\nContent-Disposition: form-data; name=\"one\"; filename=\"a.wav\"\r\n\r\n" +
        content + "\r\n--b\r\nContent-Disposition: form-data; name=\"two\"; filename=\"b.wav\"\r\n\r\n" +
        content + "\r\n--b--\r\n";
    const std::string type = "Content-Type: multipart/form-data; boundary=b\r\n" + framing;
    return head("POST", "/api/tasks", type + fmt::format("Content-Length: {}\r\n", form.size())) + form;
  }

  LiveServer server;
  TaskClient ann{server.url(), "ann"};
  std::size_t at_rest = 0;
};

TEST_F(Disconnects, AfterEachByteOfAnUpload) {
  const std::string whole = upload("some bytes of sound");
  const std::size_t step = full_run() ? 1 : 7;
  for (std::size_t cut = 1; cut < whole.size(); cut += step) {
    RawConnection wire(server.port());
    ASSERT_TRUE(wire.send(std::string_view(whole).substr(0, cut)));
    go(wire, cut % 2 == 0);
  }
  expect_nothing_left();
  EXPECT_TRUE(wait_until_empty(server));
  EXPECT_EQ(ann.api().get("/api/tasks").body, "[]");
}

TEST_F(Disconnects, DuringAnUploadOfManyBlocks) {
  const std::string whole = upload(std::string(3 << 20, 'x'), "Idempotency-Key: k\r\n");
  for (const std::size_t part : {10, 25, 45, 50, 75, 99}) {
    RawConnection wire(server.port());
    const std::size_t cut = whole.size() / 100 * part;
    // While the previous request holds the key, another one is refused and reserves nothing.
    wire.send_some(std::string_view(whole).substr(0, cut), std::chrono::seconds(10));
    go(wire, part % 2 == 0);
  }
  expect_nothing_left();
  EXPECT_TRUE(wait_until_empty(server));
  // The key is free again.
  std::optional<RawResponse> answer;
  EXPECT_TRUE(eventually(std::chrono::seconds(20), [&] {
    RawConnection wire(server.port());
    answer = wire.request(whole);
    return answer && answer->status == 200;
  })) << (answer ? answer->body : "no answer");
  EXPECT_EQ(blobs(server), 2u);
}

TEST_F(Disconnects, WhileUploadsWaitForASlot) {
  const std::string whole = upload(std::string(100'000, 'x'));
  std::vector<RawConnection> wires;
  for (int i = 0; i < 60; ++i) {
    wires.emplace_back(server.port());
    ASSERT_TRUE(wires.back().send(std::string_view(whole).substr(0, whole.size() - 10)));
  }
  wires.clear();
  expect_nothing_left();
  EXPECT_TRUE(wait_until_empty(server));
}

TEST_F(Disconnects, AtEachPointOfADownload) {
  const std::string id = ann.task(ann.file("song.wav", std::string(8 << 20, 'x')), "mp3");
  EXPECT_EQ(ann.api().request("POST", "/api/tasks/" + id + "/cancel").status, 200);
  for (const std::size_t cut : {0, 1, 100, 100'000, 1'000'000}) {
    RawConnection wire(server.port(), 4'096);
    ASSERT_TRUE(wire.send(head("GET", "/api/tasks/" + id + "/input")));
    if (cut > 0) {
      ASSERT_TRUE(wire.head());
      EXPECT_EQ(wire.read(cut).size(), cut);
    }
    wire.reset();
  }
  expect_nothing_left();
}

TEST_F(Disconnects, OfEventStreams) {
  const std::string id = ann.task(ann.file("song.wav", "x"), "mp3");
  EXPECT_EQ(ann.api().request("POST", "/api/tasks/" + id + "/cancel").status, 200);
  for (int i = 0; i < 30; ++i) {
    RawConnection wire(server.port());
    ASSERT_TRUE(wire.send(head("GET", "/api/tasks/" + id + "/events")));
    if (i % 3 > 0) {
      ASSERT_TRUE(wire.head());
    }
    if (i % 3 > 1) wire.read_until("}\n\n");
    if (i % 2 == 0) wire.reset();
  }
  // Earlier than the keep-alive comment that is sent every 15 s would detect it.
  EXPECT_TRUE(eventually(std::chrono::seconds(10), [&] { return open_descriptors() <= at_rest; }));
  expect_nothing_left();
}

TEST_F(Disconnects, AtEachPointOfAStreamingConversion) {
  const std::string audio = wav(20, 1);
  const std::string whole =
      head("POST", "/api/convert?to=flac", fmt::format("Content-Length: {}\r\n", audio.size())) + audio;
  const std::size_t header = whole.size() - audio.size();
  for (const std::size_t cut : {header, header + 1, header + 43, header + 50'000, header + audio.size() / 2,
                                whole.size() - 1, whole.size()}) {
    SCOPED_TRACE(cut);
    RawConnection wire(server.port(), 4'096);
    wire.send_some(std::string_view(whole).substr(0, cut), std::chrono::seconds(5));
    wire.reset();
    expect_nothing_left();
  }
}

TEST_F(Disconnects, OfProbes) {
  const std::string audio = wav(1, 1);
  const std::string whole =
      head("POST", "/api/probe", fmt::format("Content-Length: {}\r\n", audio.size())) + audio;
  for (const std::size_t behind :
       {audio.size(), audio.size() - 1, audio.size() / 2, std::size_t{1}, std::size_t{0}}) {
    RawConnection wire(server.port());
    ASSERT_TRUE(wire.send(std::string_view(whole).substr(0, whole.size() - behind)));
    wire.reset();
  }
  expect_nothing_left();
  EXPECT_TRUE(wait_until_empty(server));
}

// The server stops while clients are connected.
TEST_F(Disconnects, OfTheServer) {
  const std::string whole = upload(std::string(3 << 20, 'x'));
  std::vector<RawConnection> wires;
  for (const std::size_t part : {1, 10, 30, 50, 70, 90}) {
    wires.emplace_back(server.port());
    ASSERT_TRUE(wires.back().send(std::string_view(whole).substr(0, whole.size() / 100 * part)));
  }
  EXPECT_TRUE(server.stop(std::chrono::milliseconds(0)));
  for (RawConnection& wire : wires) EXPECT_TRUE(wire.closed());
  EXPECT_TRUE(wait_until_empty(server));
}

// An object store that does not answer holds no upload of a client that has gone, as long as the server still
// reads: once it holds two pieces, the disconnect shows when the write ends. So one byte comes with the head.
TEST(StalledStorage, IsLeftWithItsClient) {
  if (through_proxy()) GTEST_SKIP() << "looks at what a proxy in between alters";
  std::shared_ptr<ChaosStorage> storage;
  const LiveServer server([&](LiveSettings& settings) {
    runs_nothing(settings);
    storage = std::make_shared<ChaosStorage>(settings.engine.storage, 1);
    settings.engine.storage = storage;
  });
  const TaskClient ann(server.url(), "ann");
  storage->hang(StorageCall::write);
  {
    RawConnection wire(server.port());
    wire.send("POST /api/probe HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + ann.api().token() +
              "\r\nContent-Length: 1000000\r\n\r\nx");
    ASSERT_TRUE(eventually(std::chrono::seconds(30), [&] { return storage->hanging() == 1; }));
    wire.reset();
  }
  EXPECT_TRUE(eventually(std::chrono::seconds(10), [&] { return storage->hanging() == 0; }));
  storage->hang(std::nullopt);
  EXPECT_EQ(ann.api().get("/api/tasks").status, 200);
}

}  // namespace
}  // namespace convert::test
