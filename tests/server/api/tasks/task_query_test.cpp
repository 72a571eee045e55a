// SPDX-License-Identifier: MIT
#include "api/tasks/task_query.hpp"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace convert::server::api {
namespace {

Result<TaskQuery> read(const std::map<std::string, std::string>& given) {
  return parse_task_query([&](std::string_view name) -> std::optional<std::string> {
    const auto found = given.find(std::string(name));
    if (found == given.end()) return {};
    return found->second;
  });
}

TEST(TaskQuery, SaysNothingMeansTheFirstThousandAscending) {
  const auto query = read({});
  ASSERT_TRUE(query);
  EXPECT_EQ(query->max, 1'000u);
  EXPECT_FALSE(query->descending);
  EXPECT_EQ(query->after, 0);
  EXPECT_TRUE(query->states.empty());
}

TEST(TaskQuery, ReadsEveryArgument) {
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

TEST(TaskQuery, ALargerMaxIsTheLargest) {
  EXPECT_THAT(read({{"max", "0"}}).error().message, testing::Not(testing::HasSubstr("1000")));
  EXPECT_EQ(read({{"max", "1001"}})->max, 1'000u);
  EXPECT_EQ(read({{"max", "99999999999999999999999999"}})->max, 1'000u);
}

TEST(TaskQuery, RefusesWhatItCannotBe) {
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
    EXPECT_EQ(query.error().code, Errc::invalid_argument);
    EXPECT_THAT(query.error().message, testing::StartsWith(name));
  }
}

TEST(TaskQuery, EqualQuestionsHaveEqualTexts) {
  EXPECT_EQ(read({{"state", "FAILED,UPLOADED"}})->cache_key(),
            read({{"state", "UPLOADED,FAILED"}})->cache_key());
  EXPECT_NE(read({{"state", "FAILED"}})->cache_key(), read({})->cache_key());
  EXPECT_NE(read({{"max", "1"}})->cache_key(), read({{"after", "1"}})->cache_key());
  EXPECT_NE(read({{"order", "1"}})->cache_key(), read({})->cache_key());
}

}  // namespace
}  // namespace convert::server::api
