// SPDX-License-Identifier: MIT
#include "faults/workload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <utility>

#include "faults/verdict.hpp"
#include "support/audio_samples.hpp"

namespace convert::test {
namespace {

constexpr std::array<const char*, 4> kSpecs{"format=mp3", "format=flac", "format=ogg", "format=wav"};

JobOutcome expected_outcome(const ExpectedJob& entry, const std::string& spec) {
  return {entry.seconds > 0 ? JobOutcome::succeeded : JobOutcome::failed, spec};
}

}  // namespace

std::string content_of(const ExpectedJob& entry) {
  return entry.seconds > 0 ? wav(entry.seconds, entry.audio_seed) : corrupt_wav(entry.audio_seed);
}

ExpectedJob Workload::duplicate_of(ExpectedJob entry) const {
  entry.outcomes = {expected_outcome(entry, entry.outcomes.front().spec)};
  entry.id = 0;
  entry.key = fmt::format("job-{}", jobs_ordered_.size());
  return entry;
}

/// One of eight is bad, one of eight asks for the same as another one; lengths are spread evenly over the
/// orders of magnitude, so that most jobs are quick and some are met at work.
ExpectedJob Workload::new_entry() {
  if (jobs_ordered_.size() > 8 && below(8) == 0)
    return duplicate_of(jobs_ordered_[jobs_ordered_.size() - 1 - below(8)]);
  ExpectedJob entry;
  entry.audio_seed = static_cast<std::uint32_t>(random_());
  entry.seconds = below(8) == 0 ? 0 : 0.1 * std::pow(400.0, below(1000) / 1000.0);
  entry.owner = fmt::format("owner-{}", below(3));
  entry.outcomes = {expected_outcome(entry, kSpecs[below(kSpecs.size())])};
  entry.key = fmt::format("job-{}", jobs_ordered_.size());
  return entry;
}

/// An answer of "conflict" says that an earlier, unanswered order was done.
bool Workload::submit_new(ChildEngine& engine, ExpectedJob& entry) const {
  const auto input = site_.add_input(entry.key + ".wav", content_of(entry));
  const auto answer = engine.request(
      fmt::format("submit {} {} {} {}", entry.key, entry.owner, input.string(), entry.outcomes.front().spec));
  std::filesystem::remove(input);
  if (!answer) return false;
  if (answer->ok) entry.id = std::stoll(answer->text);
  if (answer->code != "conflict") return true;
  JobFilter filter;
  filter.owner = entry.owner;
  filter.unique_key = entry.key;
  const auto jobs = must(site_.store()->list(filter));
  if (!jobs.empty()) entry.id = jobs.front().id;
  return true;
}

bool Workload::submit(ChildEngine& engine, std::optional<double> seconds) {
  auto entry = new_entry();
  if (seconds) {
    entry.seconds = *seconds;
    entry.audio_seed =
        static_cast<std::uint32_t>(random_());  // a twin would take the result of the other one
    entry.outcomes = {expected_outcome(entry, "format=mp3")};
  }
  jobs_ordered_.push_back(std::move(entry));
  return submit_new(engine, jobs_ordered_.back());
}

bool Workload::give(ChildEngine& engine, ExpectedJob& entry, Command order) {
  const auto now = entry.outcomes.front();
  JobOutcome then;
  std::string command;
  switch (order) {
    case Command::cancel:
      then = {JobOutcome::cancelled, now.spec};
      command = fmt::format("cancel {}", entry.id);
      break;
    case Command::replace:
      then = expected_outcome(entry, kSpecs[below(kSpecs.size())]);
      command = fmt::format("replace {} {}", entry.id, then.spec);
      break;
    case Command::remove:
      then = {JobOutcome::removed, now.spec};
      command = fmt::format("remove {}", entry.id);
      break;
    case Command::retry:
      then = expected_outcome(entry, now.spec);
      command = fmt::format("retry {}", entry.id);
  }
  const auto answer = engine.request(command);
  if (answer && answer->ok) entry.outcomes = {then};
  if (!answer) entry.outcomes.push_back(then);  // whether it was done, nobody has heard
  return answer.has_value();
}

bool Workload::change_random_job(ChildEngine& engine) {
  if (jobs_ordered_.empty()) return true;
  const auto recent = static_cast<unsigned>(std::min<std::size_t>(jobs_ordered_.size(), 6));
  auto& entry = jobs_ordered_[jobs_ordered_.size() - 1 - below(recent)];
  if (entry.id == 0 || entry.outcomes.size() > 1) return true;
  if (entry.outcomes.front().kind == JobOutcome::removed) return true;
  const bool cancelled = entry.outcomes.front().kind == JobOutcome::cancelled;
  return give(engine, entry, cancelled ? Command::retry : static_cast<Command>(below(3)));
}

bool Workload::run_every_command(ChildEngine& engine) {
  constexpr double kLong = 120;
  for (const auto order : {Command::replace, Command::remove, Command::cancel}) {
    if (!submit(engine, kLong) || !give(engine, jobs_ordered_.back(), order)) return false;
  }
  if (!give(engine, jobs_ordered_.back(), Command::retry) || !submit(engine, kLong)) return false;
  jobs_ordered_.push_back(duplicate_of(jobs_ordered_.back()));
  return submit_new(engine, jobs_ordered_.back());
}

bool Workload::resubmit_unacknowledged(ChildEngine& engine) {
  return std::all_of(jobs_ordered_.begin(), jobs_ordered_.end(),
                     [&](ExpectedJob& entry) { return entry.id != 0 || submit_new(engine, entry); });
}

std::vector<std::string> Workload::problems(int spare) const {
  const auto store = site_.store();
  OutcomeChecker verdict(site_, all_jobs(*store), all_changes(*store), spare);
  std::vector<std::string> problems;
  for (const auto& entry : jobs_ordered_) {
    if (const auto problem = verdict.on(entry); !problem.empty()) {
      problems.push_back(fmt::format("{} (job {}): {}", entry.key, entry.id, problem));
    }
  }
  return problems;
}

}  // namespace convert::test
