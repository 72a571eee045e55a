// SPDX-License-Identifier: MIT
#include "faults/job_history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace convert::test {
namespace {

using enum JobState;

/// The permitted transitions, independent of the code under test: the states before and after each kind of
/// change.
struct Rule {
  ChangeKind kind;
  std::vector<JobState> from;
  std::vector<JobState> to;
};

const std::vector<JobState> kAny{queued, running, succeeded, failed, cancelled};

const std::vector<Rule> kRules{
    {ChangeKind::claimed, {queued}, {running}},
    {ChangeKind::completed, {running}, {succeeded}},
    {ChangeKind::attempt_failed, {running}, {queued, failed}},
    {ChangeKind::released, {running}, {queued}},
    {ChangeKind::interrupted, {running}, {queued, failed}},
    {ChangeKind::cancelled, {queued, running}, {cancelled}},
    {ChangeKind::retried, {failed, cancelled}, {queued}},
    {ChangeKind::replaced, kAny, {queued}},
    {ChangeKind::removed, kAny, kAny},
};

bool has(const std::vector<JobState>& states, JobState state) {
  return std::find(states.begin(), states.end(), state) != states.end();
}

bool may_follow(const JobHistory& history, const Change& change, ChangeKind before) {
  if (before == ChangeKind::removed) return false;
  if (change.kind == ChangeKind::submitted) return history.text.empty() && change.state == queued;
  if (history.text.empty()) return false;
  const auto rule =
      std::find_if(kRules.begin(), kRules.end(), [&](const Rule& each) { return each.kind == change.kind; });
  return rule != kRules.end() && has(rule->from, history.state) && has(rule->to, change.state);
}

}  // namespace

std::map<JobId, JobHistory> job_histories(const std::vector<Change>& changes) {
  std::map<JobId, JobHistory> histories;
  std::map<JobId, ChangeKind> last;
  for (const auto& change : changes) {
    auto& history = histories[change.job];
    auto& before = last.try_emplace(change.job, ChangeKind::submitted).first->second;
    if (history.violation.empty() && !may_follow(history, change, before)) {
      history.violation = fmt::format("'{}' follows on '{}'", to_string(change.kind), history.text);
    }
    history.text += (history.text.empty() ? "" : " ") + std::string(to_string(change.kind));
    if (change.kind == ChangeKind::claimed) {
      ++history.claims;
      if (before == ChangeKind::interrupted) ++history.repeated;
    }
    if (change.kind == ChangeKind::completed) ++history.completions;
    history.state = change.state;
    before = change.kind;
  }
  return histories;
}

}  // namespace convert::test
