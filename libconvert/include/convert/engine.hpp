// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
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

/// How long things are kept after a job has ended. Nothing said: for ever.
struct Retention {
  std::optional<std::chrono::seconds> inputs{};
  std::optional<std::chrono::seconds> outputs{};
  std::optional<std::chrono::seconds> records{};  ///< the job itself, with all its files
  std::chrono::seconds changes{7 * 24 * 3600};    ///< lines of the log of changes
  std::chrono::milliseconds orphans{
      3'600'000};  ///< blobs that belong to no job, counted from when they were written
};

/// A line for the log of whoever runs an Engine: ids and reasons, never contents or secrets.
struct LogLine {
  enum class Level : std::uint8_t { info, warning, error } level = Level::info;
  JobId job = 0;  ///< 0: none in particular
  std::string message;
};

/// What an Engine stands on, and how it behaves.
struct EngineOptions {
  /// Empty: memory. Engines that share one have to share the store too: what it does not know in "input/" and
  /// "output/" is removed after `Retention::orphans`.
  std::shared_ptr<Storage> storage{};
  std::shared_ptr<JobStore> store{};       ///< empty: memory
  std::shared_ptr<Queue> queue{};          ///< empty: memory
  std::shared_ptr<Execution> execution{};  ///< empty: `start()` opens one
  /// How `start()` opens the Execution if there is none, in its thread; it is kept for the Engine's life.
  /// Empty: a Sandbox with its defaults.
  std::function<Result<std::shared_ptr<Execution>>()> open_execution{};

  std::string worker_name{};      ///< the name under which it claims, unique among engines; empty: made up
  unsigned max_running_jobs = 0;  ///< jobs at once; 0: one and a half times as many as the machine has cores
  unsigned threads =
      0;            ///< at work in all of them together, shared out among those that run; 0: as many as cores
  Limits limits{};  ///< for every job
  RetryPolicy retry{};
  Retention retention{};
  bool reuse_results = true;  ///< equal work of the same owner is done once (see JobRequest::fingerprint)

  std::chrono::milliseconds lease_duration{10'000};  ///< after a host died, its jobs run again so much later
  std::chrono::milliseconds heartbeat_interval{
      1'000};  ///< how often leases are renewed, at most a third of `lease_duration`
  std::chrono::milliseconds sweep_interval{
      1'000};  ///< how often lapsed leases and unannounced jobs are looked for
  std::chrono::milliseconds cleanup_interval{60'000};  ///< how often retention and orphans are looked after
  /// How often changes made by other processes are looked for: by `watch`, and for what runs here, whether it
  /// is to stop. The heartbeat hears of that too.
  std::chrono::milliseconds poll_interval{250};

  /// Runs callbacks, for instance in the host's event loop. Must run each exactly once, in whatever thread;
  /// within the call itself only if no callback stops or destroys the Engine, since it may come from a thread
  /// that runs jobs. Empty: a thread of the Engine's.
  std::function<void(std::function<void()>)> executor{};
  std::function<void(const LogLine&)> log{};  ///< called from any thread; must not throw
};

/// Ends a watch when it is destroyed or `reset`: from then on its callback is not begun any more (one that
/// runs in another thread may still be running). Movable. May outlive the Engine.
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
  /// An input of more bytes gets no SHA-256: its upload costs less, and its jobs are never the same as other
  /// work (see JobRequest::fingerprint).
  std::uint64_t max_hashed_bytes = UINT64_MAX;
};

/// Bytes on their way to becoming an input: they go into the Storage, and their SHA-256 is taken meanwhile.
/// Destroyed before `finish`, it leaves nothing. Used by one thread at a time.
class CONVERT_API Upload {
 public:
  virtual ~Upload() = default;
  /// Appends. Errors: those of the Storage's Writer, `limit_exceeded` (Limits::input_bytes).
  virtual Result<void> write(std::span<const std::byte> bytes) = 0;
  /// How many bytes so far.
  virtual std::uint64_t size() const noexcept = 0;
  /// Makes the blob final. Called once. An input that no job takes is removed after `Retention::orphans`.
  virtual Result<JobInput> finish(std::string name) = 0;
};

/// Runs conversions as durable jobs: a job that `submit` has acknowledged ends succeeded, failed or
/// cancelled, whatever process dies at whatever instant.
///
/// Everything it knows is in its Storage and JobStore; any number of engines, in one process, on one host or
/// on many, may share them. An engine that was not started submits and watches, and runs nothing.
/// Thread-safe. No globals, no signal handlers, no environment. Calls that change a job block until the
/// change is durable.
class CONVERT_API Engine {
 public:
  explicit Engine(EngineOptions options);
  /// As `stop` without grace. What was not finished runs again elsewhere, or when an engine is started.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // --- Jobs ---------------------------------------------------------------------------------------

  /// Takes the bytes of an input. Errors: those of the Storage.
  Result<std::unique_ptr<Upload>> upload(UploadOptions options = {});

  /// Removes inputs that were uploaded for nothing: those that no job has. They must not be submitted
  /// meanwhile. Those that could not be removed are removed after `Retention::orphans`. Errors:
  /// `invalid_argument` (not made by `upload`), those of the Storage and the store.
  Result<void> discard(std::span<const JobInput> inputs);

  /// What `submit` would make of a spec, without any input: its format has its own name. Before there is an
  /// Execution only what holds for every format is checked. Errors: as `submit` for the spec.
  Result<OutputSpec> check_spec(OutputSpec spec) const;

  /// Records a job whose inputs were uploaded. When it returns, the job is durable.
  /// Errors: `invalid_argument` and `unsupported` (the spec, as `Library::convert`; bounds of JobRequest),
  /// `conflict` (the unique key is taken, or an input belongs to another job).
  Result<Job> submit(JobRequest request);

  /// Uploads `inputs` and submits; if that fails, removes them again. `request.inputs` has to be empty.
  Result<Job> submit(JobRequest request, std::span<const Input> inputs);

  Result<Job> find(JobId id) const;  ///< errors: `not_found`
  Result<std::vector<Job>> list(const JobFilter& filter) const;

  /// Stops a job; its inputs stay. A running one is killed at once by this engine, and within two times
  /// EngineOptions::polling, half a second, by another one on whichever host, if the store answers.
  /// Errors: `not_found`, `conflict` (it has ended).
  Result<Job> cancel(JobId id);

  /// Runs a failed or cancelled job again, from the begin. Errors: `not_found` (also: its inputs have
  /// expired), `conflict`.
  Result<Job> retry(JobId id);

  /// Asks for another output of the same inputs; drops the outputs that are there. Also while it runs.
  /// Errors: as `submit` for the spec, and as `retry`.
  Result<Job> replace(JobId id, const OutputSpec& spec);

  /// Forgets the job and removes its files, also while it runs. Errors: `not_found`.
  Result<void> remove(JobId id);

  /// The bytes of an input or an output. Errors: `not_found`.
  Result<std::unique_ptr<Reader>> open(const JobInput& input) const;
  Result<std::unique_ptr<Reader>> open(const JobOutput& output) const;

  /// An address from which anybody may read those bytes for so long. Errors: `unsupported` (the Storage has
  /// no addresses: serve the bytes yourself), `not_found`, if the Storage looks.
  Result<std::string> signed_url(const JobInput& input, std::chrono::milliseconds valid) const;
  Result<std::string> signed_url(const JobOutput& output, std::chrono::milliseconds valid) const;

  // --- Being told ---------------------------------------------------------------------------------

  /// Calls `callback` with the job as it is now, and after every change, in order, and for its progress
  /// (about ten times a second for jobs of this engine, with the heartbeat for others). A removed job is told
  /// once more, cancelled, with the error `not_found`. States that follow each other at once may be told as
  /// one.
  [[nodiscard]] Subscription watch(JobId id, std::function<void(const Job&)> callback);

  /// As `watch`, for every job. Begins with the next change.
  [[nodiscard]] Subscription watch_all(std::function<void(const Job&)> callback);

  /// Calls `callback` with the lines of the log as they are written, in order, each once, as many at a time
  /// as there are. Begins with the next change. Looks up no job, hence costs little with many. The span lives
  /// as long as the call.
  [[nodiscard]] Subscription watch_changes(std::function<void(std::span<const Change>)> callback);

  /// The job when it has ended. Broken if the Engine is destroyed before; errors in finding it (`not_found`)
  /// are a failed Job with that error.
  std::future<Job> finished(JobId id);

  /// The log of changes: for whoever must miss nothing. See JobStore.
  Result<std::vector<Change>> changes(Revision after, std::size_t max) const;

  Result<Statistics> statistics() const;

  /// What an owner has. Looks at each of the owner's jobs; uploads that no job has taken don't count.
  Result<Usage> usage(std::string_view owner) const;

  // --- Running ------------------------------------------------------------------------------------

  /// Begins to run jobs. Opens an Execution if none was given, which takes a Sandbox about a tenth of a
  /// second; all other calls may be made meanwhile. A second call is a success.
  /// Errors: those of `EngineOptions::open_execution`, or of `Sandbox::start`.
  Result<void> start();

  /// Stops claiming, waits so long for what runs, then stops it and gives it back, at no cost in attempts.
  /// After it, `start` may be called again. Blocks its thread meanwhile: where `executor` is an event loop,
  /// call it from another thread than the loop's.
  void stop(std::chrono::milliseconds grace = std::chrono::milliseconds(0));

  /// Those of every job (EngineOptions::limits), for conversions of your own.
  const Limits& limits() const noexcept;

  /// What runs the jobs, for probes and plans of your own: null before `start` when no Execution was given.
  std::shared_ptr<Execution> execution() const;

  /// Whether a job that is submitted now could be run here: the store and the storage answer, and the
  /// Execution is there and has workers. Quick, unless one of them is not. Errors: the first of theirs;
  /// `unavailable` before there is an Execution.
  Result<void> ready() const;

  /// Looks after lapsed leases, retention and orphans now, in this thread, as the engine does from time to
  /// time.
  Result<void> sweep();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace convert
