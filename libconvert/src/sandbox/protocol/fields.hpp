// SPDX-License-Identifier: MIT
#pragma once

#include <convert/library.hpp>

#include "sandbox/protocol/messages.hpp"

/// The fields of what goes over a channel, in their order: one description for both directions. An archive is
/// called with values. What comes from a worker may be seen by people and other programs, so it is made
/// well-formed while it is read:
///
///     archive(text)           UTF-8; what is not is replaced
///     archive.sentence(text)  as that, of one line and bounded
///     archive.name(text)      has to be UTF-8 already, since it is compared
///     archive.raw(value)      texts and numbers as they are: from the host, which is trusted
namespace convert::sandbox {

template <class T>
struct Fields;

template <>
struct Fields<Error> {
  static void visit(auto& archive, auto& value) {
    archive(value.code);
    archive.sentence(value.message);
    archive(value.retryable);
  }
};

template <>
struct Fields<Warning> {
  static void visit(auto& archive, auto& value) {
    archive(value.code);
    archive.sentence(value.message);
  }
};

template <>
struct Fields<Progress> {
  static void visit(auto& archive, auto& value) {
    archive(value.fraction, value.position, value.bytes_read, value.bytes_written);
  }
};

template <>
struct Fields<FormatCapabilities> {
  static void visit(auto& archive, auto& value) {
    archive(value.tags, value.known_tags_only, value.cover_art, value.chapters, value.gapless,
            value.start_offset, value.multiple_inputs);
  }
};

template <>
struct Fields<FormatRow> {
  static void visit(auto& archive, auto& value) {
    archive(value.name, value.title, value.family, value.extensions, value.mime_type, value.readable,
            value.writable, value.codecs, value.options, value.capabilities, value.forward_only,
            value.forward_only_missing);
  }
};

template <>
struct Fields<Hello> {
  static void visit(auto& archive, auto& value) {
    archive(value.build, value.confinement, value.failure, value.formats);
  }
};

template <>
struct Fields<WorkerReady> {
  static void visit(auto& archive, auto& value) {
    archive(value.pid);
    archive.name(value.scratch);
  }
};

template <>
struct Fields<WorkerExited> {
  static void visit(auto& archive, auto& value) { archive(value.pid, value.status); }
};

template <>
struct Fields<ForkWorkers> {
  static void visit(auto& archive, auto& value) { archive(value.count); }
};

template <>
struct Fields<OutputSpec> {
  static void visit(auto& archive, auto& value) {
    archive.raw(value.format);
    archive.raw(value.audio_codec);
    archive(value.audio_bitrate, value.sample_rate, value.channels, value.sample_format, value.start,
            value.end, value.audio_track, value.metadata);
    archive.raw(value.audio_quality);
    archive.raw(value.volume);
    archive.raw(value.loudness);
    archive.raw(value.true_peak);
    archive.raw(value.tags);
    archive(value.level);
    archive.raw(value.entry);
  }
};

template <>
struct Fields<RequestedInput> {
  static void visit(auto& archive, auto& value) {
    archive.raw(value.name);
    archive(value.size, value.seekable, value.has_descriptor, value.mode);
  }
};

template <>
struct Fields<Limits> {
  static void visit(auto& archive, auto& value) {
    archive(value.input_bytes, value.output_bytes, value.duration, value.streams, value.channels,
            value.sample_rate, value.metadata_bytes, value.archive_entries, value.wall_time);
    archive.raw(value.archive_ratio);
  }
};

template <>
struct Fields<CallRequest> {
  static void visit(auto& archive, auto& value) {
    archive(value.call, value.spec, value.inputs, value.limits, value.threads, value.time_left);
  }
};

template <>
struct Fields<ThreadBudget> {
  static void visit(auto& archive, auto& value) { archive(value.threads); }
};

template <>
struct Fields<Reply> {
  static void visit(auto& archive, auto& value) {
    archive(value.error, value.output, value.seekable, value.has_descriptor, value.bytes);
  }
};

template <>
struct Fields<CreateOutput> {
  static void visit(auto& archive, auto& value) { archive.name(value.name); }
};

template <>
struct Fields<ReadInput> {
  static void visit(auto& archive, auto& value) { archive(value.input, value.offset, value.length); }
};

template <>
struct Fields<WriteOutput> {
  static void visit(auto& archive, auto& value) { archive(value.output, value.offset, value.bytes); }
};

template <>
struct Fields<RequestDescriptor> {
  static void visit(auto& archive, auto& value) { archive(value.output); }
};

template <>
struct Fields<CommitOutput> {
  static void visit(auto& archive, auto& value) { archive(value.output); }
};

template <>
struct Fields<StreamInfo> {
  static void visit(auto& archive, auto& value) {
    archive(value.index, value.kind, value.codec, value.language, value.is_default, value.start,
            value.duration, value.bitrate, value.sample_rate, value.channels, value.channel_layout,
            value.bits_per_sample, value.samples, value.width, value.height, value.frame_rate, value.size);
  }
};

template <>
struct Fields<Chapter> {
  static void visit(auto& archive, auto& value) { archive(value.start, value.end, value.title); }
};

template <>
struct Fields<EntryInfo> {
  static void visit(auto& archive, auto& value) {
    archive(value.name, value.kind, value.size, value.modified, value.mode);
  }
};

template <>
struct Fields<MediaInfo> {
  static void visit(auto& archive, auto& value) {
    archive(value.format, value.title, value.family, value.size, value.duration, value.bitrate, value.streams,
            value.tags, value.chapters, value.entries, value.warnings, value.consumed);
  }
};

template <>
struct Fields<StreamPlan> {
  static void visit(auto& archive, auto& value) {
    archive(value.input, value.stream, value.kind, value.action, value.source_codec, value.target_codec,
            value.reason);
  }
};

template <>
struct Fields<Plan> {
  static void visit(auto& archive, auto& value) {
    archive(value.format, value.streams, value.warnings, value.duration, value.size, value.cpu_seconds,
            value.spools_input, value.spools_output, value.forward_only_missing, value.consumed);
  }
};

template <>
struct Fields<OutputReport> {
  static void visit(auto& archive, auto& value) {
    archive.name(value.name);
    archive(value.format, value.mime_type, value.size, value.duration, value.samples, value.sample_rate,
            value.leading_padding, value.trailing_padding);
  }
};

template <>
struct Fields<Report> {
  static void visit(auto& archive, auto& value) { archive(value.outputs, value.streams, value.warnings); }
};

template <>
struct Fields<CallResult> {
  static void visit(auto& archive, auto& value) { archive(value.result, value.out_of_memory); }
};

}  // namespace convert::sandbox
