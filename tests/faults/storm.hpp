// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "faults/child_engine.hpp"
#include "faults/crash_run.hpp"
#include "faults/workload.hpp"
#include "faults/engine_folder.hpp"

namespace convert::test {

/// Kills one engine after the other while jobs flow.
class CrashRun {
 public:
  /// Without a durability, each engine has one by chance.
  CrashRun(EngineFolder& site, std::uint32_t seed, std::chrono::milliseconds lease,
           std::string durability = {});

  /// What can happen, on purpose: every order, a death while jobs run, a blob that no job has, and the end
  /// of every job.
  void run_all_operations();
  /// Which fault points the engines came by so far, and how often one of them did.
  const std::map<std::string, int>& points_reached() const { return points_reached_; }

  /// One kill at a random instant: of the start, of orders, of work.
  void kill_at_random();
  /// One kill at that fault point; at a random instant after a while, if no engine comes by.
  void kill_at_point(const std::string& point, int hit);
  /// Waits until jobs run, kills, and measures until all of them run again.
  void kill_and_measure();
  /// Kills all workers, and measures until what they ran runs again.
  void kill_workers();

  /// An engine that nobody kills finishes everything; the last one sweeps, and leaves.
  void finish_all_jobs();

  /// Sweeps; then what is wrong, as sentences.
  std::vector<std::string> problems();

  struct Count {
    int random = 0;
    int at_points = 0;
    int of_workers = 0;
    int engines() const { return random + at_points; }
  };
  const Count& count() const { return count_; }
  const Durations& recovery() const { return recovery_; }
  std::size_t jobs() const { return ledger_.size(); }
  int repeated() const;

 private:
  ChildEngine& engine();
  bool start_engine();
  bool submit_jobs(int jobs);
  void reap_engine();
  void wait_for_all();
  void collect_points();
  std::vector<Job> running() const;
  bool start_long_jobs();
  bool any_job_running(std::chrono::milliseconds patience) const;
  void measure(const std::vector<Job>& interrupted, Time since);
  std::vector<std::string> settings();
  unsigned below(unsigned bound) { return static_cast<unsigned>(random_()) % bound; }

  EngineFolder& site_;
  Workload ledger_;
  std::mt19937 random_;
  std::chrono::milliseconds lease_;
  std::string durability_;
  std::optional<ChildEngine> engine_;
  Count count_;
  Durations recovery_;
  std::map<std::string, int> points_reached_;
  std::vector<std::string> problems_;  // what was wrong on the way
};

/// All names of fault points in the sources of the library.
std::vector<std::string> named_fault_points();

}  // namespace convert::test
