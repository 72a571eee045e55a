// SPDX-License-Identifier: MIT
#include "sandbox/protocol/messages.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <utility>

#include "base/utf8.hpp"
#include "sandbox/protocol/serialization.hpp"

namespace convert::sandbox {
namespace {

/// Two connected channels.
struct Ends {
  explicit Ends(std::size_t descriptors = 8)
      : ends(Channel::pair().value()),
        near(std::move(ends.first)),
        far(std::move(ends.second), ChannelLimits{std::size_t{1} << 20, descriptors}) {}
  std::pair<base::Descriptor, base::Descriptor> ends;
  Channel near;
  Channel far;
};

template <class Message>
Packet packed(const Message& message) {
  Ends ends;
  EXPECT_TRUE(send_message(ends.near, message));
  return ends.far.receive().value();
}

template <class Message>
Message round_trip(const Message& message) {
  auto again = parse_message<Message>(packed(message));
  EXPECT_TRUE(again) << again.error().message;
  return std::move(again).value();
}

CallResult a_probe() {
  MediaInfo info;
  info.format = "mp3";
  info.title = "MP3";
  info.family = Family::archive;
  info.size = 17;
  info.duration = std::chrono::nanoseconds(5);
  info.streams.push_back({1,
                          StreamKind::cover,
                          "png",
                          "eng",
                          true,
                          std::chrono::nanoseconds(-3),
                          {},
                          5,
                          44100,
                          2,
                          "stereo",
                          16,
                          1000,
                          3,
                          4,
                          25.5,
                          99});
  info.tags = {{"title", "Song"}, {"artist", "Zo\xC3\xAB"}};
  info.chapters.push_back({std::chrono::nanoseconds(1), std::chrono::nanoseconds(2), "One"});
  info.entries.push_back(
      {"a/b", EntryInfo::Kind::link, 12, std::chrono::sys_seconds(std::chrono::seconds(9)), 0644});
  info.warnings.push_back({WarningCode::incomplete, "Not all."});
  info.consumed = {std::byte{1}, std::byte{2}};
  return {info};
}

TEST(Messages, PreservesAMediaInfo) {
  const auto info = std::get<MediaInfo>(round_trip(a_probe()).result);
  EXPECT_EQ(info.format, "mp3");
  EXPECT_EQ(info.family, Family::archive);
  EXPECT_EQ(info.size, 17U);
  ASSERT_EQ(info.streams.size(), 1U);
  EXPECT_EQ(info.streams[0].kind, StreamKind::cover);
  EXPECT_EQ(info.streams[0].start, std::chrono::nanoseconds(-3));
  EXPECT_FALSE(info.streams[0].duration);
  EXPECT_EQ(info.streams[0].frame_rate, 25.5);
  EXPECT_EQ(info.streams[0].size, 99U);
  EXPECT_EQ(info.tags.at("artist"), "Zo\xC3\xAB");
  EXPECT_EQ(info.chapters.at(0).title, "One");
  EXPECT_EQ(info.entries.at(0).modified.time_since_epoch(), std::chrono::seconds(9));
  EXPECT_EQ(info.entries.at(0).mode, 0644U);
  EXPECT_EQ(info.warnings.at(0).code, WarningCode::incomplete);
  EXPECT_EQ(info.consumed.size(), 2U);
}

TEST(Messages, PreservesACallRequest) {
  CallRequest work;
  work.call = CallRequest::Call::plan;
  work.spec = {"m4a",
               "aac",
               1,
               2.5,
               3,
               4,
               SampleFormat::f32,
               std::chrono::nanoseconds(5),
               std::chrono::nanoseconds(6),
               0.5,
               -16.0,
               -1.0,
               7,
               MetadataPolicy::strip,
               {{"k", "v"}},
               8,
               "entr\xFF"};
  work.inputs = {{"name", 5, true, true, 0640}, {"\xFF not text", {}, false, false}};
  work.limits.archive_ratio = std::numeric_limits<double>::infinity();
  work.limits.metadata_bytes = 3;
  work.threads = 9;
  work.time_left = std::chrono::nanoseconds(10);
  const CallRequest again = round_trip(work);
  EXPECT_EQ(again.call, work.call);
  EXPECT_EQ(again.spec, work.spec);
  ASSERT_EQ(again.inputs.size(), 2U);
  EXPECT_EQ(again.inputs[0].size, 5U);
  EXPECT_TRUE(again.inputs[0].has_descriptor);
  EXPECT_EQ(again.inputs[0].mode, 0640U);
  EXPECT_EQ(again.inputs[1].name, "\xFF not text");
  EXPECT_EQ(again.limits.archive_ratio, work.limits.archive_ratio);
  EXPECT_EQ(again.limits.metadata_bytes, 3U);
  EXPECT_EQ(again.threads, 9U);
  EXPECT_EQ(again.time_left, work.time_left);
}

TEST(Messages, PreservesTheOtherMessages) {
  Hello hello{"1.0", "seccomp", Error{Errc::unsupported, "No.", true}, {FormatRow{}}};
  hello.formats[0].extensions = {"a", "b"};
  hello.formats[0].capabilities.start_offset = true;
  hello.formats[0].capabilities.multiple_inputs = true;
  hello.formats[0].forward_only = ForwardOnlySupport::spooled;
  const Hello greeting = round_trip(hello);
  EXPECT_EQ(greeting.failure->code, Errc::unsupported);
  EXPECT_TRUE(greeting.failure->retryable);
  EXPECT_EQ(greeting.formats.at(0).extensions.at(1), "b");
  EXPECT_TRUE(greeting.formats.at(0).capabilities.start_offset);
  EXPECT_TRUE(greeting.formats.at(0).capabilities.multiple_inputs);
  EXPECT_EQ(greeting.formats.at(0).forward_only, ForwardOnlySupport::spooled);

  EXPECT_EQ(round_trip(WorkerReady{7, "folder"}).scratch, "folder");
  EXPECT_EQ(round_trip(WorkerExited{7, 9}).status, 9);
  EXPECT_EQ(round_trip(ForkWorkers{3}).count, 3U);
  EXPECT_EQ(round_trip(ThreadBudget{3}).threads, 3U);
  EXPECT_EQ(round_trip(CreateOutput{"x"}).name, "x");
  EXPECT_EQ(round_trip(ReadInput{1, 2, 3}).length, 3U);
  EXPECT_EQ(round_trip(WriteOutput{1, 2, {std::byte{3}}}).bytes.size(), 1U);
  EXPECT_EQ(round_trip(CommitOutput{4}).output, 4U);
  EXPECT_EQ(round_trip(RequestDescriptor{5}).output, 5U);
  EXPECT_EQ(round_trip(Reply{{}, 4, true, true, {}}).output, 4U);
  EXPECT_EQ(round_trip(Progress{0.5, std::chrono::nanoseconds(1), 2, 3}).bytes_written, 3U);
  EXPECT_EQ(round_trip(Warning{WarningCode::padding, "x"}).code, WarningCode::padding);

  Report report;
  report.outputs.push_back({"o", "mp3", "audio/mpeg", 5, std::chrono::nanoseconds(2), 3, 4, 5, 6});
  report.streams.push_back({1, 2, StreamKind::video, StreamAction::copy, "a", "b", "c"});
  const auto made = std::get<Report>(round_trip(CallResult{report}).result);
  EXPECT_EQ(made.outputs.at(0).trailing_padding, 6);
  EXPECT_EQ(made.streams.at(0).reason, "c");

  Plan plan;
  plan.cpu_seconds = 1.5;
  plan.spools_output = true;
  plan.consumed = {{}, {std::byte{9}}};
  const auto planned = std::get<Plan>(round_trip(CallResult{plan}).result);
  EXPECT_EQ(planned.cpu_seconds, 1.5);
  EXPECT_EQ(planned.consumed.at(1).at(0), std::byte{9});
}

TEST(Messages, RejectsTruncatedMessages) {
  const Packet whole = packed(a_probe());
  for (std::size_t size = 0; size < whole.bytes.size(); ++size) {
    Packet part{
        whole.kind, {whole.bytes.begin(), whole.bytes.begin() + static_cast<std::ptrdiff_t>(size)}, {}};
    const auto read_part = parse_message<CallResult>(part);
    ASSERT_FALSE(read_part) << size;
    EXPECT_EQ(read_part.error().code, Errc::forbidden);
  }
  Packet longer{whole.kind, whole.bytes, {}};
  longer.bytes.push_back(std::byte{0});
  EXPECT_FALSE(parse_message<CallResult>(longer));
  EXPECT_FALSE(parse_message<CreateOutput>(whole)) << "another kind";
}

TEST(Messages, RejectsInvalidValues) {
  const auto with = [](Packet packet, std::size_t at, std::uint8_t value) {
    packet.bytes.at(at) = std::byte{value};
    return packet;
  };
  EXPECT_TRUE(parse_message<Warning>(with(packed(Warning{}), 0, 11)));
  EXPECT_FALSE(parse_message<Warning>(with(packed(Warning{}), 0, 12)));
  EXPECT_FALSE(parse_message<Warning>(with(packed(Warning{}), 0, 0)));
  EXPECT_FALSE(parse_message<Progress>(with(packed(Progress{}), 0, 2))) << "an invalid flag";
  EXPECT_FALSE(parse_message<CallResult>(with(packed(CallResult{}), 0, 4))) << "an unknown alternative";
  EXPECT_FALSE(parse_message<CallResult>(with(packed(CallResult{}), 1, 23))) << "an unknown error code";
  EXPECT_FALSE(parse_message<Progress>(packed(Progress{std::nan(""), {}, 0, 0})));
  Packet count = packed(CreateOutput{"name"});
  for (std::size_t i = 0; i < 4; ++i) count.bytes.at(i) = std::byte{0xFF};
  EXPECT_FALSE(parse_message<CreateOutput>(count)) << "a count that is too large";
}

TEST(Messages, RepairsTexts) {
  const auto error =
      std::get<Error>(round_trip(CallResult{Error{Errc::io, "a\xFF\x1B[2J\nb", false}}).result);
  EXPECT_EQ(error.message, "a\xEF\xBF\xBD [2J b");
  EXPECT_FALSE(parse_message<CreateOutput>(packed(CreateOutput{"\xC0\xAF"})));
  EXPECT_LE(one_line_text(std::string(100'000, 'x')).size(), std::size_t{16} << 10);
}

TEST(Messages, RepairsInvalidUtf8) {
  for (const char* bad : {"\x80", "\xC0\xAF", "\xED\xA0\x80", "\xC3", "\xF0\x9F\x98"}) {
    EXPECT_TRUE(base::is_utf8(base::repair_utf8(bad)));
  }
}

}  // namespace
}  // namespace convert::sandbox
