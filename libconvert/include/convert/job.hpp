// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <convert/export.hpp>
#include <convert/media_info.hpp>
#include <convert/output_spec.hpp>
#include <convert/result.hpp>
#include <convert/storage.hpp>

namespace convert {

using JobId = std::int64_t;  ///< from 1; never reused
/// The position of a change in a store's change log. Rises with every change of any job.
using Revision = std::int64_t;

/// See docs/jobs.md for a drawing of the state machine.
enum class JobState : std::uint8_t {
  queued = 1,     ///< waits for a worker, for its `not_before`, or for a duplicate that runs
  running = 2,    ///< claimed by a worker
  succeeded = 3,  ///< its outputs exist
  failed = 4,     ///< ended with an error
  cancelled = 5,  ///< cancelled by a caller
};
inline constexpr std::size_t kJobStates = 5;

/// "queued", "running", "succeeded", "failed" or "cancelled".
CONVERT_API std::string_view to_string(JobState state) noexcept;
CONVERT_API std::optional<JobState> parse_job_state(std::string_view name) noexcept;

/// Whether a job in this state has ended: succeeded, failed or cancelled.
constexpr bool ended(JobState state) noexcept { return state >= JobState::succeeded; }

/// An input file of a job. Created by `Engine::upload`.
struct JobInput {
  std::string name;        ///< the owner's name for it; for messages and archive entries
  Key key{};               ///< of its blob, which belongs to this job alone
  std::uint64_t size = 0;  ///< bytes
  std::string sha256{};    ///< of the content: 64 lower-case hexadecimal digits; or empty, see UploadOptions
  bool operator==(const JobInput&) const = default;
};

/// An output file of a job.
struct JobOutput {
  std::string name;            ///< suggested: "song.mp3"
  Key key{};                   ///< of its blob; contains the token of the claim that wrote it
  std::uint64_t size = 0;      ///< bytes
  std::string sha256{};        ///< of the content: 64 lower-case hexadecimal digits
  std::string content_type{};  ///< MIME type
  std::optional<std::chrono::milliseconds> duration{};
  bool operator==(const JobOutput&) const = default;
};

/// What the submitter requests.
///
/// All texts are UTF-8 without NUL, which PostgreSQL refuses; a store refuses other ones.
struct JobRequest {
  std::string owner{};             ///< owners share the workers fairly; at most 255 bytes
  std::vector<JobInput> inputs{};  ///< 1 to 1000
  OutputSpec spec{};
  int priority = 0;            ///< among the owner's own jobs: higher first
  int urgency = 0;             ///< across owners: higher first; for administrators, else 0
  Time not_before{};           ///< does not run before this time of the store's clock
  int max_attempts = 5;        ///< fails for good after this many failures; 1: no retries
  int max_interruptions = 25;  ///< fails if more hosts than this die while they run it
  std::string unique_key{};    ///< if not empty, unique among the owner's jobs; at most 255 bytes
  std::map<std::string, std::string> labels{};  ///< the submitter's own data; at most 64 KiB
  /// Equal for work that gives equal results: content, spec, build and owner. Set by the Engine. Empty: the
  /// job has no duplicates.
  std::string fingerprint{};
};

/// A worker's right to report about a job. Every claim of a job gets a higher token; tokens are never reused.
struct Claim {
  JobId id = 0;
  std::int64_t token = 0;
  bool operator==(const Claim&) const = default;
};

/// A job as its store knows it. A snapshot: it does not change after it was returned.
struct Job {
  JobId id = 0;
  JobState state = JobState::queued;
  JobRequest request{};              ///< as submitted; `replace` changes `spec` and `fingerprint`
  std::vector<JobOutput> outputs{};  ///< of a succeeded job, until they expire
  std::vector<Warning> warnings{};   ///< of the conversion
  std::optional<Error> error{};      ///< why the job or its last attempt failed
  int attempt = 0;                   ///< failures so far
  int interruptions = 0;             ///< hosts that died while running it
  std::int64_t token = 0;            ///< of the last claim; 0: never claimed
  std::string worker{};              ///< who runs it; empty unless running
  double progress = 0;               ///< 0 to 1
  Revision revision = 0;             ///< of its last change
  Time created{};
  Time not_before{};               ///< earliest time of the next run
  std::optional<Time> started{};   ///< time of the last claim
  std::optional<Time> finished{};  ///< when it ended
  bool inputs_expired = false;     ///< its inputs are deleted: it cannot run again
  bool outputs_expired = false;    ///< its outputs were deleted by retention

  Claim claim() const noexcept { return {id, token}; }
};

/// What can happen to a job. See `apply_event` in life_cycle.hpp for the effect in each state.
namespace event {
struct Claimed {  ///< a worker takes the job
  std::string worker;
  std::int64_t token = 0;  ///< must be greater than the job's
};
struct Completed {  ///< the worker has finished
  std::int64_t token = 0;
  std::vector<JobOutput> outputs;
  std::vector<Warning> warnings;
};
struct AttemptFailed {  ///< the worker failed; if `error.retryable`, the job runs again after `retry_in`
  std::int64_t token = 0;
  Error error;
  std::chrono::milliseconds retry_in{0};
};
struct Released {  ///< the worker returns the job unfinished, which costs no attempt: an orderly stop
  std::int64_t token = 0;
  std::chrono::milliseconds retry_in{0};
};
struct Interrupted {  ///< its lease expired: the worker's host is considered dead
  std::int64_t token = 0;
};
struct Cancelled {};  ///< a caller cancels it
struct Retried {};    ///< a caller runs it again from the start
struct Replaced {     ///< a caller requests another output of the same inputs
  OutputSpec spec;
  std::string fingerprint;
};
struct OutputsExpired {                ///< retention deletes its outputs
  Time finished_before = Time::max();  ///< only if the job ended before this time
};
struct InputsExpired {                 ///< retention deletes its inputs
  Time finished_before = Time::max();  ///< only if the job ended before this time
};
}  // namespace event

using Event = std::variant<event::Claimed, event::Completed, event::AttemptFailed, event::Released,
                           event::Interrupted, event::Cancelled, event::Retried, event::Replaced,
                           event::OutputsExpired, event::InputsExpired>;

/// The kind of an entry of the change log.
enum class ChangeKind : std::uint8_t {
  submitted = 1,
  claimed,
  completed,
  attempt_failed,
  released,
  interrupted,
  cancelled,
  retried,
  replaced,
  outputs_expired,
  inputs_expired,
  removed,
};
CONVERT_API std::string_view to_string(ChangeKind kind) noexcept;

/// An entry of the change log. Written in the same transaction as the change.
struct Change {
  Revision revision = 0;
  JobId job = 0;
  std::string owner{};
  ChangeKind kind = ChangeKind::submitted;
  JobState state = JobState::queued;  ///< after the change; of a removed job: before
  Time at{};
};

/// Selects jobs of a list. An empty field does not restrict.
struct JobFilter {
  std::optional<std::string> owner{};
  std::vector<JobState> states{};
  std::string unique_key{};  ///< requires `owner`
  std::string fingerprint{};
  /// Requires `owner`. Only jobs with an output, or an input that has not expired, of exactly this name.
  std::string file{};
  std::optional<Time> finished_before{};
  bool has_inputs = false;   ///< only jobs whose inputs exist
  bool has_outputs = false;  ///< only jobs whose outputs exist
  JobId after = 0;  ///< cursor: only greater ids; with `descending` only smaller ones (0: from the top)
  bool descending = false;  ///< by id
  std::size_t max = 100;    ///< 1 to 10,000
};

struct ClaimRequest {
  std::string worker{};                     ///< the name of the claiming worker
  std::chrono::milliseconds lease{10'000};  ///< until then, unless renewed
  std::size_t max = 1;                      ///< claims at most this many jobs
};

/// Reports that the worker of a claim is alive.
struct ClaimHeartbeat {
  Claim claim{};
  double progress = 0;  ///< 0 to 1
};

/// The state of a store at one moment.
struct Statistics {
  std::array<std::uint64_t, kJobStates> jobs{};  ///< by state, in the order of JobState
  std::uint64_t ready = 0;                       ///< queued jobs that could run now
  std::uint64_t delayed = 0;                     ///< queued jobs whose `not_before` has not come
  std::uint64_t waiting = 0;                     ///< queued jobs that wait for a duplicate
  std::chrono::milliseconds oldest_ready{0};     ///< how long the oldest ready job has been ready
  std::uint64_t owners = 0;                      ///< with jobs that are queued or running
  Revision revision = 0;                         ///< of the latest change

  std::uint64_t in(JobState state) const noexcept { return jobs[static_cast<std::size_t>(state) - 1]; }
};

/// What one owner's jobs use at one moment.
struct Usage {
  std::uint64_t jobs = 0;          ///< in any state
  std::uint64_t unfinished = 0;    ///< queued or running
  std::uint64_t input_bytes = 0;   ///< of inputs that have not expired
  std::uint64_t output_bytes = 0;  ///< of existing outputs
  bool operator==(const Usage&) const = default;
};

}  // namespace convert
