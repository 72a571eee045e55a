// SPDX-License-Identifier: MIT
#include "api/tasks/task_list.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <atomic>
#include <map>
#include <thread>
#include <vector>

namespace convert::server::api {
namespace {

RenderedList list(std::string body) { return {std::make_shared<const std::string>(std::move(body)), "next"}; }

void store_list(TaskListCache& lists, std::string_view owner, std::string_view query, std::string body) {
  lists.store(owner, query, lists.version(owner), list(std::move(body)));
}

TEST(TaskListCache, KeepsAListUntilAChange) {
  TaskListCache lists;
  store_list(lists, "ann", "q", "[1]");
  ASSERT_TRUE(lists.find("ann", "q"));
  EXPECT_EQ(*lists.find("ann", "q")->body, "[1]");
  EXPECT_EQ(lists.find("ann", "q")->next, "next");
  EXPECT_FALSE(lists.find("ann", "r"));
  EXPECT_FALSE(lists.find("bob", "q"));
  lists.note_revision("ann", 5);
  EXPECT_FALSE(lists.find("ann", "q"));
}

TEST(TaskListCache, KeepsListsForKnownRevisions) {
  TaskListCache lists;
  lists.note_revision("ann", 5);
  store_list(lists, "ann", "q", "[5]");
  lists.note_revision("ann", 5);
  lists.note_revision("ann", 4);
  EXPECT_TRUE(lists.find("ann", "q"));
  lists.note_revision("ann", 6);
  EXPECT_FALSE(lists.find("ann", "q"));
}

TEST(TaskListCache, DropsListsAfterAChangeWithoutARevision) {
  TaskListCache lists;
  store_list(lists, "ann", "q", "[]");
  lists.invalidate("ann");
  EXPECT_FALSE(lists.find("ann", "q"));
}

TEST(TaskListCache, RejectsListsThatWereReadBeforeAChange) {
  TaskListCache lists;
  const auto version = lists.version("ann");
  lists.note_revision("ann", 1);
  lists.store("ann", "q", version, list("old"));
  EXPECT_FALSE(lists.find("ann", "q"));
}

TEST(TaskListCache, DropsExpiredLists) {
  auto now = TaskListCache::Clock::time_point(std::chrono::hours(1));
  TaskListCache lists(1 << 20, [&] { return now; });
  lists.store("ann", "q", lists.version("ann"), list("[]"), std::chrono::seconds(1));
  now += std::chrono::milliseconds(999);
  EXPECT_TRUE(lists.find("ann", "q"));
  now += std::chrono::milliseconds(1);
  EXPECT_FALSE(lists.find("ann", "q"));
}

TEST(TaskListCache, EvictsTheLeastRecentlyUsedList) {
  TaskListCache lists(std::size_t{64} << 10);
  const std::string body(10 << 10, 'x');
  for (const char* query : {"1", "2", "3", "4", "5"}) store_list(lists, "ann", query, body);
  EXPECT_TRUE(lists.find("ann", "1"));  // the one asked for last now
  store_list(lists, "ann", "6", body);
  store_list(lists, "ann", "7", body);
  EXPECT_TRUE(lists.find("ann", "1"));
  EXPECT_FALSE(lists.find("ann", "2"));
  EXPECT_TRUE(lists.find("ann", "7"));
}

TEST(TaskListCache, RejectsListsThatAreTooLarge) {
  TaskListCache lists(std::size_t{64} << 10);
  store_list(lists, "ann", "small", "[]");
  store_list(lists, "ann", "large", std::string(60 << 10, 'x'));
  EXPECT_TRUE(lists.find("ann", "small"));
  EXPECT_FALSE(lists.find("ann", "large"));
}

TEST(TaskListCache, SeparatesOwnersAndQueries) {
  TaskListCache lists;
  store_list(lists, "a", "bc", "1");
  store_list(lists, "ab", "c", "2");
  EXPECT_EQ(*lists.find("a", "bc")->body, "1");
  EXPECT_EQ(*lists.find("ab", "c")->body, "2");
}

// A "store" that counts up, writers that say what they did, readers that must never be given less than what
// somebody had said before they asked.
TEST(TaskListCache, NeverReturnsStaleLists) {
  TaskListCache lists;
  std::atomic<Revision> store = 0;
  std::atomic<Revision> reported = 0;
  std::atomic<int> stale = 0;
  std::atomic<bool> done = false;
  const auto write = [&] {
    for (int i = 0; i < 20'000; ++i) {
      const Revision revision = ++store;
      lists.note_revision("ann", revision);
      Revision before = reported;
      while (before < revision && !reported.compare_exchange_weak(before, revision)) continue;
    }
  };
  const auto read = [&] {
    while (!done) {
      const Revision min_value = reported;
      Revision got = 0;
      if (const auto kept = lists.find("ann", "q")) {
        got = std::stoll(*kept->body);
      } else {
        const auto version = lists.version("ann");
        got = store;
        lists.store("ann", "q", version, list(std::to_string(got)));
      }
      if (got < min_value) ++stale;
    }
  };
  std::vector<std::jthread> readers;
  for (int i = 0; i < 2; ++i) readers.emplace_back(read);
  {
    std::jthread one(write);
    std::jthread two(write);
  }
  done = true;
  readers.clear();
  EXPECT_EQ(stale, 0);
}

Outcome<TaskQuery> read(const std::map<std::string, std::string>& given) {
  return parse_task_query([&](std::string_view name) -> std::optional<std::string> {
    const auto found = given.find(std::string(name));
    if (found == given.end()) return {};
    return found->second;
  });
}

TEST(TaskQuery, DefaultsToTheFirstThousandAscending) {
  const auto query = read({});
  ASSERT_TRUE(query);
  EXPECT_EQ(query->max, 1'000u);
  EXPECT_FALSE(query->descending);
  EXPECT_EQ(query->after, 0);
  EXPECT_TRUE(query->states.empty());
}

TEST(TaskQuery, ParsesAllParameters) {
  const auto query =
      read({{"max", "5"}, {"order", "1"}, {"after", "99"}, {"state", "FAILED,UPLOADED,FAILED"}});
  ASSERT_TRUE(query);
  const JobFilter filter = query->filter("ann");
  EXPECT_EQ(filter.owner, "ann");
  EXPECT_EQ(filter.max, 5u);
  EXPECT_TRUE(filter.descending);
  EXPECT_EQ(filter.after, 99);
  EXPECT_THAT(filter.states, testing::ElementsAre(JobState::queued, JobState::failed));
  EXPECT_EQ(query->next_page_url(42), "/api/tasks?max=5&order=1&after=42&state=UPLOADED,FAILED");
}

TEST(TaskQuery, ClampsMax) {
  EXPECT_THAT(read({{"max", "0"}}).error().detail, testing::Not(testing::HasSubstr("1000")));
  EXPECT_EQ(read({{"max", "1001"}})->max, 1'000u);
  EXPECT_EQ(read({{"max", "99999999999999999999999999"}})->max, 1'000u);
}

TEST(TaskQuery, RejectsInvalidParameters) {
  const std::pair<const char*, const char*> bad[] = {{"max", "0"},
                                                     {"max", "-1"},
                                                     {"max", ""},
                                                     {"max", "ten"},
                                                     {"max", "1 "},
                                                     {"max", "+1"},
                                                     {"order", "2"},
                                                     {"order", ""},
                                                     {"order", "01"},
                                                     {"order", "asc"},
                                                     {"after", "-1"},
                                                     {"after", "x"},
                                                     {"after", "9223372036854775808"},
                                                     {"state", "processed"},
                                                     {"state", ",FAILED"}};
  for (const auto& [name, value] : bad) {
    const auto query = read({{name, value}});
    ASSERT_FALSE(query) << name << "=" << value;
    EXPECT_EQ(query.error().code, "invalid_argument");
    EXPECT_THAT(query.error().detail, testing::StartsWith(name));
  }
}

TEST(TaskQuery, HasEqualCacheKeysForEqualQueries) {
  EXPECT_EQ(read({{"state", "FAILED,UPLOADED"}})->cache_key(),
            read({{"state", "UPLOADED,FAILED"}})->cache_key());
  EXPECT_NE(read({{"state", "FAILED"}})->cache_key(), read({})->cache_key());
  EXPECT_NE(read({{"max", "1"}})->cache_key(), read({{"after", "1"}})->cache_key());
  EXPECT_NE(read({{"order", "1"}})->cache_key(), read({})->cache_key());
}

}  // namespace
}  // namespace convert::server::api
