// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <convert/job.hpp>
#include <convert/result.hpp>

namespace convert::server::api {

/// The value of an argument, if it was given.
using QueryArguments = std::function<std::optional<std::string>(std::string_view name)>;

/// Which tasks a list shall have.
struct TaskQuery {
  std::size_t max = 1'000;  ///< 1 to 1,000
  bool descending = false;  ///< by id
  JobId after = 0;          ///< the last id that the client has
  std::vector<JobState> states{};

  JobFilter filter(std::string_view owner) const;
  /// Equal for equal questions.
  std::string cache_key() const;
  /// What asks for the rest of a list that ended with `last`: "/api/tasks?max=10&order=0&after=17".
  std::string next_page_url(JobId last) const;
};

/// Reads `max`, `order` (0 ascending, 1 descending), `after` and `state` (names with commas between).
/// A larger `max` than can be is the largest. Errors: `invalid_argument`.
Result<TaskQuery> parse_task_query(const QueryArguments& arguments);

}  // namespace convert::server::api
