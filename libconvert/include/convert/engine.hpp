// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <convert/execution.hpp>
#include <convert/export.hpp>
#include <convert/job.hpp>
#include <convert/job_store.hpp>
#include <convert/life_cycle.hpp>
#include <convert/queue.hpp>
#include <convert/storage.hpp>

namespace convert {

/// How long to keep what belongs to a job that has ended. An empty field means: keep it until the job is
/// removed.
struct Retention {
  std::optional<std::chrono::seconds> inputs{};
  std::optional<std::chrono::seconds> outputs{};
  std::optional<std::chrono::seconds> records{};  ///< the job itself, with its inputs and outputs
  std::chrono::seconds changes{7 * 24 * 3600};    ///< entries of the change log
  /// Blobs that no job references, since they were written; by the Storage's clock. Where that does not know
  /// when a blob was written (Blob::time_may_be_early), since a running engine first saw it without a job.
  std::chrono::milliseconds orphans{3'600'000};
  /// Uploads that were interrupted by a crash, or suspended and not continued, since the last byte.
  std::chrono::milliseconds unfinished{24 * 3'600'000};
};

/// One log message of an Engine. It holds ids and reasons, never file contents or secrets.
struct LogLine {
  enum class Level : std::uint8_t { info, warning, error } level = Level::info;
  JobId job = 0;  ///< 0: the message concerns no single job
  std::string message;
};

/// The backends and settings of an Engine.
struct EngineOptions {
  /// Default: memory_storage(). Engines that share a Storage must share the JobStore too: blobs below
  /// "input/" and "output/" that the JobStore does not know are deleted after `Retention::orphans`.
  std::shared_ptr<Storage> storage{};
  std::shared_ptr<JobStore> store{};       ///< default: memory_job_store()
  std::shared_ptr<Queue> queue{};          ///< default: memory_queue()
  std::shared_ptr<Execution> execution{};  ///< default: `start()` calls `open_execution`
  /// Called by `start()`, in its thread, when `execution` is empty. The Engine keeps the result for its
  /// lifetime. Default: starts a Sandbox with default options.
  std::function<Result<std::shared_ptr<Execution>>()> open_execution{};
  /// The formats that the engines which run the jobs know, for an engine without an Execution: it refuses
  /// other formats, and finds equal work. Must stay valid while the Engine lives.
  std::span<const Format> formats{};
  /// Where outputs are written first when they need a Writer that can seek and the Storage has none. Needs
  /// space for the outputs of all running jobs. Empty: the system's folder for temporary files.
  std::filesystem::path temporary_folder{};

  std::string worker_name{};      ///< identifies this engine in claims; must be unique; default: generated
  unsigned max_running_jobs = 0;  ///< 0: 1.5 for each CPU core
  unsigned threads = 0;  ///< total for all running jobs, which share them evenly; 0: one for each CPU core
  Limits limits{};       ///< applied to every job
  RetryPolicy retry{};
  Retention retention{};
  bool reuse_results = true;  ///< copies the result of equal work of an owner: JobRequest::fingerprint

  std::chrono::milliseconds lease_duration{10'000};     ///< delay until the jobs of a dead host run again
  std::chrono::milliseconds heartbeat_interval{1'000};  ///< renews leases; at most lease_duration / 3
  std::chrono::milliseconds sweep_interval{1'000};      ///< finds expired leases and unannounced jobs
  /// Applies retention and deletes unfinished uploads. Deletes orphaned blobs too, less often: every sixth of
  /// Retention::orphans, or every hour. Of the engines that share a JobStore, one does it (JobStore::elect).
  std::chrono::milliseconds cleanup_interval{60'000};
  /// Polls the JobStore for changes made by other processes: for subscriptions, and for cancellations of jobs
  /// that run here, with one query for all. A JobStore that can notify is read at once. Heartbeats report
  /// lost claims too.
  std::chrono::milliseconds poll_interval{250};

  /// Runs callbacks, for example in the host's event loop. Must run each callback exactly once, in any
  /// thread. It may run a callback before it returns only if no callback stops or destroys the Engine,
  /// because the caller may be a thread that runs jobs. Default: a thread of the Engine.
  std::function<void(std::function<void()>)> executor{};
  std::function<void(const LogLine&)> log{};  ///< called from any thread; must not throw
};

/// Owns a subscription. Destruction or `reset` ends it: no new callback starts after that, but one that runs
/// in another thread may still finish. Movable. May outlive the Engine.
class CONVERT_API Subscription {
 public:
  Subscription();
  explicit Subscription(std::function<void()> cancel);
  Subscription(Subscription&& other) noexcept;
  Subscription& operator=(Subscription&& other) noexcept;
  ~Subscription();
  void reset() noexcept;

 private:
  std::function<void()> cancel_;
};

struct UploadOptions {
  /// A larger input is not hashed. That makes its upload cheaper, but results are not reused for its jobs;
  /// see JobRequest::fingerprint. In bytes.
  std::uint64_t max_hashed_bytes = UINT64_MAX;
};

/// An input while it is uploaded. Writes the bytes to the Storage and computes their SHA-256. Destroyed
/// before `finish`, it leaves nothing behind. One thread at a time, except `cancel`.
class CONVERT_API Upload {
 public:
  virtual ~Upload() = default;
  /// Appends bytes. Errors: those of the Storage's Writer, `limit_exceeded` (Limits::input_bytes).
  virtual Result<void> write(std::span<const std::byte> bytes) = 0;
  /// The number of bytes written so far.
  virtual std::uint64_t size() const noexcept = 0;
  /// Commits the blob. Call it once. An input that is not submitted is deleted after `Retention::orphans`.
  virtual Result<JobInput> finish(std::string name) = 0;
  /// As Writer::cancel: makes a pending call and all later ones fail within a second. Any thread may call it.
  virtual void cancel() noexcept {}
};

/// Runs conversions as durable jobs. A job that `submit` has acknowledged ends as succeeded, failed or
/// cancelled, even if any process dies at any time.
///
/// All state is in the Storage and the JobStore. Any number of engines may share them: in one process, on one
/// host or on several hosts. An engine that was not started accepts jobs and reports changes, but runs no
/// jobs. Thread-safe. Uses no globals, signal handlers or environment variables. Calls that change a job
/// return when the change is durable.
class CONVERT_API Engine {
 public:
  explicit Engine(EngineOptions options);
  /// Stops without a grace period. Unfinished jobs run again in another engine, or after the next start.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // --- Jobs ---------------------------------------------------------------------------------------

  /// Starts an upload. Errors: those of the Storage.
  Result<std::unique_ptr<Upload>> upload(UploadOptions options = {});

  /// Deletes uploaded inputs that no job references. They must not be submitted at the same time. Inputs
  /// whose deletion fails are deleted after `Retention::orphans`. Errors: `invalid_argument` (not created by
  /// `upload`), those of the Storage and the JobStore.
  Result<void> discard(std::span<const JobInput> inputs);

  /// Checks a spec as `submit` does, without inputs. Returns it with the canonical name of its format. Until
  /// there is an Execution, checks only what is common to all formats. Errors: those of `submit` for the
  /// spec.
  Result<OutputSpec> check_spec(OutputSpec spec) const;

  /// Records a job for uploaded inputs. The job is durable when this returns. Errors: `invalid_argument` and
  /// `unsupported` (the spec, as `Library::convert`; bounds of JobRequest), `conflict` (the unique key
  /// exists, or another job references an input). After `unavailable`, `io` and `internal` the job may have
  /// been recorded: do not discard its inputs. See JobStore::insert.
  Result<Job> submit(JobRequest request);

  /// Uploads `inputs`, then submits. Deletes the uploads if no job was recorded. `request.inputs` must be
  /// empty.
  Result<Job> submit(JobRequest request, std::span<const Input> inputs);

  Result<Job> find(JobId id) const;  ///< errors: `not_found`
  Result<std::vector<Job>> list(const JobFilter& filter) const;

  /// Cancels a job and keeps its inputs. A job that this engine runs stops at once. A job that another engine
  /// runs stops within two times EngineOptions::poll_interval (half a second by default), if the JobStore is
  /// reachable, also while it reads from or writes to a remote Storage. Errors: `not_found`, `conflict` (it
  /// has ended).
  Result<Job> cancel(JobId id);

  /// Runs a failed or cancelled job again from the start. Errors: `not_found` (also if its inputs have
  /// expired), `conflict`.
  Result<Job> retry(JobId id);

  /// Converts the same inputs to another output, and drops the present outputs. Works in every state, also
  /// while the job runs. Errors: those of `submit` for the spec, and those of `retry`.
  Result<Job> replace(JobId id, const OutputSpec& spec);

  /// Deletes the job and its files, also while it runs. Errors: `not_found`.
  Result<void> remove(JobId id);

  /// Opens an input or an output for reading. Errors: `not_found`.
  Result<std::unique_ptr<Reader>> open(const JobInput& input) const;
  Result<std::unique_ptr<Reader>> open(const JobOutput& output) const;

  /// A URL from which anyone can download the file while it is valid. An empty file name or content type is
  /// that of the input or output. Errors: `unsupported` (this Storage has no URLs; serve the bytes yourself).
  Result<std::string> signed_url(const JobInput& input, DownloadUrl request = {}) const;
  Result<std::string> signed_url(const JobOutput& output, DownloadUrl request = {}) const;

  // --- Subscriptions ------------------------------------------------------------------------------

  /// Calls `callback` with the job as it is now, then after every change, in order, and when its progress
  /// changes: about ten times a second for jobs of this engine, with each heartbeat for others. Reports a
  /// removed job once more, as cancelled with the error `not_found`. May skip intermediate states.
  [[nodiscard]] Subscription watch(JobId id, std::function<void(const Job&)> callback);

  /// As `watch`, for every job, starting with the next change.
  [[nodiscard]] Subscription watch_all(std::function<void(const Job&)> callback);

  /// Calls `callback` with new entries of the change log, in order, each once, in batches; starts with the
  /// next change. Cheap even with many jobs, because it reads no job. The span is valid during the call.
  [[nodiscard]] Subscription watch_changes(std::function<void(std::span<const Change>)> callback);

  /// Becomes ready with the job when it has ended. If the job cannot be read (`not_found`), becomes ready
  /// with a failed Job that holds the error. Throws std::future_error (broken promise) if the Engine is
  /// destroyed first.
  std::future<Job> finished(JobId id);

  /// Reads the change log, for consumers that must not miss a change. See JobStore::changes.
  Result<std::vector<Change>> changes(Revision after, std::size_t max) const;

  /// The same, of one job. See JobStore::job_changes.
  Result<std::vector<Change>> changes(JobId id, Revision after, std::size_t max) const;

  /// Where a new reader of the change log starts. See JobStore::last_revision.
  Result<Revision> last_revision() const;

  Result<Statistics> statistics() const;

  /// What an owner's jobs use. Costs time proportional to their number. Does not count uploads that are not
  /// submitted.
  Result<Usage> usage(std::string_view owner) const;

  // --- Running ------------------------------------------------------------------------------------

  /// Starts to run jobs. Opens an Execution if there is none, which takes about 0.1 s for a Sandbox; all
  /// other calls work meanwhile. Succeeds if the engine runs already. Errors: those of
  /// `EngineOptions::open_execution`, or of `Sandbox::start`.
  Result<void> start();

  /// Stops claiming jobs, waits at most `grace` for those that run, then interrupts the rest and releases
  /// them; that costs them no attempt. `start` may be called again afterwards. Blocks: if `executor` is an
  /// event loop, do not call it from that loop's thread.
  void stop(std::chrono::milliseconds grace = std::chrono::milliseconds(0));

  /// EngineOptions::limits, for conversions outside jobs.
  const Limits& limits() const noexcept;

  /// The Execution that runs the jobs, for probes and plans outside jobs. Null until `start`, if none was
  /// given.
  std::shared_ptr<Execution> execution() const;

  /// The formats that jobs can use: those of the Execution, else EngineOptions::formats. Valid while the
  /// Engine lives.
  std::span<const Format> formats() const noexcept;

  /// Whether a job submitted now could run here: the JobStore and the Storage are reachable, and the
  /// Execution has workers. Fast, unless one of them hangs. Errors: the first one found; `unavailable` if
  /// there is no Execution.
  Result<void> ready() const;

  /// Whether the JobStore, the Storage and the Queue are reachable: all that an engine needs that runs no
  /// jobs. Fast, unless one of them hangs. Errors: the first one found.
  Result<void> backends_ready() const;

  /// Expires leases, applies retention, and deletes orphaned blobs and unfinished uploads now, in the calling
  /// thread, whichever engine is elected for it. A started engine does this periodically.
  Result<void> sweep();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace convert
