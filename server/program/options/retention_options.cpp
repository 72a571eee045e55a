// SPDX-License-Identifier: MIT
#include "option_groups.hpp"
#include "option_builders.hpp"

namespace convertd {

std::vector<Option> retention_options() {
  return {
      retention_option(
          {"keep-inputs", "TIME|forever", "after a task has ended"},
          [](auto& s) -> auto& { return s.engine.retention.inputs; }),
      retention_option(
          {"keep-outputs", "TIME|forever", "likewise"},
          [](auto& s) -> auto& { return s.engine.retention.outputs; }),
      retention_option(
          {"keep-records", "TIME|forever", "likewise: the task itself, with all its files"},
          [](auto& s) -> auto& { return s.engine.retention.records; }),
      duration_option(
          {"orphans", "TIME", "files that became no task, from when they were written"},
          [](auto& s) -> auto& { return s.engine.retention.orphans; }, std::chrono::milliseconds(60'000)),
  };
}

}  // namespace convertd
