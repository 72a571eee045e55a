// SPDX-License-Identifier: MIT
#include "sandbox/protocol/messages.hpp"

#include <fmt/format.h>

#include <convert/library.hpp>

#include "sandbox/protocol/serialization.hpp"

namespace convert::sandbox {

template <>
struct EnumRange<Errc> {
  static constexpr Errc kFirst = Errc::invalid_argument, kLast = Errc::forbidden;
};
template <>
struct EnumRange<WarningCode> {
  static constexpr WarningCode kFirst = WarningCode::name_mismatch, kLast = WarningCode::incomplete;
};
template <>
struct EnumRange<Family> {
  static constexpr Family kFirst = Family::audio, kLast = Family::archive;
};
template <>
struct EnumRange<ForwardOnlySupport> {
  static constexpr ForwardOnlySupport kFirst = ForwardOnlySupport::complete,
                                      kLast = ForwardOnlySupport::spooled;
};
template <>
struct EnumRange<StreamKind> {
  static constexpr StreamKind kFirst = StreamKind::audio, kLast = StreamKind::data;
};
template <>
struct EnumRange<EntryInfo::Kind> {
  static constexpr EntryInfo::Kind kFirst = EntryInfo::Kind::file, kLast = EntryInfo::Kind::other;
};
template <>
struct EnumRange<StreamAction> {
  static constexpr StreamAction kFirst = StreamAction::copy, kLast = StreamAction::drop;
};
template <>
struct EnumRange<SampleFormat> {
  static constexpr SampleFormat kFirst = SampleFormat::s16, kLast = SampleFormat::f32;
};
template <>
struct EnumRange<MetadataPolicy> {
  static constexpr MetadataPolicy kFirst = MetadataPolicy::keep, kLast = MetadataPolicy::strip;
};
template <>
struct EnumRange<CallRequest::Call> {
  static constexpr CallRequest::Call kFirst = CallRequest::Call::probe, kLast = CallRequest::Call::convert;
};

// The fields of each message in the order of the wire. `visit` serves both directions: `stream` is a
// Serializer or a Deserializer. Texts from a worker may be shown to people and other programs, so that they
// are checked while they are read:
//
//     stream(text)             invalid UTF-8 is replaced
//     stream.one_line(text)    the same, on one line and of limited length
//     stream.valid_utf8(text)  invalid UTF-8 is an error, since the text is compared
//     stream.raw(value)        not checked: from the host, which is trusted

template <>
struct Fields<Error> {
  static void visit(auto& stream, auto& value) {
    stream(value.code);
    stream.one_line(value.message);
    stream(value.retryable);
  }
};

template <>
struct Fields<Warning> {
  static void visit(auto& stream, auto& value) {
    stream(value.code);
    stream.one_line(value.message);
  }
};

template <>
struct Fields<Progress> {
  static void visit(auto& stream, auto& value) {
    stream(value.fraction, value.position, value.bytes_read, value.bytes_written);
  }
};

template <>
struct Fields<FormatCapabilities> {
  static void visit(auto& stream, auto& value) {
    stream(value.tags, value.known_tags_only, value.cover_art, value.chapters, value.gapless,
           value.start_offset, value.multiple_inputs);
  }
};

template <>
struct Fields<OptionRangeRow> {
  static void visit(auto& stream, auto& value) {
    stream(value.option, value.codec, value.min, value.max, value.values, value.unit);
  }
};

template <>
struct Fields<FormatRow> {
  static void visit(auto& stream, auto& value) {
    stream(value.name, value.title, value.family, value.extensions, value.mime_type, value.readable,
           value.writable, value.codecs, value.options, value.capabilities, value.forward_only,
           value.forward_only_missing, value.option_ranges);
  }
};

template <>
struct Fields<Hello> {
  static void visit(auto& stream, auto& value) {
    stream(value.build, value.confinement, value.failure, value.formats);
  }
};

template <>
struct Fields<WorkerReady> {
  static void visit(auto& stream, auto& value) {
    stream(value.pid);
    stream.valid_utf8(value.scratch);
  }
};

template <>
struct Fields<WorkerExited> {
  static void visit(auto& stream, auto& value) { stream(value.pid, value.status); }
};

template <>
struct Fields<ForkWorkers> {
  static void visit(auto& stream, auto& value) { stream(value.count); }
};

template <>
struct Fields<OutputSpec> {
  static void visit(auto& stream, auto& value) {
    stream.raw(value.format);
    stream.raw(value.audio_codec);
    stream(value.audio_bitrate, value.sample_rate, value.channels, value.sample_format, value.start,
           value.end, value.audio_track, value.metadata);
    stream.raw(value.audio_quality);
    stream.raw(value.volume);
    stream.raw(value.loudness);
    stream.raw(value.true_peak);
    stream.raw(value.tags);
    stream(value.level);
    stream.raw(value.entry);
  }
};

template <>
struct Fields<RequestedInput> {
  static void visit(auto& stream, auto& value) {
    stream.raw(value.name);
    stream(value.size, value.seekable, value.has_descriptor, value.mode);
  }
};

template <>
struct Fields<Limits> {
  static void visit(auto& stream, auto& value) {
    stream(value.input_bytes, value.output_bytes, value.duration, value.streams, value.channels,
           value.sample_rate, value.metadata_bytes, value.archive_entries, value.wall_time);
    stream.raw(value.archive_ratio);
  }
};

template <>
struct Fields<CallRequest> {
  static void visit(auto& stream, auto& value) {
    stream(value.call, value.spec, value.inputs, value.limits, value.threads, value.time_left);
  }
};

template <>
struct Fields<ThreadBudget> {
  static void visit(auto& stream, auto& value) { stream(value.threads); }
};

template <>
struct Fields<Reply> {
  static void visit(auto& stream, auto& value) {
    stream(value.error, value.output, value.seekable, value.has_descriptor, value.bytes);
  }
};

template <>
struct Fields<CreateOutput> {
  static void visit(auto& stream, auto& value) { stream.valid_utf8(value.name); }
};

template <>
struct Fields<ReadInput> {
  static void visit(auto& stream, auto& value) { stream(value.input, value.offset, value.length); }
};

template <>
struct Fields<WriteOutput> {
  static void visit(auto& stream, auto& value) { stream(value.output, value.offset, value.bytes); }
};

template <>
struct Fields<RequestDescriptor> {
  static void visit(auto& stream, auto& value) { stream(value.output); }
};

template <>
struct Fields<CommitOutput> {
  static void visit(auto& stream, auto& value) { stream(value.output); }
};

template <>
struct Fields<StreamInfo> {
  static void visit(auto& stream, auto& value) {
    stream(value.index, value.kind, value.codec, value.language, value.is_default, value.start,
           value.duration, value.bitrate, value.sample_rate, value.channels, value.channel_layout,
           value.bits_per_sample, value.samples, value.width, value.height, value.frame_rate, value.size);
  }
};

template <>
struct Fields<Chapter> {
  static void visit(auto& stream, auto& value) { stream(value.start, value.end, value.title); }
};

template <>
struct Fields<EntryInfo> {
  static void visit(auto& stream, auto& value) {
    stream(value.name, value.kind, value.size, value.modified, value.mode);
  }
};

template <>
struct Fields<MediaInfo> {
  static void visit(auto& stream, auto& value) {
    stream(value.format, value.title, value.family, value.size, value.duration, value.bitrate, value.streams,
           value.tags, value.chapters, value.entries, value.warnings, value.consumed);
  }
};

template <>
struct Fields<StreamPlan> {
  static void visit(auto& stream, auto& value) {
    stream(value.input, value.stream, value.kind, value.action, value.source_codec, value.target_codec,
           value.reason);
  }
};

template <>
struct Fields<Plan> {
  static void visit(auto& stream, auto& value) {
    stream(value.format, value.streams, value.warnings, value.duration, value.size, value.cpu_seconds,
           value.spools_input, value.spools_output, value.forward_only_missing, value.consumed);
  }
};

template <>
struct Fields<OutputReport> {
  static void visit(auto& stream, auto& value) {
    stream.valid_utf8(value.name);
    stream(value.format, value.mime_type, value.size, value.duration, value.samples, value.sample_rate,
           value.leading_padding, value.trailing_padding);
  }
};

template <>
struct Fields<Report> {
  static void visit(auto& stream, auto& value) { stream(value.outputs, value.streams, value.warnings); }
};

template <>
struct Fields<CallResult> {
  static void visit(auto& stream, auto& value) { stream(value.result, value.out_of_memory); }
};

namespace {

/// The kind of a message is its index in this list.
using Messages = std::variant<Hello, WorkerReady, WorkerExited, ForkWorkers, CallRequest, ThreadBudget, Reply,
                              CreateOutput, ReadInput, WriteOutput, CommitOutput, Progress, Warning,
                              CallResult, RequestDescriptor>;

template <class Message, class... Ts>
constexpr std::uint8_t index_of(const std::variant<Ts...>*) {
  std::uint8_t place = 0;
  (void)((std::is_same_v<Message, Ts> || (++place, false)) || ...);
  return place;
}

}  // namespace

template <class Message>
std::uint8_t message_kind() {
  return index_of<Message>(static_cast<const Messages*>(nullptr));
}

template <class Message>
Result<void> send_message(Channel& channel, const Message& message, std::span<const int> descriptors) {
  Serializer serializer;
  serializer(message);
  return channel.send(message_kind<Message>(), serializer.bytes(), descriptors);
}

template <class Message>
Result<Message> parse_message(const Packet& packet) {
  if (packet.kind != message_kind<Message>()) {
    return Error{Errc::forbidden, fmt::format("The other process sent an unexpected message of kind {}.",
                                              static_cast<int>(packet.kind))};
  }
  Result<Message> message = Message();
  Deserializer deserializer(packet.bytes);
  deserializer(*message);
  if (const char* failure = deserializer.failure()) {
    return Error{Errc::forbidden, fmt::format("The other process sent an invalid message of kind {}: {}.",
                                              static_cast<int>(packet.kind), failure)};
  }
  return message;
}

#define CONVERT_MESSAGE(Message)                                                               \
  template std::uint8_t message_kind<Message>();                                               \
  template Result<void> send_message<Message>(Channel&, const Message&, std::span<const int>); \
  template Result<Message> parse_message<Message>(const Packet&)

CONVERT_MESSAGE(Hello);
CONVERT_MESSAGE(WorkerReady);
CONVERT_MESSAGE(WorkerExited);
CONVERT_MESSAGE(ForkWorkers);
CONVERT_MESSAGE(CallRequest);
CONVERT_MESSAGE(ThreadBudget);
CONVERT_MESSAGE(Reply);
CONVERT_MESSAGE(CreateOutput);
CONVERT_MESSAGE(ReadInput);
CONVERT_MESSAGE(WriteOutput);
CONVERT_MESSAGE(CommitOutput);
CONVERT_MESSAGE(Progress);
CONVERT_MESSAGE(Warning);
CONVERT_MESSAGE(CallResult);
CONVERT_MESSAGE(RequestDescriptor);

}  // namespace convert::sandbox
