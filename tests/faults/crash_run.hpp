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
#include "faults/engine_folder.hpp"
#include "faults/workload.hpp"

namespace convert::test {

/// Measured durations; `text` is "median 0.61 s, worst 1.02 s of 48".
class Durations {
 public:
  void add(std::chrono::milliseconds time) { times_.push_back(time); }
  bool empty() const { return times_.empty(); }
  std::chrono::milliseconds median() const;
  std::chrono::milliseconds worst() const;
  std::string text() const;

 private:
  std::vector<std::chrono::milliseconds> times_;
};

/// Kills one engine after the other while jobs run.
class CrashRun {
 public:
  /// Without `durability`, each engine gets a random one.
  CrashRun(EngineFolder& engine_folder, std::uint32_t seed, std::chrono::milliseconds lease,
           std::string durability = {});

  /// Runs every kind of operation: each command, a crash while jobs run, an orphaned blob, and the end of
  /// every job.
  void run_all_operations();
  /// The fault points that engines have reached so far, and how often one engine did.
  const std::map<std::string, int>& points_reached() const { return points_reached_; }

  /// Kills an engine at a random instant.
  void kill_at_random();
  /// Kills an engine at that fault point, or later at a random instant if it does not reach it.
  void kill_at_point(const std::string& point, int hit);
  /// Kills an engine while jobs run, and measures the time until all of them run again.
  void kill_and_measure();
  /// Kills all workers, and measures the time until their jobs run again.
  void kill_workers();

  /// Lets an engine finish all jobs and shuts it down.
  void finish_all_jobs();

  /// Sweeps, and returns everything that is wrong, as sentences.
  std::vector<std::string> problems();

  struct Count {
    int random = 0;
    int at_points = 0;
    int of_workers = 0;
    int engines() const { return random + at_points; }
  };
  const Count& count() const { return count_; }
  const Durations& recovery() const { return recovery_; }
  std::size_t jobs() const { return workload_.size(); }
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

  EngineFolder& engine_folder_;
  Workload workload_;
  std::mt19937 random_;
  std::chrono::milliseconds lease_;
  std::string durability_;
  std::optional<ChildEngine> engine_;
  Count count_;
  Durations recovery_;
  std::map<std::string, int> points_reached_;
  std::vector<std::string> problems_;  // found during the run
};

/// The names of all fault points in the sources of the library.
std::vector<std::string> named_fault_points();

}  // namespace convert::test
