// SPDX-License-Identifier: MIT
// Conversion while the upload is still arriving, through the real Sandbox.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <convert/sandbox.hpp>
#include <memory>

#include "engine/fake_execution.hpp"
#include "http/support/live_server.hpp"
#include "http/support/raw_connection.hpp"
#include "http/support/task_client.hpp"
#include "support/audio_samples.hpp"
#include "support/test_files.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

/// Shared by all tests of this program, because it is slow to start.
std::shared_ptr<Sandbox> sandbox() {
  static const auto started = must(Sandbox::start());
  return started;
}

/// A server with a Sandbox. All workers must be idle again after each test.
class Streams : public testing::Test {
 protected:
  explicit Streams(const std::function<void(LiveSettings&)>& adjust = {})
      : server([&](LiveSettings& settings) {
          settings.engine.execution = sandbox();
          if (adjust) adjust(settings);
        }) {}
  void TearDown() override { EXPECT_TRUE(idle()); }

  static bool idle() {
    return eventually(std::chrono::seconds(30), [] { return sandbox()->statistics().busy == 0; });
  }
  static bool busy() {
    return eventually(std::chrono::seconds(30), [] { return sandbox()->statistics().busy > 0; });
  }

  CurlResponse convert(const std::string& query, const std::string& path,
                       std::vector<std::string> extra_arguments = {}) {
    extra_arguments.insert(extra_arguments.end(), {"-T", path});
    return ann.api().request("POST", "/api/convert" + query, std::move(extra_arguments));
  }
  std::string head(const std::string& query, const std::string& framing) const {
    return "POST /api/convert" + query + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " +
           ann.api().token() + "\r\n" + framing + "\r\n\r\n";
  }

  LiveServer server;
  TaskClient ann{server.url(), "ann"};
};

std::string chunk(std::string_view bytes) { return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes); }

TEST_F(Streams, RespondWithTheResult) {
  const std::string path = ann.file("song.wav", wav(1, 1));
  const auto mp3 = convert("?to=mp3&filename=song.wav", path);
  ASSERT_EQ(mp3.status, 200) << mp3;
  EXPECT_EQ(mp3.exit, 0);
  EXPECT_EQ(mp3.field("Content-Type"), "audio/mpeg");
  EXPECT_EQ(mp3.field("Content-Disposition"), "inline; filename=\"song.mp3\"");
  EXPECT_EQ(mp3.field("Content-Security-Policy"), "sandbox; default-src 'none'");
  const auto is_cache_control = [](const auto& field) { return field.first == "Cache-Control"; };
  EXPECT_EQ(std::count_if(mp3.fields.begin(), mp3.fields.end(), is_cache_control), 1);
  EXPECT_EQ(mp3.field("Cache-Control"), "no-store");
  EXPECT_GT(mp3.body.size(), 1'000u);
  const auto back = convert("?to=wav", ann.file("song.mp3", mp3.body));
  EXPECT_EQ(back.body.substr(0, 4), "RIFF");
  const auto options = convert("?to=.FLAC&sample_rate=8000&options=%7B%22level%22%3A0%7D", path);
  EXPECT_EQ(options.status, 200) << options;
  EXPECT_EQ(options.body.substr(0, 4), "fLaC");
  EXPECT_EQ(ann.api().get("/api/tasks").body, "[]");
  EXPECT_EQ(blobs(server), 0u);
}

TEST_F(Streams, SendTheFirstBytesBeforeTheUploadEnds) {
  NEED_DIRECT_CONNECTION();
  const std::string flac = converted(wav(30, 1), "format=flac");
  RawConnection wire(server.port());
  ASSERT_TRUE(wire.send(head("?to=mp3", "Transfer-Encoding: chunked")));
  ASSERT_TRUE(wire.send(chunk(std::string_view(flac).substr(0, flac.size() / 2))));
  const auto answer = wire.head();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  const std::string begin = wire.read(10'000);
  EXPECT_EQ(begin.size(), 10'000u);
  ASSERT_TRUE(wire.send(chunk(std::string_view(flac).substr(flac.size() / 2)) + "0\r\n\r\n"));
  const std::string end = wire.read_until("\r\n0\r\n\r\n");
  EXPECT_THAT(end, testing::EndsWith("\r\n0\r\n\r\n"));
  EXPECT_GT(begin.size() + end.size(), 150'000u);  // half a minute of MP3
}

TEST_F(Streams, RejectABadFileWithAStatus) {
  const auto answer =
      convert("?to=mp3", ann.file("bad.wav", "these are only words, many of them, and no sound"));
  expect_problem(answer, 422, "unrecognized_input");
  expect_problem(convert("?to=exe", ann.file("a.wav", "x")), 415, "unsupported_format");
  expect_problem(convert("", ann.file("a.wav", "x")), 400, "no_format");
  expect_problem(convert("?to=mp3&colour=red", ann.file("a.wav", "x")), 400, "unsupported");
}

TEST_F(Streams, SendTheSameBytesWithHttp10) {
  const std::string path = ann.file("song.wav", wav(1, 1));
  const auto newer = convert("?to=flac", path);
  const auto older = convert("?to=flac", path, {"-0"});
  EXPECT_EQ(older.status, 200) << older;
  EXPECT_EQ(older.exit, 0);
  EXPECT_TRUE(older.body == newer.body);
}

TEST_F(Streams, DropTheRestOfAnUnneededBody) {
  const std::string audio = wav(60, 1);
  const auto answer = convert("?to=flac&end=1", ann.file("song.wav", audio));
  EXPECT_EQ(answer.status, 200) << answer;
  EXPECT_EQ(answer.body.substr(0, 4), "fLaC");
}

// --- Back pressure ---------------------------------------------------------------------------------------

/// The header of a WAV file with that many bytes of audio.
std::string wav_header(std::uint32_t bytes) {
  std::string header = wave(44'100, 2, {});
  for (int i = 0; i < 4; ++i) {
    header[static_cast<std::size_t>(4 + i)] = static_cast<char>((bytes + 36) >> (8 * i) & 0xff);
    header[static_cast<std::size_t>(40 + i)] = static_cast<char>(bytes >> (8 * i) & 0xff);
  }
  return header;
}

TEST_F(Streams, ApplyBackpressure) {
  NEED_DIRECT_CONNECTION();
  constexpr std::uint32_t kAudio = 200 << 20;
  RawConnection wire(server.port(), 4'096);
  ASSERT_TRUE(
      wire.send(head("?to=wav", fmt::format("Content-Length: {}", kAudio + 44)) + wav_header(kAudio)));
  const std::string silence(kMiB, '\0');
  std::uint64_t sent = 0;
  while (sent < kAudio) {
    const std::size_t taken = wire.send_some(silence, std::chrono::seconds(2));
    sent += taken;
    if (taken < silence.size()) break;
  }
  EXPECT_LT(sent, kAudio / 4);  // what the buffers of sockets and pipes hold
  EXPECT_EQ(wire.read(1'000).size(), 1'000u);
  wire.reset();
}

// --- Ends ------------------------------------------------------------------------------------------------

TEST_F(Streams, StopTheWorkerIfTheSendingClientDisconnects) {
  NEED_DIRECT_CONNECTION();
  const auto killed = sandbox()->statistics().killed;
  const std::string audio = wav(10, 1);
  {
    RawConnection wire(server.port());
    ASSERT_TRUE(wire.send(head("?to=mp3", fmt::format("Content-Length: {}", audio.size()))));
    ASSERT_TRUE(wire.send(std::string_view(audio).substr(0, audio.size() / 2)));
    ASSERT_TRUE(busy());
    wire.reset();
  }
  EXPECT_TRUE(idle());
  EXPECT_EQ(sandbox()->statistics().killed, killed + 1);
}

TEST_F(Streams, StopTheWorkerIfTheReadingClientDisconnects) {
  NEED_DIRECT_CONNECTION();
  const auto killed = sandbox()->statistics().killed;
  const std::string audio = wav(120, 1);
  {
    RawConnection wire(server.port(), 4'096);
    ASSERT_TRUE(wire.send(
        head("?to=wav&sample_rate=192000&channels=2", fmt::format("Content-Length: {}", audio.size()))));
    wire.send_some(audio, std::chrono::seconds(2));
    ASSERT_TRUE(wire.head());
    EXPECT_EQ(wire.read(1'000).size(), 1'000u);
    ASSERT_TRUE(busy());
    wire.reset();
  }
  EXPECT_TRUE(idle());
  EXPECT_EQ(sandbox()->statistics().killed, killed + 1);
}

/// The whole body and a part of the result were sent. No read or write is pending, so only polling detects
/// the disconnect.
TEST(StreamsThatWait, EndWhenTheClientDisconnects) {
  NEED_DIRECT_CONNECTION();
  const auto fake = std::make_shared<FakeExecution>();
  const LiveServer server([&](LiveSettings& settings) { settings.engine.execution = fake; });
  const TaskClient ann(server.url(), "ann");
  for (const bool reset : {false, true}) {
    SCOPED_TRACE(reset);
    const auto before = fake->started().size();
    RawConnection wire(server.port());
    ASSERT_TRUE(wire.send("POST /api/convert?to=upper HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " +
                          ann.api().token() + "\r\nContent-Length: 5\r\n\r\nblock"));
    ASSERT_TRUE(fake->wait_for_started(before + 1));
    reset ? wire.reset() : wire.finish();
    std::string used;
    EXPECT_TRUE(eventually(std::chrono::seconds(30), [&] {
      used = ann.api().get("/api/auth/me").body;
      return used.find("\"tasks_at_once\":0}") != std::string::npos;
    })) << used;
  }
}

class SmallStreams : public Streams {
 protected:
  SmallStreams()
      : Streams([](LiveSettings& settings) {
          settings.server.default_quota = {{}, 2 * kMiB, {}, {}};
          settings.server.max_streaming_conversions = 1;
        }) {}
};

TEST_F(SmallStreams, AbortTheConnectionAfterALateFailure) {
  NEED_DIRECT_CONNECTION();
  const std::string path = ann.file("song.wav", wav(120, 1));  // 5 MB
  const auto cut = convert("?to=wav&sample_rate=44100", path, {"-H", "Transfer-Encoding: chunked"});
  EXPECT_EQ(cut.status, 200) << cut;
  EXPECT_TRUE(cut.exit == 18 || cut.exit == 56 || cut.exit == 55) << cut;
  expect_problem(convert("?to=wav", path), 413, "too_large");
}

TEST_F(SmallStreams, AreLimited) {
  NEED_DIRECT_CONNECTION();
  const std::string audio = wav(10, 1);
  RawConnection wire(server.port());
  ASSERT_TRUE(wire.send(head("?to=mp3", fmt::format("Content-Length: {}", audio.size()))));
  ASSERT_TRUE(busy());
  const std::string path = ann.file("song.wav", audio);
  const auto refused = convert("?to=mp3", path);
  expect_problem(refused, 503, "busy");
  EXPECT_TRUE(refused.field("Retry-After"));
  wire.reset();
  EXPECT_TRUE(eventually(std::chrono::seconds(30), [&] { return convert("?to=mp3", path).status == 200; }));
}

TEST_F(Streams, StopTheWorkerWhenTheServerStops) {
  NEED_DIRECT_CONNECTION();
  RawConnection wire(server.port());
  ASSERT_TRUE(wire.send(head("?to=mp3", "Content-Length: 1000000")));
  ASSERT_TRUE(busy());
  EXPECT_TRUE(server.stop(std::chrono::milliseconds(0)));
  EXPECT_TRUE(wire.closed());
  EXPECT_TRUE(idle());
}

}  // namespace
}  // namespace convert::test
