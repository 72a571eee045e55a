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

/// Limits of one worker process, in addition to the `Limits` of its conversion. A worker that exceeds one is
/// killed, and the call fails with a message that states the limit.
struct SandboxLimits {
  /// Private memory (code is shared): `limit_exceeded`.
  std::uint64_t memory_bytes = std::uint64_t{1} << 30;
  /// Time without progress, except while a Reader or Writer blocks the worker: `stalled`.
  std::chrono::milliseconds stall_timeout{60'000};
  /// 0: `Limits::wall_time` on all threads. `limit_exceeded`.
  std::chrono::seconds cpu_time{0};
  /// Size of the worker's temporary files; each file counts 64 KiB more: `limit_exceeded`.
  std::uint64_t temporary_bytes = std::uint64_t{8} << 30;
  /// Size of the result that a worker returns about a file: `limit_exceeded`.
  std::uint64_t result_bytes = std::uint64_t{64} << 20;
  /// Outputs of one call; each may use a descriptor: `limit_exceeded`.
  std::uint32_t outputs = 256;
};

struct SandboxOptions {
  /// The program that is started as the zygote. Default: `convert-worker` in the folder of the running
  /// program, in `../libexec/convert` relative to it, where find_package or pkg-config found it, relative to
  /// the shared library, or in the configured install folder. For your own converters: see worker.hpp.
  std::filesystem::path worker_program{};
  unsigned idle_workers = 2;  ///< workers forked ahead of need
  SandboxLimits limits{};
  std::filesystem::path temporary_folder{};  ///< holds a folder for each worker; default: the system\'s
  /// Runs workers even if they cannot be confined; where they can, they are. Only for files that you trust:
  /// the process boundary may be the only protection between a decoder and this machine.
  bool allow_unconfined = false;
  std::chrono::milliseconds start_timeout{20'000};  ///< for the worker program to load
};

struct SandboxStatistics {
  unsigned idle = 0;                  ///< workers that wait for a call
  unsigned busy = 0;                  ///< workers that serve a call
  std::uint64_t served = 0;           ///< calls that a worker answered
  std::uint64_t crashed = 0;          ///< workers that ended without an answer
  std::uint64_t killed = 0;           ///< workers that were killed: cancelled, over a limit, or misbehaving
  std::uint64_t zygotes_started = 0;  ///< including the first one
  std::uint64_t memory_bytes = 0;     ///< proportional set size of the zygote and the idle workers
};

/// Runs conversions in confined worker processes: an Execution for untrusted files.
///
/// A small single-threaded process, the zygote, loads the converters once and forks workers ahead of need.
/// Each worker serves one call and exits. It holds only the descriptors of that call's inputs and outputs and
/// a channel to this process. It is confined before it reads a byte: no new privileges, a list of permitted
/// system calls, resource limits, and, where the kernel supports them, Landlock and namespaces; see
/// docs/sandbox.md. This process parses no media, and validates everything that a worker sends.
///
/// Errors in addition to those of Library: `crashed` (a worker ended without an answer; retryable), `stalled`
/// (not retryable: the same bytes would stall again, and each attempt would occupy a worker for that long),
/// `forbidden` (a worker tried something that is not permitted, or violated the protocol of its channel),
/// `limit_exceeded` (SandboxLimits), `unavailable` (no worker was available; retryable).
///
/// The calls are those of Library, with these differences:
///   - A stop request kills the worker at once. The call returns when the caller's Readers and Writers that
///     are in use for it have returned: a blocked one delays that, as it delays the deadline if the worker
///     waits for it.
///   - `ConvertOptions::temporary_folder` is ignored: a worker's folder is below that of SandboxOptions.
///   - `threads` of 0 means one for each CPU core.
///   - `thread_budget` is called ten times a second, in the calling thread. Its value applies in the worker
///     to threads that start later; running threads continue.
///   - A Writer is committed only after the worker's answer was checked and, if the worker holds its file,
///     after the worker has ended; so all Writers live until then. A call may have at most 16 outputs open at
///     once; more fail with `limit_exceeded`.
///   - What the Report says about an output comes from the worker, except for the size, which is measured,
///     and the format, which must be one of `formats()`, with its MIME type.
///
/// Thread-safe. Starts processes by posix_spawn, one thread of its own, and in a call one thread for each
/// open forward-only input or output; installs no signal handler. Starts a new zygote if the zygote dies. The
/// destructor ends all processes; calls must have returned before.
class CONVERT_API Sandbox : public Execution {
 public:
  /// Starts the zygote and waits for its capabilities. Errors: `not_found` (no worker program; the message
  /// lists where it was searched), `unavailable`, `unsupported` (it cannot be confined here, with the reason;
  /// or it has another version).
  static Result<std::shared_ptr<Sandbox>> start(SandboxOptions options = {});

  ~Sandbox() override;
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  std::span<const Format> formats() const noexcept override;
  /// Errors: the reason why no zygote runs now; a new one is being started.
  Result<void> ready() const override;
  Result<MediaInfo> probe(const Input& input, const ConvertOptions& options = {}) const override;
  Result<Plan> plan(std::span<const Input> inputs, const OutputSpec& spec,
                    const ConvertOptions& options = {}) const override;
  Result<Report> convert(std::span<const Input> inputs, Outputs& outputs, const OutputSpec& spec,
                         const ConvertOptions& options = {}) const override;

  SandboxStatistics statistics() const;

  /// How workers are confined, for people: "seccomp, resource limits, Landlock 3, namespaces (user, mount,
  /// network)".
  const std::string& confinement() const noexcept;

 private:
  struct State;
  explicit Sandbox(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace convert
