// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include <cmath>
#include <cstring>

#include <convert/convert.hpp>

#include "support/shell_command.hpp"
#include "test_host.hpp"

namespace convert::sandbox::test {
namespace {

/// A WAV file with two tones.
std::vector<std::byte> wav(double seconds) {
  constexpr std::uint32_t kRate = 44'100;
  const auto frames = static_cast<std::uint32_t>(seconds * kRate);
  std::vector<std::byte> bytes;
  const auto text = [&](const char* word) {
    const auto part = std::as_bytes(std::span(word, 4));
    bytes.insert(bytes.end(), part.begin(), part.end());
  };
  const auto number = [&](std::uint32_t value, int count) {
    for (int i = 0; i < count; ++i) bytes.push_back(static_cast<std::byte>(value >> (8 * i)));
  };
  text("RIFF"), number(36 + frames * 4, 4), text("WAVE"), text("fmt ");
  number(16, 4), number(1, 2), number(2, 2), number(kRate, 4), number(kRate * 4, 4), number(4, 2),
      number(16, 2);
  text("data"), number(frames * 4, 4);
  for (std::uint32_t i = 0; i < frames; ++i) {
    const auto value = static_cast<int>(9'000 * std::sin(0.05 * i) + 3'000 * std::sin(0.31 * i));
    number(static_cast<std::uint16_t>(value), 2), number(static_cast<std::uint16_t>(value / 2), 2);
  }
  return bytes;
}

CallRequest conversion(std::string_view format) {
  CallRequest work;
  work.spec.format = format;
  work.threads = 2;
  return work;
}

std::string why(const CallOutcome& answered) {
  if (!answered.has_finished) return "it ended with status " + std::to_string(answered.status);
  if (const auto* error = std::get_if<Error>(&answered.finished.result)) return error->message;
  return {};
}

bool converted(const CallOutcome& answered) {
  return answered.has_finished && std::holds_alternative<Report>(answered.finished.result);
}

TEST(Worker, ReportsItsConfinement) {
  TestHost host;
  EXPECT_FALSE(host.hello().failure) << host.hello().failure->message;
  EXPECT_EQ(host.hello().build, version());
  EXPECT_THAT(host.hello().confinement, testing::StartsWith("seccomp, resource limits"));
  EXPECT_EQ(host.hello().formats.size(), Library().formats().size());
  RecordProperty("confinement", host.hello().confinement);
  std::cout << host.hello().confinement << '\n';
}

// The confinement permits everything that conversions need: every format, in both directions, on two threads.
TEST(Worker, ConvertsEveryFormatConfined) {
  TestHost host;
  const auto source = wav(6);
  const Library library;
  for (const Format& format : library.formats()) {
    if (!format.writable) continue;
    SCOPED_TRACE(std::string(format.name));
    const auto there = host.call(conversion(format.name), source);
    ASSERT_TRUE(converted(there)) << why(there);
    ASSERT_EQ(there.outputs.size(), 1u);
    const auto& bytes = there.outputs.begin()->second;
    ASSERT_FALSE(bytes.empty());
    if (!format.readable) continue;
    CallRequest probe;
    probe.call = CallRequest::Call::probe;
    const auto probed = host.call(probe, bytes);
    EXPECT_TRUE(std::holds_alternative<MediaInfo>(probed.finished.result)) << why(probed);
    const bool archive = format.family == Family::archive;
    const auto back = host.call(conversion(archive ? "tar" : "wav"), bytes, Transfer::messages);
    EXPECT_TRUE(converted(back)) << why(back);
    EXPECT_GT(back.reads, 0u);
  }
}

TEST(Worker, ProducesTheOutputOfTheLibrary) {
  TestHost host;
  const auto source = wav(1);
  for (const Transfer way : {Transfer::descriptors, Transfer::messages}) {
    const auto answered = host.call(conversion("mp3"), source, way);
    ASSERT_TRUE(converted(answered)) << why(answered);
    std::vector<std::byte> here;
    const auto reader = memory_reader(source);
    const Input input{reader.get(), "input"};
    OutputSpec spec;
    spec.format = "mp3";
    ASSERT_TRUE(Library().convert(std::span(&input, 1), *single_output(memory_writer(here)), spec));
    EXPECT_EQ(answered.outputs.begin()->second, here);
  }
}

TEST(Worker, RequestsDescriptorsOnlyForLargeOutputs) {
  TestHost host;
  for (const Transfer way : {Transfer::descriptors, Transfer::messages}) {
    const auto small = host.call(conversion("mp3"), wav(1), way);
    ASSERT_TRUE(converted(small)) << why(small);
    EXPECT_EQ(small.descriptor_requests, 0u);
    EXPECT_EQ(small.writes, 1u);
    const auto source = wav(5);
    const auto large = host.call(conversion("wav"), source, way);
    ASSERT_TRUE(converted(large)) << why(large);
    EXPECT_EQ(large.descriptor_requests, 1u);
    EXPECT_EQ(large.writes == 0, way == Transfer::descriptors);
    EXPECT_GT(large.outputs.begin()->second.size(), source.size());  // the output has tags
  }
}

TEST(Worker, ExitsWhenTheChannelCloses) {
  TestHost host;
  auto worker = host.fork();
  worker.channel.reset();
  const int status = host.status_of(worker);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), kExitDone);
}

TEST(Worker, ExitsWhileItWaitsForAReply) {
  TestHost host;
  auto worker = host.fork();
  CallRequest work = conversion("mp3");
  work.inputs = {{"input", 1'000, true, false}};
  ASSERT_TRUE(send_message(*worker.channel, work));
  const auto request = worker.channel->receive();  // a ReadInput that is not answered
  ASSERT_TRUE(request);
  worker.channel.reset();
  EXPECT_TRUE(WIFEXITED(host.status_of(worker)));
}

TEST(Worker, ExitsAfterAnInvalidMessage) {
  TestHost host;
  auto worker = host.fork();
  const std::array<std::byte, 3> nonsense{std::byte{1}, std::byte{2}, std::byte{3}};
  ASSERT_TRUE(worker.channel->send(200, nonsense));
  const int status = host.status_of(worker);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), kExitBrokenChannel);
}

TEST(Worker, ReportsTheErrorsOfTheLibrary) {
  TestHost host;
  const std::vector<std::byte> noise(4'000, std::byte{0x55});
  const auto answered = host.call(conversion("mp3"), noise);
  ASSERT_TRUE(answered.has_finished);
  const auto* error = std::get_if<Error>(&answered.finished.result);
  ASSERT_NE(error, nullptr);
  EXPECT_EQ(error->code, Errc::unrecognized_input);
}

TEST(Worker, ExplainsItselfWhenStartedByHand) {
  const auto ran = convert::test::run(CONVERT_WORKER);
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.output, testing::HasSubstr("convert::Sandbox"));
}

TEST(Worker, SettingsSurviveARoundTrip) {
  const ZygoteSettings settings{123, 45, 6'789, 10, true};
  EXPECT_EQ(parse_settings(to_argument(settings)), settings);
  for (const char* wrong :
       {"", "zygote:", "zygote:1:2:3:4", "zygote:1:2:3:4:2", "zygote:1:2:3:4:1:", "1:2:3:4:1"}) {
    EXPECT_FALSE(parse_settings(wrong)) << wrong;
  }
}

// A compromised worker may ignore its channel. A stopped worker behaves the same.
TEST(Worker, EndsWithItsHostEvenIfStopped) {
  auto host = std::make_unique<TestHost>();
  const auto worker = host->fork();
  ASSERT_EQ(::kill(worker.ready.pid, SIGSTOP), 0);
  host.reset();
  pollfd ended{worker.pidfd.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&ended, 1, 0), 1);
}

}  // namespace
}  // namespace convert::sandbox::test
