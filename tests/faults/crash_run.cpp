// SPDX-License-Identifier: MIT
#include "faults/crash_run.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <regex>
#include <set>
#include <utility>

#include "faults/job_history.hpp"
#include "support/processes.hpp"
#include "support/test_files.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

double as_seconds(std::chrono::milliseconds time) { return static_cast<double>(time.count()) / 1000; }

}  // namespace

std::chrono::milliseconds Durations::median() const {
  if (times_.empty()) return {};
  auto sorted = times_;
  std::sort(sorted.begin(), sorted.end());
  return sorted[sorted.size() / 2];
}

std::chrono::milliseconds Durations::worst() const {
  return times_.empty() ? std::chrono::milliseconds(0) : *std::max_element(times_.begin(), times_.end());
}

std::string Durations::text() const {
  if (empty()) return "none measured";
  return fmt::format("median {:.2f} s, worst {:.2f} s of {}", as_seconds(median()), as_seconds(worst()),
                     times_.size());
}

namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kInterruptionsBeforeDelay = 3;  // after these, other jobs go first for up to a minute
constexpr double kLong = 120;                 // seconds of audio: some tenths of a second of work
Time wall_clock() { return std::chrono::floor<milliseconds>(std::chrono::system_clock::now()); }

}  // namespace

CrashRun::CrashRun(EngineFolder& engine_folder, std::uint32_t seed, milliseconds lease,
                   std::string durability)
    : engine_folder_(engine_folder),
      workload_(engine_folder, seed),
      random_(seed ^ 0x5eed),
      lease_(lease),
      durability_(std::move(durability)) {}

std::vector<std::string> CrashRun::settings() {
  const auto chosen = below(2) == 0 ? "power" : "process";
  return {fmt::format("lease={}", lease_.count()), "orphans=5000",
          "durability=" + (durability_.empty() ? chosen : durability_)};
}

ChildEngine& CrashRun::engine() {
  if (!engine_) engine_.emplace(engine_folder_.folder(), settings());
  return *engine_;
}

/// Starts an engine if none runs. Returns whether it is ready. An engine that reports an error is a problem;
/// one that is killed is not.
bool CrashRun::start_engine() {
  const auto ready = engine().started();
  if (ready && !ready->ok) problems_.push_back("an engine does not start: " + ready->text);
  return ready && ready->ok;
}

/// Sends commands. Returns whether the engine is alive.
bool CrashRun::submit_jobs(int jobs) {
  for (int i = 0; i < jobs; ++i) {
    if (!workload_.submit(*engine_)) return false;
    if (below(3) == 0 && !workload_.change_random_job(*engine_)) return false;
  }
  return true;
}

void CrashRun::collect_points() {
  for (const auto& [point, hits] : engine_folder_.engine_fault_control().hits()) {
    points_reached_[point] = std::max(points_reached_[point], hits);
  }
  engine_folder_.engine_fault_control().clear();
}

/// After an engine has ended, none of its processes may remain.
void CrashRun::reap_engine() {
  engine_.reset();
  collect_points();
  if (!eventually(seconds(10), [this] { return processes_of(engine_folder_.folder()).empty(); })) {
    problems_.push_back("processes remain 10 s after the end of their engine");
    for (const pid_t process : processes_of(engine_folder_.folder())) ::kill(process, SIGKILL);
  }
}

std::vector<Job> CrashRun::running() const { return all_jobs(*engine_folder_.store(), {JobState::running}); }

bool CrashRun::any_job_running(milliseconds patience) const {
  const auto store = engine_folder_.store();
  return eventually(patience, [&] { return must(store->statistics()).in(JobState::running) > 0; });
}

/// A job runs again when the log has its claim. A job that had just ended need not run again.
void CrashRun::measure(const std::vector<Job>& interrupted, Time since) {
  const auto store = engine_folder_.store();
  std::map<JobId, Revision> missing;
  auto seen = interrupted.empty() ? Revision(0) : interrupted.front().revision;
  for (const auto& job : interrupted) {
    if (job.interruptions >= kInterruptionsBeforeDelay) continue;
    missing[job.id] = job.revision;
    seen = std::min(seen, job.revision);
  }
  const bool all = eventually(lease_ + kDeadline, [&] {
    for (const auto& change : must(store->changes(seen, 10'000))) {
      seen = change.revision;
      const auto job = missing.find(change.job);
      if (job == missing.end() || change.revision <= job->second) continue;
      if (change.kind == ChangeKind::claimed) recovery_.add(change.at - since);
      if (change.kind == ChangeKind::claimed || ended(change.state)) missing.erase(job);
    }
    return missing.empty();
  });
  if (!all) problems_.push_back(fmt::format("{} interrupted jobs did not run again", missing.size()));
}

void CrashRun::run_all_operations() {
  if (!start_engine() || !workload_.run_every_command(*engine_))
    problems_.push_back("not every command could be sent");
  wait_for_all();
  reap_engine();
  kill_and_measure();
  kill_at_point("engine.upload_committed", 1);
  finish_all_jobs();
}

void CrashRun::kill_at_random() {
  engine().kill_at(std::chrono::steady_clock::now() + milliseconds(below(1500)));
  if (start_engine() && submit_jobs(4)) engine_->exits_within(kDeadline);
  ++count_.random;
  reap_engine();
}

void CrashRun::kill_at_point(const std::string& point, int hit) {
  engine_folder_.engine_fault_control().arm(point, hit, FaultAction::kill);
  if (start_engine() && submit_jobs(4)) engine_->exits_within(seconds(3));
  ++(engine_folder_.engine_fault_control().happened() ? count_.at_points : count_.random);
  reap_engine();
}

/// Submits long jobs and waits until one runs. The second is needed if a command cancels the first.
bool CrashRun::start_long_jobs() {
  if (!workload_.submit(*engine_, kLong) || !submit_jobs(2) || !workload_.submit(*engine_, kLong)) {
    problems_.push_back("a command got no reply");
    return false;
  }
  const bool busy = any_job_running(kDeadline);
  if (!busy) problems_.push_back("no job ran");
  return busy;
}

void CrashRun::kill_and_measure() {
  if (!start_engine()) problems_.push_back("an engine does not start");
  if (!start_long_jobs()) return reap_engine();
  engine_->exits_within(milliseconds(below(100)));
  engine_->kill();
  const auto when = wall_clock();
  ++count_.random;
  const auto interrupted = running();
  reap_engine();
  start_engine();
  measure(interrupted, when);
  engine_->kill();  // while it runs jobs: counted, not measured
  ++count_.random;
  reap_engine();
}

void CrashRun::kill_workers() {
  if (!engine_) start_engine();
  if (!start_long_jobs()) return;
  const auto interrupted = running();
  const auto when = wall_clock();
  for (const pid_t worker : workers_of(engine_->pid(), engine_folder_.folder())) {
    ::kill(worker, SIGKILL);
    ++count_.of_workers;
  }
  measure(interrupted, when);
  wait_for_all();  // so that no job loses more than one attempt
}

void CrashRun::wait_for_all() {
  const auto store = engine_folder_.store();
  const auto all_ended = [&] {
    const auto now = must(store->statistics());
    return now.in(JobState::queued) + now.in(JobState::running) == 0;
  };
  if (!eventually(2 * kDeadline + lease_, all_ended)) problems_.push_back("not all jobs have ended");
}

void CrashRun::finish_all_jobs() {
  if (!engine_) start_engine();
  if (!workload_.resubmit_unacknowledged(*engine_))
    problems_.push_back("an engine ended without being killed");
  wait_for_all();
  if (!engine_->shut_down()) problems_.push_back("the engine does not stop");
  engine_.reset();
  collect_points();
}

std::vector<std::string> CrashRun::problems() {
  auto all = problems_;
  ChildEngine sweeper(engine_folder_.folder(), {"start=0", "orphans=1"});
  const auto ready = sweeper.started();
  const auto swept = sweeper.request("sweep");
  if (!ready || !ready->ok || !swept || !swept->ok) all.push_back("the sweep failed");
  sweeper.shut_down();
  collect_points();
  const int allowed_losses = count_.of_workers > 0 ? 1 : 0;
  for (auto& problem : workload_.problems(allowed_losses)) all.push_back(std::move(problem));
  for (auto& left_over : engine_folder_.leftovers()) all.push_back("left over: " + left_over);
  return all;
}

int CrashRun::repeated() const {
  int sum = 0;
  for (const auto& [id, history] : job_histories(all_changes(*engine_folder_.store())))
    sum += history.repeated;
  return sum;
}

std::vector<std::string> named_fault_points() {
  const std::regex pattern(R"re(CONVERT_FAULT_POINT\("([^"]+)"\))re");
  std::set<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(CONVERT_SOURCE_FOLDER)) {
    if (!entry.is_regular_file() || entry.path().filename() == "fault_point.hpp") continue;
    const auto text = read_file(entry.path());
    for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match) {
      names.insert((*match)[1]);
    }
  }
  return {names.begin(), names.end()};
}

}  // namespace convert::test
