// SPDX-License-Identifier: MIT
// Converts a folder as durable jobs. Usage: async_jobs FOLDER FORMAT DATA
// Jobs are stored in the folder DATA, and results in DATA/results. Ctrl-C stops gracefully. The next run
// continues and repeats nothing.
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include <unistd.h>

#include <convert/convert.hpp>

namespace fs = std::filesystem;

namespace {

void report(const convert::Error& error) { std::fprintf(stderr, "%s\n", error.message.c_str()); }

int fail(const convert::Error& error) {
  report(error);
  return 1;
}

/// Prints one line per job: redrawn in place on a terminal, appended elsewhere.
class JobDisplay {
 public:
  void show(const convert::Job& job) {
    const std::scoped_lock lock(mutex_);
    const auto name = job.request.inputs.empty() ? std::string("?") : job.request.inputs.front().name;
    const auto state = std::string(to_string(job.state));
    if (!terminal_) {
      if (std::exchange(lines_[job.id], state) != state) std::printf("%s: %s\n", name.c_str(), state.c_str());
      std::fflush(stdout);
      return;
    }
    if (!lines_.empty()) std::printf("\033[%zuA", lines_.size());
    lines_[job.id] = name + ": " + state + (job.state == convert::JobState::running ? percent(job) : "");
    for (const auto& [id, line] : lines_) std::printf("\r\033[K%s\n", line.c_str());
    std::fflush(stdout);
  }

 private:
  static std::string percent(const convert::Job& job) {
    return " " + std::to_string(static_cast<int>(100 * job.progress)) + " %";
  }

  const bool terminal_ = ::isatty(STDOUT_FILENO) == 1;
  std::mutex mutex_;
  std::map<convert::JobId, std::string> lines_;
};

/// Submits the files. The unique key skips those that an earlier run submitted.
void submit_all(convert::Engine& engine, const fs::path& folder, const std::string& format) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    auto reader = convert::open_file(entry.path());
    if (!reader) continue;
    convert::JobRequest request;
    request.spec.format = format;
    request.unique_key = entry.path().filename().string() + " to " + format;
    const convert::Input input{reader->get(), entry.path().filename().string()};
    const auto job = engine.submit(std::move(request), {&input, 1});
    if (!job && job.error().code != convert::Errc::conflict) report(job.error());
  }
}

/// Copies one output from the storage, unless an earlier run did.
convert::Result<void> save(convert::Engine& engine, const convert::JobOutput& output,
                           const fs::path& folder) {
  const fs::path path = folder / fs::path(output.name).filename();
  if (fs::exists(path)) return {};
  auto from = engine.open(output);
  if (!from) return from.error();
  auto to = convert::create_file(path);
  if (!to) return to.error();
  std::vector<std::byte> block(std::size_t{1} << 20);
  for (std::uint64_t at = 0;;) {
    const auto count = (*from)->read_at(at, block);
    if (!count) return count.error();
    if (*count == 0) return (*to)->commit();
    if (auto done = (*to)->write_at(at, std::span(block).first(*count)); !done) return done;
    at += *count;
  }
}

void save_all(convert::Engine& engine, const fs::path& folder) {
  fs::create_directories(folder);
  convert::JobFilter filter;
  filter.max = 10'000;
  const auto jobs = engine.list(filter);
  if (!jobs) return report(jobs.error());
  for (const auto& job : *jobs) {
    if (job.state == convert::JobState::failed) report(*job.error);
    for (const auto& output : job.outputs) {
      if (auto saved = save(engine, output, folder); !saved) report(saved.error());
    }
  }
}

/// Waits until all jobs have ended (true), or until Ctrl-C (false).
bool wait(convert::Engine& engine, const sigset_t& signals) {
  using convert::JobState;
  for (;;) {
    const timespec tenth{0, 100'000'000};
    if (::sigtimedwait(&signals, nullptr, &tenth) == SIGINT) return false;
    const auto now = engine.statistics();
    if (now && now->in(JobState::queued) + now->in(JobState::running) == 0) return true;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: async_jobs FOLDER FORMAT DATA\n");
    return 2;
  }
  // The Engine installs no signal handlers. Its threads inherit the blocked signal, and `wait` receives it.
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  const fs::path data = argv[3];
  fs::create_directories(data);
  auto storage = convert::disk_storage(data / "blobs");
  if (!storage) return fail(storage.error());
  auto store = convert::sqlite_job_store(data / "jobs.db");
  if (!store) return fail(store.error());

  convert::EngineOptions options;
  options.storage = *storage;
  options.store = *store;
  convert::Engine engine(options);
  JobDisplay display;
  const auto watching = engine.watch_all([&](const convert::Job& job) { display.show(job); });
  if (auto started = engine.start(); !started) return fail(started.error());  // with its own Sandbox
  submit_all(engine, argv[1], argv[2]);
  const bool done = wait(engine, signals);
  engine.stop();  // unfinished jobs are queued again and lose no attempt
  save_all(engine, data / "results");
  if (!done) std::printf("Stopped. Run it again to continue.\n");
  return done ? 0 : 130;
}
