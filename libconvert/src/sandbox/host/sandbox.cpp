// SPDX-License-Identifier: MIT
#include <dlfcn.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <convert/sandbox.hpp>

#include "base/try.hpp"
#include "conversion/catch_exceptions.hpp"
#include "sandbox/host/sandbox_call.hpp"
#include "sandbox/host/scratch_root.hpp"
#include "sandbox/protocol/format_table.hpp"

/// Defined by programs that include execution.hpp of an installed library; see there.
extern "C" [[gnu::weak]] const char* convert_installed_worker() noexcept;

namespace convert {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWorkerProgramName = "convert-worker";

bool is_program(const fs::path& path) {
  std::error_code failure;
  return fs::is_regular_file(path, failure) && ::access(path.c_str(), X_OK) == 0;
}

/// The installed worker relative to the file that holds this code, if that is the shared library.
std::optional<fs::path> worker_of_shared_library() {
#ifdef CONVERT_WORKER_FOLDER_FROM_LIBRARY
  Dl_info info{};
  static const int address = 0;
  if (::dladdr(&address, &info) == 0 || info.dli_fname == nullptr) return {};
  std::error_code failure;
  const fs::path library = fs::canonical(info.dli_fname, failure);
  if (failure) return {};
  return library.parent_path() / CONVERT_WORKER_FOLDER_FROM_LIBRARY / kWorkerProgramName;
#else
  return {};
#endif
}

/// Where the worker program may be, in the order in which it is searched: beside the running program,
/// relative to it, where find_package or pkg-config found it, relative to the shared library, and in the
/// configured folder.
std::vector<fs::path> default_places() {
  std::vector<fs::path> places;
  const auto add = [&places](const fs::path& place) {
    const fs::path normal = place.lexically_normal();
    if (std::find(places.begin(), places.end(), normal) == places.end()) places.push_back(normal);
  };
  std::error_code failure;
  const fs::path self = fs::read_symlink("/proc/self/exe", failure);
  if (!failure) {
    const fs::path folder = self.parent_path();
    add(folder / kWorkerProgramName);
    add(folder.parent_path() / "libexec" / "convert" / kWorkerProgramName);
  }
  if (convert_installed_worker != nullptr) add(convert_installed_worker());
  if (const auto place = worker_of_shared_library()) add(*place);
  add(fs::path(CONVERT_LIBEXEC_FOLDER) / kWorkerProgramName);
  return places;
}

/// The program to start as the zygote: `configured`, or `convert-worker` in one of the default places.
Result<fs::path> find_worker_program(const fs::path& configured) {
  const auto places = configured.empty() ? default_places() : std::vector{configured};
  std::string places_tried;
  for (const fs::path& place : places) {
    if (is_program(place)) return place;
    places_tried += fmt::format("{}\"{}\"", places_tried.empty() ? "" : ", ", place.string());
  }
  return Error{
      Errc::not_found,
      fmt::format("No worker program found; tried {}. Install convert-worker, or set the path of the "
                  "worker program.",
                  places_tried)};
}

sandbox::ZygoteSettings zygote_settings(const SandboxOptions& options) {
  sandbox::ZygoteSettings settings;
  settings.memory_bytes = options.limits.memory_bytes;
  settings.cpu_seconds = static_cast<std::uint64_t>(options.limits.cpu_time.count());
  settings.unconfined = options.allow_unconfined;
  return settings;
}

Result<void> check_options(const SandboxOptions& options) {
  if (options.limits.stall_timeout.count() > 0 && options.limits.cpu_time.count() >= 0 &&
      options.limits.memory_bytes > 0 && options.start_timeout.count() > 0) {
    return {};
  }
  return Error{
      Errc::invalid_argument,
      "SandboxOptions: start_timeout, limits.stall_timeout and limits.memory_bytes must be above 0, and "
      "limits.cpu_time must not be negative."};
}

}  // namespace

struct Sandbox::State {
  State(SandboxOptions sandbox_options, sandbox::ScratchRoot folder, sandbox::ZygoteOptions zygote_options)
      : options(std::move(sandbox_options)),
        root(std::move(folder)),
        pool(std::move(zygote_options), options.idle_workers) {}

  sandbox::SandboxContext context() { return {pool, options.limits, counters, *formats}; }

  SandboxOptions options;
  sandbox::ScratchRoot root;
  sandbox::SandboxCounters counters;
  std::string confinement;
  std::optional<sandbox::FormatTable> formats;
  sandbox::WorkerPool pool;  // last: its processes use the folder
};

Result<std::shared_ptr<Sandbox>> Sandbox::start(SandboxOptions options) {
  return conversion::catch_exceptions("sandbox", [&]() -> Result<std::shared_ptr<Sandbox>> {
    CONVERT_TRY(check_options(options));
    auto program = find_worker_program(options.worker_program);
    if (!program) return std::move(program).error();
    CONVERT_TRY_ASSIGN(auto root, sandbox::ScratchRoot::make(options.temporary_folder));
    sandbox::ZygoteOptions zygote_options{*program, zygote_settings(options), root.path(),
                                          options.start_timeout};
    auto state = std::make_unique<State>(std::move(options), std::move(root), std::move(zygote_options));
    CONVERT_TRY_ASSIGN(auto hello, state->pool.start());
    if (hello.confinement.empty() && !state->options.allow_unconfined) {
      return Error{
          Errc::unsupported,
          "The worker program does not confine its workers. Allow unconfined workers if you trust all "
          "inputs."};
    }
    state->confinement = hello.confinement;
    state->formats.emplace(std::move(hello.formats));
    return std::shared_ptr<Sandbox>(new Sandbox(std::move(state)));
  });
}

Sandbox::Sandbox(std::unique_ptr<State> state) : state_(std::move(state)) {}
Sandbox::~Sandbox() = default;

std::span<const Format> Sandbox::formats() const noexcept { return state_->formats->formats(); }

Result<void> Sandbox::ready() const { return state_->pool.ready(); }

const std::string& Sandbox::confinement() const noexcept { return state_->confinement; }

Result<MediaInfo> Sandbox::probe(const Input& input, const ConvertOptions& options) const {
  return conversion::catch_exceptions("sandbox",
                                      [&] { return sandbox::probe(state_->context(), input, options); });
}

Result<Plan> Sandbox::plan(std::span<const Input> inputs, const OutputSpec& spec,
                           const ConvertOptions& options) const {
  return conversion::catch_exceptions(
      "sandbox", [&] { return sandbox::plan(state_->context(), inputs, spec, options); });
}

Result<Report> Sandbox::convert(std::span<const Input> inputs, Outputs& outputs, const OutputSpec& spec,
                                const ConvertOptions& options) const {
  return conversion::catch_exceptions(
      "sandbox", [&] { return sandbox::convert(state_->context(), inputs, outputs, spec, options); });
}

SandboxStatistics Sandbox::statistics() const {
  SandboxStatistics statistics;
  statistics.busy = state_->counters.busy;
  statistics.served = state_->counters.served;
  statistics.crashed = state_->counters.crashed;
  statistics.killed = state_->counters.killed;
  state_->pool.add_statistics(statistics);
  return statistics;
}

Result<std::shared_ptr<Execution>> default_execution() {
  CONVERT_TRY_ASSIGN(auto sandbox, Sandbox::start());
  return std::shared_ptr<Execution>(std::move(sandbox));
}

}  // namespace convert
