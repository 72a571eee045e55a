// SPDX-License-Identifier: MIT
#include "faults/workload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "faults/engine_folder.hpp"
#include "faults/job_history.hpp"
#include "support/audio_samples.hpp"
#include "support/shell_command.hpp"
#include "support/test_files.hpp"

namespace convert::test {
namespace {

/// Checks jobs that have ended: their record, their blobs and their history in the log. For `allowed_losses`
/// see Workload::problems.
class OutcomeChecker {
 public:
  OutcomeChecker(const EngineFolder& engine_folder, std::vector<Job> jobs, const std::vector<Change>& changes,
                 int allowed_losses);

  /// What is wrong with the job; empty if nothing is.
  std::string on(const ExpectedJob& entry) const;

 private:
  std::string on_ending(const ExpectedJob& entry, const JobOutcome& outcome) const;
  std::string on_output(const ExpectedJob& entry, const JobOutcome& outcome, const Job& job) const;

  const EngineFolder& engine_folder_;
  std::map<JobId, Job> jobs_;
  std::map<JobId, JobHistory> histories_;
  int allowed_losses_;
};

std::string sha256_of(const std::filesystem::path& file) {
  return run("sha256sum -- " + quoted(file)).output.substr(0, 64);
}

OutcomeChecker::OutcomeChecker(const EngineFolder& engine_folder, std::vector<Job> jobs,
                               const std::vector<Change>& changes, int allowed_losses)
    : engine_folder_(engine_folder), histories_(job_histories(changes)), allowed_losses_(allowed_losses) {
  for (auto& job : jobs) {
    const auto id = job.id;
    jobs_.emplace(id, std::move(job));
  }
}

/// The job must have one of its expected outcomes and a permitted history.
std::string OutcomeChecker::on(const ExpectedJob& entry) const {
  if (entry.id == 0) return "was never acknowledged";
  const auto history = histories_.find(entry.id);
  if (history == histories_.end()) return "is missing in the log";
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
  if (outcome.kind == JobOutcome::removed)
    return found == jobs_.end() ? "" : "exists although it was removed";
  if (found == jobs_.end()) return "is lost";
  const auto& job = found->second;
  constexpr JobState kStates[] = {JobState::succeeded, JobState::failed, JobState::cancelled};
  if (const auto expected = kStates[outcome.kind]; job.state != expected) {
    return fmt::format("is {} instead of {}{}", to_string(job.state), to_string(expected),
                       job.error ? ": " + job.error->message : "");
  }
  switch (outcome.kind) {
    case JobOutcome::failed:
      if (!job.error || job.error->retryable || job.error->message.empty()) return "failed without a reason";
      return job.attempt <= 1 + allowed_losses_
                 ? ""
                 : fmt::format("made {} attempts with a corrupt file", job.attempt);
    case JobOutcome::cancelled:
      return job.outputs.empty() ? "" : "was cancelled but has outputs";
    default:
      return on_output(entry, outcome, job);
  }
}

std::string OutcomeChecker::on_output(const ExpectedJob& entry, const JobOutcome& outcome,
                                      const Job& job) const {
  if (job.outputs.size() != 1) return fmt::format("has {} outputs", job.outputs.size());
  const auto& output = job.outputs.front();
  const auto path = engine_folder_.path_of(output.key);
  const auto content = read_file(path);
  if (content.size() != output.size) {
    return fmt::format("has an output of {} bytes instead of {}", content.size(), output.size);
  }
  if (sha256_of(path) != output.sha256) return "has an output with another SHA-256";
  const auto right = converted(content_of(entry), outcome.spec);
  return same_audio(content, right) ? "" : "has the wrong output for " + outcome.spec;
}

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
  entry.key = fmt::format("job-{}", jobs_.size());
  return entry;
}

/// One in eight is corrupt, one in eight duplicates another job. Lengths are distributed logarithmically, so
/// that most jobs are short and some are running when an engine is killed.
ExpectedJob Workload::new_job() {
  if (jobs_.size() > 8 && below(8) == 0) return duplicate_of(jobs_[jobs_.size() - 1 - below(8)]);
  ExpectedJob entry;
  entry.audio_seed = static_cast<std::uint32_t>(random_());
  entry.seconds = below(8) == 0 ? 0 : 0.1 * std::pow(400.0, below(1000) / 1000.0);
  entry.owner = fmt::format("owner-{}", below(3));
  entry.outcomes = {expected_outcome(entry, kSpecs[below(kSpecs.size())])};
  entry.key = fmt::format("job-{}", jobs_.size());
  return entry;
}

/// The error "conflict" means that an earlier submission without a reply took effect.
bool Workload::submit_new(ChildEngine& engine, ExpectedJob& entry) const {
  const auto input = engine_folder_.add_input(entry.key + ".wav", content_of(entry));
  const auto answer = engine.request(
      fmt::format("submit {} {} {} {}", entry.key, entry.owner, input.string(), entry.outcomes.front().spec));
  std::filesystem::remove(input);
  if (!answer) return false;
  if (answer->ok) entry.id = std::stoll(answer->text);
  if (answer->code != "conflict") return true;
  JobFilter filter;
  filter.owner = entry.owner;
  filter.unique_key = entry.key;
  const auto jobs = must(engine_folder_.store()->list(filter));
  if (!jobs.empty()) entry.id = jobs.front().id;
  return true;
}

bool Workload::submit(ChildEngine& engine, std::optional<double> seconds) {
  auto entry = new_job();
  if (seconds) {
    entry.seconds = *seconds;
    entry.audio_seed = static_cast<std::uint32_t>(random_());  // a duplicate would reuse the result
    entry.outcomes = {expected_outcome(entry, "format=mp3")};
  }
  jobs_.push_back(std::move(entry));
  return submit_new(engine, jobs_.back());
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
  if (!answer) entry.outcomes.push_back(then);  // it is unknown whether it took effect
  return answer.has_value();
}

bool Workload::change_random_job(ChildEngine& engine) {
  if (jobs_.empty()) return true;
  const auto recent = static_cast<unsigned>(std::min<std::size_t>(jobs_.size(), 6));
  auto& entry = jobs_[jobs_.size() - 1 - below(recent)];
  if (entry.id == 0 || entry.outcomes.size() > 1) return true;
  if (entry.outcomes.front().kind == JobOutcome::removed) return true;
  const bool cancelled = entry.outcomes.front().kind == JobOutcome::cancelled;
  return give(engine, entry, cancelled ? Command::retry : static_cast<Command>(below(3)));
}

bool Workload::run_every_command(ChildEngine& engine) {
  constexpr double kLong = 120;
  for (const auto order : {Command::replace, Command::remove, Command::cancel}) {
    if (!submit(engine, kLong) || !give(engine, jobs_.back(), order)) return false;
  }
  if (!give(engine, jobs_.back(), Command::retry) || !submit(engine, kLong)) return false;
  jobs_.push_back(duplicate_of(jobs_.back()));
  return submit_new(engine, jobs_.back());
}

bool Workload::resubmit_unacknowledged(ChildEngine& engine) {
  return std::all_of(jobs_.begin(), jobs_.end(),
                     [&](ExpectedJob& entry) { return entry.id != 0 || submit_new(engine, entry); });
}

std::vector<std::string> Workload::problems(int allowed_losses) const {
  const auto store = engine_folder_.store();
  OutcomeChecker checker(engine_folder_, all_jobs(*store), all_changes(*store), allowed_losses);
  std::vector<std::string> problems;
  for (const auto& entry : jobs_) {
    if (const auto problem = checker.on(entry); !problem.empty()) {
      problems.push_back(fmt::format("{} (job {}): {}", entry.key, entry.id, problem));
    }
  }
  return problems;
}

}  // namespace convert::test
