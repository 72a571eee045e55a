// SPDX-License-Identifier: MIT
// A new store survives a kill at each fault point, and a full run reaches every fault point of the sources.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include <gmock/gmock.h>

#include "faults/child_engine.hpp"
#include "faults/crash_run.hpp"
#include "support/shell_command.hpp"
#include "support/test_files.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

using std::chrono::milliseconds;
using testing::IsEmpty;

constexpr milliseconds kLease(500);

/// The points that an engine reaches during its start in an empty folder.
std::map<std::string, int> points_of_first_start() {
  const TemporaryFolder folder;
  EngineFolder engine_folder(folder.path());
  ChildEngine engine(folder.path());
  EXPECT_TRUE(ready(engine));
  auto hits = engine_folder.engine_fault_control().hits();
  EXPECT_TRUE(engine.shut_down());
  return hits;
}

std::vector<std::string> problems_after_death_at(const std::string& point, int hit,
                                                 std::uint32_t chosen_seed) {
  const TemporaryFolder folder;
  EngineFolder engine_folder(folder.path());
  CrashRun run(engine_folder, chosen_seed, kLease);
  run.kill_at_point(point, hit);
  run.finish_all_jobs();
  auto problems = run.problems();
  if (run.count().at_points != 1) problems.push_back("the point was not reached");
  return problems;
}

TEST(FaultPoints, KillsDuringTheFirstStartLeaveAUsableStore) {
  SKIP_WITHOUT_PROGRAMS("sha256sum");
  const auto chosen_seed = seed();
  for (const auto& [point, hits] : points_of_first_start()) {
    for (int hit = 1; hit <= (full_run() ? hits : 1); ++hit) {
      EXPECT_THAT(problems_after_death_at(point, hit, chosen_seed), IsEmpty()) << point << ", hit " << hit;
    }
  }
}

/// Points that no engine of this suite reaches: it never stores a blob under an existing key, the disk needs
/// no staging, and PostgreSQL has a suite of its own.
bool is_not_reached(const std::string& point) {
  return point == "storage.hidden" || point == "engine.output_staged" || point.starts_with("postgresql_");
}

/// The points that engines and workers reach in a run of all operations.
std::set<std::string> points_of_full_run(const std::string& durability) {
  const TemporaryFolder folder;
  EngineFolder engine_folder(folder.path());
  CrashRun run(engine_folder, seed(), kLease, durability);
  run.run_all_operations();
  EXPECT_THAT(run.problems(), IsEmpty());
  std::set<std::string> points_reached;
  for (const auto& [point, hits] : run.points_reached()) points_reached.insert(point);
  for (const auto& [point, hits] : engine_folder.worker_fault_control().hits()) points_reached.insert(point);
  return points_reached;
}

TEST(FaultPoints, AreAllReached) {
  auto points_reached = points_of_full_run("process");
  points_reached.merge(points_of_full_run("power"));
  std::vector<std::string> missing;
  for (const auto& name : named_fault_points()) {
    if (!points_reached.contains(name) && !is_not_reached(name)) missing.push_back(name);
  }
  EXPECT_FALSE(points_reached.empty());
  EXPECT_THAT(missing, IsEmpty());
}

}  // namespace
}  // namespace convert::test
