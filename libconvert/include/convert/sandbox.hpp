// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include <convert/execution.hpp>
#include <convert/export.hpp>

namespace convert {

/// What one worker process may take, beside the `Limits` of its conversion. A worker that passes one of them
/// is killed, and the call fails with a message that names the field.
struct SandboxLimits {
  std::uint64_t memory_bytes = std::uint64_t{1}
                               << 30;               ///< of its own data (code is shared): `limit_exceeded`
  std::chrono::milliseconds stall_timeout{60'000};  ///< without progress, though Readers and Writers do not
                                                    ///< keep it waiting: `stalled`
  std::chrono::seconds cpu_time{0};  ///< 0: as `Limits::wall_time` on all threads; `limit_exceeded`
  std::uint64_t temporary_bytes = std::uint64_t{8} << 30;  ///< in its folder for temporary files, of which
                                                           ///< each counts 64 KiB more: `limit_exceeded`
  std::uint64_t result_bytes = std::uint64_t{64} << 20;    ///< of what it says about a file: `limit_exceeded`
  std::uint32_t outputs = 256;  ///< of one call, each of which may cost a descriptor: `limit_exceeded`
};

struct SandboxOptions {
  /// The program that is started as the zygote. Empty: `convert-worker_program` beside the running program,
  /// in
  /// `../libexec/convert` from there, or where it was installed. One of your own, for converters of your own:
  /// see worker.hpp.
  std::filesystem::path worker_program{};
  unsigned idle_workers = 2;  ///< workers forked ahead of need
  SandboxLimits limits{};
  std::filesystem::path temporary_folder{};  ///< each worker gets an empty folder in it; empty: the system's
  /// Runs workers although they cannot be confined; where they can be, they are. Only for files that you
  /// trust: nothing but the process boundary may stand between a decoder and this machine.
  bool allow_unconfined = false;
  std::chrono::milliseconds start_timeout{20'000};  ///< for the worker program to load
};

/// What a Sandbox has seen.
struct SandboxStatistics {
  unsigned idle = 0;          ///< workers that wait for work
  unsigned busy = 0;          ///< workers at work
  std::uint64_t served = 0;   ///< calls that a worker answered
  std::uint64_t crashed = 0;  ///< workers that ended by themselves without an answer
  std::uint64_t killed = 0;   ///< workers that were ended: cancelled, over a limit, or forbidden to go on
  std::uint64_t zygotes_started = 0;  ///< zygotes started, the first included
  std::uint64_t memory_bytes = 0;     ///< proportional memory of the zygote and the workers that wait
};

/// Conversions in confined worker processes: an Execution for files from strangers.
///
/// A small single-threaded process, the zygote, loads the converters once and forks workers ahead of need.
/// Each serves one call, holding nothing but descriptors of that call's inputs and outputs and a channel to
/// this process, and ends. It is confined before it reads a byte: no new privileges, a list of permitted
/// system calls, resource limits, and where the kernel has them Landlock and namespaces; see docs/sandbox.md.
/// This process parses no media, and checks everything that a worker says.
///
/// Errors beside those of Library: `crashed` (a worker ended by itself without an answer; retryable),
/// `stalled` (not retryable: the same bytes stall again, and each attempt would hold a worker for that long),
/// `forbidden` (a worker tried what is not permitted, or broke the rules of its channel), `limit_exceeded`
/// (SandboxLimits), `unavailable` (no worker could be had; retryable).
///
/// The calls are those of Library, but for this:
///   - A stop token kills the worker at once, whatever it is doing. The call returns when the Readers and
///     Writers of yours that are at work for it have returned: one that blocks delays that, as it delays the
///     deadline where the worker has asked for it.
///   - `ConvertOptions::temporary_folder` is ignored: a worker's is below that of SandboxOptions.
///   - `threads` of 0 means as many as the machine has cores.
///   - `thread_budget` is asked ten times a second, in the calling thread. What it answers holds in
///     the worker from then on, for threads that are about to be started; those that run are left alone.
///   - No Writer is committed before the worker's answer was checked, and none whose file it holds before it
///     has ended, so all live until then. One call has at most 16 outputs open at once: more are
///     `limit_exceeded`.
///   - What is said about an output is the worker's, but for its size, which is measured, and its format,
///     which has to be one of `formats()`, with its MIME type.
///
/// Thread-safe. It starts processes by posix_spawn, one thread of its own, and in a call one for each
/// forward-only input and output that is open; no signal handler. If the zygote dies, another is started.
/// Destroying it ends all its processes; calls must have returned before.
class CONVERT_API Sandbox : public Execution {
 public:
  /// Starts the zygote and waits until it has said what it can do. Errors: `not_found` (no worker program:
  /// the message says where it was looked for), `unavailable`, `unsupported` (it can't be confined here, and
  /// why; or it is of another version).
  static Result<std::shared_ptr<Sandbox>> start(SandboxOptions options = {});

  ~Sandbox() override;
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  std::span<const Format> formats() const noexcept override;
  /// Errors: why there is no zygote just now; another one is being started.
  Result<void> ready() const override;
  Result<MediaInfo> probe(const Input& input, const ConvertOptions& options = {}) const override;
  Result<Plan> plan(std::span<const Input> inputs, const OutputSpec& spec,
                    const ConvertOptions& options = {}) const override;
  Result<Report> convert(std::span<const Input> inputs, Outputs& outputs, const OutputSpec& spec,
                         const ConvertOptions& options = {}) const override;

  SandboxStatistics statistics() const;

  /// How its workers are confined, for people: "seccomp, resource limits, Landlock 3, namespaces (user,
  /// mount, network)".
  const std::string& confinement() const noexcept;

 private:
  struct State;
  explicit Sandbox(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace convert
