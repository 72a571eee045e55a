// SPDX-License-Identifier: MIT
// The stable names of enumerators, as in logs and JSON. Without `default`, so that the compiler warns of a
// missing one.
#include <convert/format.hpp>
#include <convert/job.hpp>
#include <convert/media_info.hpp>
#include <convert/output_spec.hpp>
#include <convert/plan.hpp>
#include <convert/result.hpp>

namespace convert {

std::string_view to_string(Errc code) noexcept {
  switch (code) {
    case Errc::invalid_argument:
      return "invalid_argument";
    case Errc::unsupported:
      return "unsupported";
    case Errc::not_found:
      return "not_found";
    case Errc::conflict:
      return "conflict";
    case Errc::corrupt_input:
      return "corrupt_input";
    case Errc::limit_exceeded:
      return "limit_exceeded";
    case Errc::cancelled:
      return "cancelled";
    case Errc::unavailable:
      return "unavailable";
    case Errc::io:
      return "io";
    case Errc::internal:
      return "internal";
    case Errc::empty_input:
      return "empty_input";
    case Errc::unrecognized_input:
      return "unrecognized_input";
    case Errc::truncated_input:
      return "truncated_input";
    case Errc::encrypted_input:
      return "encrypted_input";
    case Errc::no_such_stream:
      return "no_such_stream";
    case Errc::external_reference:
      return "external_reference";
    case Errc::unsafe_path:
      return "unsafe_path";
    case Errc::decompression_bomb:
      return "decompression_bomb";
    case Errc::deadline_exceeded:
      return "deadline_exceeded";
    case Errc::crashed:
      return "crashed";
    case Errc::stalled:
      return "stalled";
    case Errc::forbidden:
      return "forbidden";
  }
  return "unknown";
}

std::string_view to_string(Family family) noexcept {
  switch (family) {
    case Family::audio:
      return "audio";
    case Family::video:
      return "video";
    case Family::image:
      return "image";
    case Family::archive:
      return "archive";
  }
  return "unknown";
}

std::string_view to_string(StreamKind kind) noexcept {
  switch (kind) {
    case StreamKind::audio:
      return "audio";
    case StreamKind::video:
      return "video";
    case StreamKind::cover:
      return "cover";
    case StreamKind::subtitle:
      return "subtitle";
    case StreamKind::data:
      return "data";
  }
  return "unknown";
}

std::string_view to_string(EntryInfo::Kind kind) noexcept {
  switch (kind) {
    case EntryInfo::Kind::file:
      return "file";
    case EntryInfo::Kind::folder:
      return "folder";
    case EntryInfo::Kind::link:
      return "link";
    case EntryInfo::Kind::other:
      break;
  }
  return "other";
}

std::string_view to_string(WarningCode code) noexcept {
  switch (code) {
    case WarningCode::name_mismatch:
      return "name_mismatch";
    case WarningCode::truncated:
      return "truncated";
    case WarningCode::damaged:
      return "damaged";
    case WarningCode::metadata_lost:
      return "metadata_lost";
    case WarningCode::stream_dropped:
      return "stream_dropped";
    case WarningCode::precision_lost:
      return "precision_lost";
    case WarningCode::padding:
      return "padding";
    case WarningCode::forward_only:
      return "forward_only";
    case WarningCode::loudness:
      return "loudness";
    case WarningCode::entry_skipped:
      return "entry_skipped";
    case WarningCode::incomplete:
      return "incomplete";
  }
  return "unknown";
}

std::string_view to_string(StreamAction action) noexcept {
  switch (action) {
    case StreamAction::copy:
      return "copy";
    case StreamAction::encode:
      return "encode";
    case StreamAction::drop:
      return "drop";
  }
  return "unknown";
}

std::string_view to_string(JobState state) noexcept {
  switch (state) {
    case JobState::queued:
      return "queued";
    case JobState::running:
      return "running";
    case JobState::succeeded:
      return "succeeded";
    case JobState::failed:
      return "failed";
    case JobState::cancelled:
      return "cancelled";
  }
  return "unknown";
}

std::string_view to_string(ChangeKind kind) noexcept {
  switch (kind) {
    case ChangeKind::submitted:
      return "submitted";
    case ChangeKind::claimed:
      return "claimed";
    case ChangeKind::completed:
      return "completed";
    case ChangeKind::attempt_failed:
      return "attempt_failed";
    case ChangeKind::released:
      return "released";
    case ChangeKind::interrupted:
      return "interrupted";
    case ChangeKind::cancelled:
      return "cancelled";
    case ChangeKind::retried:
      return "retried";
    case ChangeKind::replaced:
      return "replaced";
    case ChangeKind::outputs_expired:
      return "outputs_expired";
    case ChangeKind::inputs_expired:
      return "inputs_expired";
    case ChangeKind::removed:
      return "removed";
  }
  return "unknown";
}

std::optional<JobState> parse_job_state(std::string_view name) noexcept {
  for (const JobState state :
       {JobState::queued, JobState::running, JobState::succeeded, JobState::failed, JobState::cancelled}) {
    if (to_string(state) == name) return state;
  }
  return std::nullopt;
}

}  // namespace convert
