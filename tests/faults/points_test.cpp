// SPDX-License-Identifier: MIT
// Every fault point: a fresh store survives a kill at each; and each that the sources name is met by
// something.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include <gmock/gmock.h>

#include "faults/child_engine.hpp"
#include "faults/storm.hpp"
#include "support/command.hpp"
#include "support/seed.hpp"
#include "support/temporary_folder.hpp"

namespace convert::test {
namespace {

using std::chrono::milliseconds;
using testing::IsEmpty;

constexpr milliseconds kLease(500);

/// What an engine comes by until it is ready, in an empty folder: most of it once in the life of a store.
std::map<std::string, int> points_of_first_start() {
  const TemporaryFolder folder;
  Site site(folder.path());
  ChildEngine engine(folder.path());
  EXPECT_TRUE(ready(engine));
  auto hits = site.engine_faults().hits();
  EXPECT_TRUE(engine.leave());
  return hits;
}

std::vector<std::string> complaints_after_death_at(const std::string& point, int hit, std::uint32_t chosen) {
  const TemporaryFolder folder;
  Site site(folder.path());
  Storm storm(site, chosen, kLease);
  storm.kill_at_point(point, hit);
  storm.calm_down();
  auto complaints = storm.complaints();
  if (storm.count().at_points != 1) complaints.push_back("nobody came by");
  return complaints;
}

TEST(FaultPoints, OfAFirstStartLeaveAStoreThatWorks) {
  NEED_PROGRAMS("sha256sum");
  const auto chosen = seed();
  for (const auto& [point, hits] : points_of_first_start()) {
    for (int hit = 1; hit <= (full_run() ? hits : 1); ++hit) {
      EXPECT_THAT(complaints_after_death_at(point, hit, chosen), IsEmpty()) << point << ", hit " << hit;
    }
  }
}

/// Those that no engine meets: it never stores a blob under a key that is taken.
const std::set<std::string> kNotMet{"storage.hidden"};

/// What a rehearsal comes by, in engines and workers.
std::set<std::string> points_of_rehearsal(const std::string& durability) {
  const TemporaryFolder folder;
  Site site(folder.path());
  Storm storm(site, seed(), kLease, durability);
  storm.rehearse();
  EXPECT_THAT(storm.complaints(), IsEmpty());
  std::set<std::string> met;
  for (const auto& [point, hits] : storm.met()) met.insert(point);
  for (const auto& [point, hits] : site.worker_faults().hits()) met.insert(point);
  return met;
}

TEST(FaultPoints, AreAllMet) {
  auto met = points_of_rehearsal("process");
  met.merge(points_of_rehearsal("power"));
  std::vector<std::string> missing;
  for (const auto& name : named_fault_points()) {
    if (!met.contains(name) && !kNotMet.contains(name)) missing.push_back(name);
  }
  EXPECT_FALSE(met.empty());
  EXPECT_THAT(missing, IsEmpty());
}

}  // namespace
}  // namespace convert::test
