// SPDX-License-Identifier: MIT
#include "faults/verdict.hpp"

#include <fmt/format.h>

#include "support/test_files.hpp"
#include "support/shell_command.hpp"
#include "support/audio_samples.hpp"

namespace convert::test {
namespace {

std::string sha256_of(const std::filesystem::path& file) {
  return run("sha256sum -- " + quoted(file)).output.substr(0, 64);
}

}  // namespace

OutcomeChecker::OutcomeChecker(const EngineFolder& site, std::vector<Job> jobs,
                               const std::vector<Change>& changes, int spare)
    : site_(site), histories_(job_histories(changes)), allowed_lost_attempts_(spare) {
  for (auto& job : jobs) {
    const auto id = job.id;
    jobs_.emplace(id, std::move(job));
  }
}

/// It is right if one of the endings that may be fits, and its history is one that can be.
std::string OutcomeChecker::on(const ExpectedJob& entry) const {
  if (entry.id == 0) return "was never acknowledged";
  const auto history = histories_.find(entry.id);
  if (history == histories_.end()) return "the log does not know it";
  if (!history->second.violation.empty()) return history->second.violation;
  std::string problems;
  for (const auto& outcome : entry.outcomes) {
    const auto problem = on_ending(entry, outcome);
    if (problem.empty()) return {};
    problems += (problems.empty() ? "" : "; or ") + problem;
  }
  return problems + "; its history: " + history->second.text;
}

std::string OutcomeChecker::on_ending(const ExpectedJob& entry, const JobOutcome& outcome) const {
  const auto found = jobs_.find(entry.id);
  if (outcome.kind == JobOutcome::removed) return found == jobs_.end() ? "" : "is there, but was removed";
  if (found == jobs_.end()) return "is lost";
  const auto& job = found->second;
  constexpr JobState kStates[] = {JobState::succeeded, JobState::failed, JobState::cancelled};
  if (const auto wanted = kStates[outcome.kind]; job.state != wanted) {
    return fmt::format("is {} instead of {}{}", to_string(job.state), to_string(wanted),
                       job.error ? ": " + job.error->message : "");
  }
  switch (outcome.kind) {
    case JobOutcome::failed:
      if (!job.error || job.error->retryable || job.error->message.empty()) return "failed without a reason";
      return job.attempt <= 1 + allowed_lost_attempts_
                 ? ""
                 : fmt::format("took {} attempts at a bad file", job.attempt);
    case JobOutcome::cancelled:
      return job.outputs.empty() ? "" : "was cancelled, and has outputs";
    default:
      return on_output(entry, outcome, job);
  }
}

std::string OutcomeChecker::on_output(const ExpectedJob& entry, const JobOutcome& outcome,
                                      const Job& job) const {
  if (job.outputs.size() != 1) return fmt::format("has {} outputs", job.outputs.size());
  const auto& output = job.outputs.front();
  const auto path = site_.path_of(output.key);
  const auto content = read_file(path);
  if (content.size() != output.size) {
    return fmt::format("has an output of {} bytes instead of {}", content.size(), output.size);
  }
  if (sha256_of(path) != output.sha256) return "has an output with another SHA-256";
  const auto right = converted(content_of(entry), outcome.spec);
  return same_audio(content, right) ? "" : "has the wrong output for " + outcome.spec;
}

}  // namespace convert::test
