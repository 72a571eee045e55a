// SPDX-License-Identifier: MIT
#include "faults/verdict.hpp"

#include <fmt/format.h>

#include "support/bytes.hpp"
#include "support/command.hpp"
#include "support/sounds.hpp"

namespace convert::test {
namespace {

std::string sha256_of(const std::filesystem::path& file) {
  return run("sha256sum -- " + quoted(file)).output.substr(0, 64);
}

}  // namespace

Verdict::Verdict(const Site& site, std::vector<Job> jobs, const std::vector<Change>& changes, int spare)
    : site_(site), histories_(histories_of(changes)), spare_(spare) {
  for (auto& job : jobs) {
    const auto id = job.id;
    jobs_.emplace(id, std::move(job));
  }
}

/// It is right if one of the endings that may be fits, and its history is one that can be.
std::string Verdict::on(const Entry& entry) const {
  if (entry.id == 0) return "was never acknowledged";
  const auto history = histories_.find(entry.id);
  if (history == histories_.end()) return "the log does not know it";
  if (!history->second.fault.empty()) return history->second.fault;
  std::string complaints;
  for (const auto& ending : entry.endings) {
    const auto complaint = on_ending(entry, ending);
    if (complaint.empty()) return {};
    complaints += (complaints.empty() ? "" : "; or ") + complaint;
  }
  return complaints + "; its history: " + history->second.text;
}

std::string Verdict::on_ending(const Entry& entry, const Ending& ending) const {
  const auto found = jobs_.find(entry.id);
  if (ending.kind == Ending::removed) return found == jobs_.end() ? "" : "is there, but was removed";
  if (found == jobs_.end()) return "is lost";
  const auto& job = found->second;
  constexpr JobState kStates[] = {JobState::succeeded, JobState::failed, JobState::cancelled};
  if (const auto wanted = kStates[ending.kind]; job.state != wanted) {
    return fmt::format("is {} instead of {}{}", to_string(job.state), to_string(wanted),
                       job.error ? ": " + job.error->message : "");
  }
  switch (ending.kind) {
    case Ending::failed:
      if (!job.error || job.error->retryable || job.error->message.empty()) return "failed without a reason";
      return job.attempt <= 1 + spare_ ? "" : fmt::format("took {} attempts at a bad file", job.attempt);
    case Ending::cancelled:
      return job.outputs.empty() ? "" : "was cancelled, and has outputs";
    default:
      return on_output(entry, ending, job);
  }
}

std::string Verdict::on_output(const Entry& entry, const Ending& ending, const Job& job) const {
  if (job.outputs.size() != 1) return fmt::format("has {} outputs", job.outputs.size());
  const auto& output = job.outputs.front();
  const auto path = site_.path_of(output.key);
  const auto content = read_file(path);
  if (content.size() != output.size) {
    return fmt::format("has an output of {} bytes instead of {}", content.size(), output.size);
  }
  if (sha256_of(path) != output.sha256) return "has an output with another SHA-256";
  const auto right = converted(content_of(entry), ending.spec);
  return same_sound(content, right) ? "" : "has the wrong output for " + ending.spec;
}

}  // namespace convert::test
