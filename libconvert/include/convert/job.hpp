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

using JobId = std::int64_t;  ///< 1 and up; never reused
using Revision =
    std::int64_t;  ///< the number of a change in a store's log: rises with every change of any job

/// See docs/jobs.md for the drawn state machine.
enum class JobState : std::uint8_t {
  queued = 1,     ///< waits: for a slot, for its time, or for a twin that runs
  running = 2,    ///< claimed by a worker
  succeeded = 3,  ///< its outputs are there
  failed = 4,     ///< given up, with a reason
  cancelled = 5,  ///< stopped by somebody
};
inline constexpr std::size_t kJobStates = 5;

/// "queued", "running", "succeeded", "failed" or "cancelled".
CONVERT_API std::string_view to_string(JobState state) noexcept;
CONVERT_API std::optional<JobState> parse_job_state(std::string_view name) noexcept;

/// Whether it has ended: succeeded, failed or cancelled.
constexpr bool ended(JobState state) noexcept { return state >= JobState::succeeded; }

/// One file that a job reads. Made by `Engine::upload`.
struct JobInput {
  std::string name;        ///< as its owner calls it; for messages and archive entries
  Key key{};               ///< of its blob, which belongs to this job alone
  std::uint64_t size = 0;  ///< bytes
  std::string sha256{};    ///< of the content: 64 lower-case hexadecimal digits; or empty, see UploadOptions
  bool operator==(const JobInput&) const = default;
};

/// One file that a job made.
struct JobOutput {
  std::string name;            ///< suggested: "song.mp3"
  Key key{};                   ///< of its blob: holds the token of the claim that made it
  std::uint64_t size = 0;      ///< bytes
  std::string sha256{};        ///< of the content: 64 lower-case hexadecimal digits
  std::string content_type{};  ///< MIME type
  std::optional<std::chrono::milliseconds> duration{};
  bool operator==(const JobOutput&) const = default;
};

/// What is asked for.
struct JobRequest {
  std::string owner{};             ///< whose job it is; owners get their turns in fairness. At most 255 bytes
  std::vector<JobInput> inputs{};  ///< 1 to 1000
  OutputSpec spec{};
  int priority = 0;      ///< among the owner's own jobs: higher first
  int urgency = 0;       ///< across owners: higher first. For administrators; leave it 0 for everybody else
  Time not_before{};     ///< not to run before that time of the store's clock
  int max_attempts = 5;  ///< failures after which it is given up; 1: no retries
  int max_interruptions = 25;  ///< hosts that may die while they run it, before it is held to be the reason
  std::string unique_key{};    ///< if not empty: no two jobs of one owner have the same. At most 255 bytes
  std::map<std::string, std::string>
      labels{};  ///< whatever the submitter wants to find again; at most 64 KiB
  /// Equal for work that gives equal results: content, spec, build and owner. The Engine fills it in; empty:
  /// never the same as other work.
  std::string fingerprint{};
};

/// A worker's right to speak for a job: its token rises at every claim of the job and is never used again.
struct Claim {
  JobId id = 0;
  std::int64_t token = 0;
  bool operator==(const Claim&) const = default;
};

/// A job, as its store knows it. A value: it does not change after it was given out.
struct Job {
  JobId id = 0;
  JobState state = JobState::queued;
  JobRequest request{};              ///< as submitted; `spec` and `fingerprint` change with `replace`
  std::vector<JobOutput> outputs{};  ///< of a succeeded job, until they expire
  std::vector<Warning> warnings{};   ///< what the conversion had to say
  std::optional<Error> error{};      ///< why it failed, or why its last attempt did
  int attempt = 0;                   ///< failures so far
  int interruptions = 0;             ///< hosts that died running it
  std::int64_t token = 0;            ///< of the last claim; 0: never claimed
  std::string worker{};              ///< who runs it, while it runs
  double progress = 0;               ///< 0 to 1
  Revision revision = 0;             ///< of its last change
  Time created{};
  Time not_before{};               ///< when it may run (again), if it has to wait for that
  std::optional<Time> started{};   ///< the last claim
  std::optional<Time> finished{};  ///< when it ended
  bool inputs_expired = false;     ///< the blobs of its inputs are gone: it can't run again
  bool outputs_expired = false;    ///< its outputs were dropped by retention

  Claim claim() const noexcept { return {id, token}; }
};

/// What can happen to a job. See `next` in life_cycle.hpp for what each does to each state.
namespace event {
struct Claimed {  ///< a worker takes it
  std::string worker;
  std::int64_t token = 0;  ///< must be greater than the job's
};
struct Completed {  ///< the worker is done
  std::int64_t token = 0;
  std::vector<JobOutput> outputs;
  std::vector<Warning> warnings;
};
struct AttemptFailed {  ///< the worker failed; `error.retryable` says whether to try again, after `retry_in`
  std::int64_t token = 0;
  Error error;
  std::chrono::milliseconds retry_in{0};
};
struct Released {  ///< the worker gives it back, at no cost: an orderly stop, or it can't do this job
  std::int64_t token = 0;
  std::chrono::milliseconds retry_in{0};
};
struct Interrupted {  ///< its lease ran out: the worker's host is held to be dead
  std::int64_t token = 0;
};
struct Cancelled {};  ///< somebody wants it stopped
struct Retried {};    ///< somebody wants it to run again, from the begin
struct Replaced {     ///< somebody wants another output of the same inputs
  OutputSpec spec;
  std::string fingerprint;
};
struct OutputsExpired {                ///< retention: the outputs are dropped
  Time finished_before = Time::max();  ///< of a job that has not begun again since
};
struct InputsExpired {                 ///< retention: the inputs are dropped
  Time finished_before = Time::max();  ///< of a job that has not begun again since
};
}  // namespace event

using Event = std::variant<event::Claimed, event::Completed, event::AttemptFailed, event::Released,
                           event::Interrupted, event::Cancelled, event::Retried, event::Replaced,
                           event::OutputsExpired, event::InputsExpired>;

/// What a line of the log of changes tells.
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

/// One line of the log of changes. Written in the same transaction as the change.
struct Change {
  Revision revision = 0;
  JobId job = 0;
  std::string owner{};
  ChangeKind kind = ChangeKind::submitted;
  JobState state = JobState::queued;  ///< after it; of a removed job: before
  Time at{};
};

/// Which jobs a list shall have. Everything left empty means "any".
struct JobFilter {
  std::optional<std::string> owner{};
  std::vector<JobState> states{};
  std::string unique_key{};  ///< with `owner`
  std::string fingerprint{};
  std::string file{};  ///< with `owner`: only jobs that have an output, or an input which has not expired, of
                       ///< exactly that name
  std::optional<Time> finished_before{};
  bool has_inputs = false;   ///< only jobs whose inputs are still there
  bool has_outputs = false;  ///< only jobs that have outputs
  JobId after =
      0;  ///< the cursor: only greater ids, or with `descending` only smaller ones (0: from the top)
  bool descending = false;  ///< by id
  std::size_t max = 100;    ///< 1 to 10,000
};

struct ClaimRequest {
  std::string worker{};                     ///< who claims
  std::chrono::milliseconds lease{10'000};  ///< for how long, unless renewed
  std::size_t max = 1;                      ///< how many at most
};

/// A sign of life for one claim.
struct ClaimHeartbeat {
  Claim claim{};
  double progress = 0;  ///< 0 to 1
};

/// A store at one moment.
struct Statistics {
  std::array<std::uint64_t, kJobStates> jobs{};  ///< by state, in the order of JobState
  std::uint64_t ready = 0;                       ///< queued jobs that could run now
  std::uint64_t delayed = 0;                     ///< queued jobs whose time has not come
  std::uint64_t waiting = 0;                     ///< queued jobs that wait for a twin
  std::chrono::milliseconds oldest_ready{0};     ///< for how long the time of a ready job has come, at most
  std::uint64_t owners = 0;                      ///< with jobs that are queued or running
  Revision revision = 0;                         ///< of the latest change

  std::uint64_t in(JobState state) const noexcept { return jobs[static_cast<std::size_t>(state) - 1]; }
};

/// What one owner has in a store at one moment.
struct Usage {
  std::uint64_t jobs = 0;          ///< in whatever state
  std::uint64_t unfinished = 0;    ///< queued or running
  std::uint64_t input_bytes = 0;   ///< of inputs that have not expired
  std::uint64_t output_bytes = 0;  ///< of outputs that are there
  bool operator==(const Usage&) const = default;
};

}  // namespace convert
