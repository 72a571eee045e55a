// SPDX-License-Identifier: MIT
// Engines and workers are killed while jobs run: no acknowledged job is lost, no result is published twice,
// and nothing remains of killed processes.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <random>

#include <gmock/gmock.h>

#include <convert/engine.hpp>

#include "faults/crash_run.hpp"
#include "support/shell_command.hpp"
#include "support/test_files.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kShortLease(500);
const milliseconds kDefaultLease = EngineOptions().lease_duration;

/// The number of rounds. A round that measures kills twice.
struct Plan {
  int rounds;
  int default_lease_rounds;
  int worker_rounds;
};
Plan plan() { return full_run() ? Plan{500, 5, 60} : Plan{16, 0, 4}; }

/// Kills engines at random instants and in turn at every point that was reached before.
void kill_engines_repeatedly(CrashRun& run, std::mt19937& random, int rounds) {
  const auto points = run.points_reached();
  std::vector<std::string> names;
  for (const auto& [name, hits] : points) names.push_back(name);
  std::shuffle(names.begin(), names.end(), random);
  for (int round = 0, next = 0; round < rounds; ++round) {
    switch (round % 4) {
      case 0:
        run.kill_and_measure();
        break;
      case 2:
        run.kill_at_random();
        break;
      default: {
        if (names.empty()) break;
        const auto& name = names[static_cast<std::size_t>(next++) % names.size()];
        const auto max_hits = std::clamp(points.at(name) / 8, 1, 8);  // fewer commands run than before
        run.kill_at_point(name, 1 + static_cast<int>(random() % static_cast<unsigned>(max_hits)));
      }
    }
  }
}

struct Result {
  CrashRun::Count count;
  Durations recovery;
  std::size_t jobs = 0;
  int repeated = 0;
  std::vector<std::string> problems;
};

Result result_of(CrashRun& run) {
  run.finish_all_jobs();
  return {run.count(), run.recovery(), run.jobs(), run.repeated(), run.problems()};
}

Result kill_engines(std::uint32_t seed, int rounds) {
  const TemporaryFolder folder;
  EngineFolder engine_folder(folder.path());
  CrashRun run(engine_folder, seed, kShortLease);
  std::mt19937 random(seed);
  run.run_all_operations();
  EXPECT_FALSE(run.points_reached().empty());
  kill_engines_repeatedly(run, random, rounds);
  return result_of(run);
}

Result kill_engines_of_default_lease(std::uint32_t seed, int rounds) {
  const TemporaryFolder folder;
  EngineFolder engine_folder(folder.path());
  CrashRun run(engine_folder, seed, kDefaultLease);
  for (int round = 0; round < rounds; ++round) run.kill_and_measure();
  return result_of(run);
}

Result kill_workers(std::uint32_t seed, int rounds) {
  const TemporaryFolder folder;
  EngineFolder engine_folder(folder.path());
  CrashRun run(engine_folder, seed, kShortLease);
  for (int round = 0; round < rounds; ++round) run.kill_workers();
  return result_of(run);
}

TEST(Kills, LoseAndRepeatNoJobAndLeaveNothing) {
  SKIP_WITHOUT_PROGRAMS("sha256sum");
  const auto first = seed();
  const auto [rounds, default_lease_rounds, worker_rounds] = plan();
  const auto engines = kill_engines(first, rounds);
  const auto slow = kill_engines_of_default_lease(first + 1, default_lease_rounds);
  const auto workers = kill_workers(first + 2, worker_rounds);

  fmt::print(
      "faults: {} engines killed at random instants, {} at fault points, {} workers killed; {} jobs, {} runs "
      "repeated, "
      "{} complaints; running again after the death of a worker: {}; of an engine with a lease of 0.5 s: {}; "
      "with one of 10 s: {}\n",
      engines.count.random + slow.count.random, engines.count.at_points, workers.count.of_workers,
      engines.jobs + slow.jobs + workers.jobs, engines.repeated + slow.repeated,
      engines.problems.size() + slow.problems.size() + workers.problems.size(), workers.recovery.text(),
      engines.recovery.text(), slow.recovery.text());
  std::fflush(stdout);

  using testing::IsEmpty;
  EXPECT_THAT(engines.problems, IsEmpty());
  EXPECT_THAT(slow.problems, IsEmpty());
  EXPECT_THAT(workers.problems, IsEmpty());
  EXPECT_GT(engines.count.at_points, 0);
  EXPECT_LE(engines.recovery.worst(), kShortLease + seconds(5));
  EXPECT_LE(slow.recovery.worst(), kDefaultLease + seconds(5));
  EXPECT_LE(workers.recovery.median(), seconds(1));
  EXPECT_LE(workers.recovery.worst(), seconds(5));  // a busy machine may stall
}

}  // namespace
}  // namespace convert::test
