// SPDX-License-Identifier: MIT
#include <convert/life_cycle.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "base/try.hpp"
#include "base/utf8.hpp"

namespace convert {
namespace {

using std::chrono::milliseconds;

/// `start + wait`, clamped to the maximum.
Time saturating_add(Time start, milliseconds wait) {
  return start > Time::max() - wait ? Time::max() : start + wait;
}

/// After several interruptions the job itself may be the cause, so it waits longer each time and lets other
/// jobs run first.
milliseconds interruption_delay(int interruptions) {
  constexpr int undelayed = 3;
  constexpr milliseconds longest(60'000);
  if (interruptions <= undelayed) return milliseconds(0);
  return std::min(longest, milliseconds(1000) * (1 << std::min(interruptions - undelayed - 1, 6)));
}

std::vector<Key> keys_of(const auto& files) {
  std::vector<Key> keys;
  keys.reserve(files.size());
  for (const auto& file : files) keys.push_back(file.key);
  return keys;
}

Error storable_error(Error error) {
  error.message = base::make_storable(std::move(error.message));
  return error;
}

std::vector<JobOutput> storable_outputs(std::vector<JobOutput> outputs) {
  for (JobOutput& output : outputs) {
    output.name = base::make_storable(std::move(output.name));
    output.content_type = base::make_storable(std::move(output.content_type));
  }
  return outputs;
}

std::vector<Warning> storable_warnings(std::vector<Warning> warnings) {
  for (Warning& warning : warnings) warning.message = base::make_storable(std::move(warning.message));
  return warnings;
}

Result<void> check_text(std::string_view what, std::string_view text) {
  if (base::is_storable(text)) return {};
  return Error{Errc::invalid_argument, fmt::format("The job's {} must be UTF-8 without NUL.", what)};
}

Result<void> check_texts(std::string_view what, const std::map<std::string, std::string>& texts) {
  for (const auto& [name, value] : texts) {
    CONVERT_TRY(check_text(what, name));
    CONVERT_TRY(check_text(what, value));
  }
  return {};
}

Result<void> check_spec_texts(const OutputSpec& spec) {
  CONVERT_TRY(check_text("format", spec.format));
  CONVERT_TRY(check_text("audio_codec", spec.audio_codec));
  CONVERT_TRY(check_text("entry", spec.entry));
  return check_texts("tags", spec.tags);
}

/// Applies one event to one job.
class EventApplier {
 public:
  EventApplier(const Job& job, Time now) : before_(job), now_(now) {}

  Result<Transition> operator()(const event::Claimed& event) const {
    if (before_.state != JobState::queued) return conflict("only a queued job can be claimed");
    if (now_ < before_.not_before) return conflict("its not_before has not come yet");
    if (event.token <= before_.token)
      return conflict("the token of a claim must be greater than the last one");
    auto job = before_;
    job.state = JobState::running;
    job.token = event.token;
    job.worker = base::make_storable(event.worker);
    job.started = now_;
    job.progress = 0;
    return changed(std::move(job), ChangeKind::claimed);
  }

  Result<Transition> operator()(const event::Completed& event) const {
    if (!held_by(event.token)) return claim_not_held(event.token);
    auto job = before_;
    end(job, JobState::succeeded);
    job.outputs = storable_outputs(event.outputs);
    job.warnings = storable_warnings(event.warnings);
    job.error.reset();
    job.progress = 1;
    return changed(std::move(job), ChangeKind::completed);
  }

  Result<Transition> operator()(const event::AttemptFailed& event) const {
    if (!held_by(event.token)) return claim_not_held(event.token);
    auto job = before_;
    ++job.attempt;
    job.error = storable_error(event.error);
    if (event.error.retryable && job.attempt < job.request.max_attempts) {
      queue(job, event.retry_in);
    } else {
      end(job, JobState::failed);
    }
    return changed(std::move(job), ChangeKind::attempt_failed);
  }

  Result<Transition> operator()(const event::Released& event) const {
    if (!held_by(event.token)) return claim_not_held(event.token);
    auto job = before_;
    queue(job, event.retry_in);
    return changed(std::move(job), ChangeKind::released);
  }

  Result<Transition> operator()(const event::Interrupted& event) const {
    if (!held_by(event.token)) return claim_not_held(event.token);
    auto job = before_;
    ++job.interruptions;
    if (job.interruptions <= job.request.max_interruptions) {
      queue(job, interruption_delay(job.interruptions));
    } else {
      job.error = Error{Errc::crashed,
                        fmt::format("{} hosts died while they ran this job, so the job is probably the "
                                    "cause. If the hosts failed for another reason, retry the job.",
                                    job.interruptions)};
      end(job, JobState::failed);
    }
    return changed(std::move(job), ChangeKind::interrupted);
  }

  Result<Transition> operator()(const event::Cancelled&) const {
    if (before_.state == JobState::cancelled) return unchanged(ChangeKind::cancelled);
    if (ended(before_.state)) return conflict("a job that has ended cannot be cancelled");
    auto job = before_;
    end(job, JobState::cancelled);
    return changed(std::move(job), ChangeKind::cancelled);
  }

  Result<Transition> operator()(const event::Retried&) const {
    if (before_.state == JobState::queued) return unchanged(ChangeKind::retried);
    if (before_.state == JobState::running) return conflict("it can be retried only after it has ended");
    if (before_.state == JobState::succeeded) return conflict("a job that succeeded cannot be retried");
    if (before_.inputs_expired) return inputs_expired_error();
    auto job = before_;
    reset_and_queue(job);
    return changed(std::move(job), ChangeKind::retried);
  }

  Result<Transition> operator()(const event::Replaced& event) const {
    if (before_.inputs_expired) return inputs_expired_error();
    CONVERT_TRY(check_spec_texts(event.spec));
    CONVERT_TRY(check_text("fingerprint", event.fingerprint));
    auto job = before_;
    auto dropped = keys_of(before_.outputs);
    job.outputs.clear();
    job.request.spec = event.spec;
    job.request.fingerprint = event.fingerprint;
    reset_and_queue(job);
    return changed(std::move(job), ChangeKind::replaced, std::move(dropped));
  }

  Result<Transition> operator()(const event::OutputsExpired& event) const {
    if (!ended(before_.state)) return conflict("it has no outputs yet");
    if (!ended_before(event.finished_before)) return conflict("its time to expire has not come yet");
    if (before_.state != JobState::succeeded || before_.outputs_expired)
      return unchanged(ChangeKind::outputs_expired);
    auto job = before_;
    job.outputs.clear();
    job.outputs_expired = true;
    return changed(std::move(job), ChangeKind::outputs_expired, keys_of(before_.outputs));
  }

  Result<Transition> operator()(const event::InputsExpired& event) const {
    if (!ended(before_.state)) return conflict("it needs its inputs until it has ended");
    if (!ended_before(event.finished_before)) return conflict("its time to expire has not come yet");
    if (before_.inputs_expired) return unchanged(ChangeKind::inputs_expired);
    auto job = before_;
    job.inputs_expired = true;
    return changed(std::move(job), ChangeKind::inputs_expired, keys_of(before_.request.inputs));
  }

 private:
  bool held_by(std::int64_t token) const {
    return before_.state == JobState::running && before_.token == token;
  }

  bool ended_before(Time time) const { return !before_.finished || *before_.finished < time; }

  void end(Job& job, JobState state) const {
    job.state = state;
    job.worker.clear();
    job.finished = now_;
  }

  /// A job that need not wait gets no `not_before` of its own: if the clock were set back, it would have to
  /// wait.
  void queue(Job& job, milliseconds wait) const {
    job.state = JobState::queued;
    job.worker.clear();
    job.progress = 0;
    job.not_before = wait > milliseconds(0) ? saturating_add(now_, wait) : job.request.not_before;
    job.finished.reset();
  }

  void reset_and_queue(Job& job) const {
    queue(job, milliseconds(0));
    job.attempt = 0;
    job.interruptions = 0;
    job.error.reset();
    job.warnings.clear();
    job.outputs_expired = false;
  }

  static Transition changed(Job job, ChangeKind kind, std::vector<Key> dropped = {}) {
    return {std::move(job), kind, std::move(dropped), true};
  }
  Transition unchanged(ChangeKind kind) const { return {before_, kind, {}, false}; }

  Error conflict(std::string_view why) const {
    return {Errc::conflict, fmt::format("Job {} is {}: {}.", before_.id, to_string(before_.state), why)};
  }
  Error claim_not_held(std::int64_t token) const {
    return conflict(fmt::format("claim {} is no longer valid", token));
  }
  Error inputs_expired_error() const {
    return {Errc::not_found,
            fmt::format("Job {} is {}, and its inputs have expired: submit them again as a new job.",
                        before_.id, to_string(before_.state))};
  }

  const Job& before_;
  Time now_;
};

}  // namespace

Result<Transition> apply_event(const Job& job, const Event& event, Time now) {
  return std::visit(EventApplier(job, now), event);
}

namespace {

constexpr std::size_t kMaxInputs = 1000;
constexpr std::size_t kMaxNameBytes = 255;
constexpr std::size_t kMaxLabelBytes = std::size_t{64} << 10;

Error invalid_request(std::string message) { return {Errc::invalid_argument, std::move(message)}; }

Result<void> check_length(std::string_view what, std::string_view text) {
  if (text.size() <= kMaxNameBytes) return {};
  return invalid_request(fmt::format("The job's {} may have at most {} bytes; this one has {}.", what,
                                     kMaxNameBytes, text.size()));
}

Result<void> check_input_keys(const std::vector<JobInput>& inputs) {
  if (inputs.empty() || inputs.size() > kMaxInputs) {
    return invalid_request(
        fmt::format("A job has 1 to {} inputs; this one has {}.", kMaxInputs, inputs.size()));
  }
  std::vector<std::string_view> keys;
  keys.reserve(inputs.size());
  for (const auto& input : inputs) {
    CONVERT_TRY(check_key(input.key));
    keys.emplace_back(input.key);
  }
  std::sort(keys.begin(), keys.end());
  const auto duplicate = std::adjacent_find(keys.begin(), keys.end());
  if (duplicate == keys.end()) return {};
  return invalid_request(fmt::format(
      "The job uses the blob {} as an input twice. Upload the file once for each input.", *duplicate));
}

Result<void> check_labels(const std::map<std::string, std::string>& labels) {
  std::size_t size = 0;
  for (const auto& [name, value] : labels) size += name.size() + value.size();
  if (size <= kMaxLabelBytes) return {};
  return invalid_request(
      fmt::format("The job's labels may have at most {} bytes in all; these have {}.", kMaxLabelBytes, size));
}

/// PostgreSQL refuses other text, so every store does.
Result<void> check_request_texts(const JobRequest& request) {
  CONVERT_TRY(check_text("owner", request.owner));
  CONVERT_TRY(check_text("unique key", request.unique_key));
  CONVERT_TRY(check_text("fingerprint", request.fingerprint));
  for (const auto& input : request.inputs) CONVERT_TRY(check_text("input name", input.name));
  CONVERT_TRY(check_texts("labels", request.labels));
  return check_spec_texts(request.spec);
}

Result<void> check_numbers(const JobRequest& request) {
  if (request.max_attempts < 1) {
    return invalid_request(fmt::format("max_attempts must be at least 1, not {}.", request.max_attempts));
  }
  if (request.max_interruptions < 0) {
    return invalid_request(
        fmt::format("max_interruptions must be at least 0, not {}.", request.max_interruptions));
  }
  return {};
}

}  // namespace

Result<Job> new_job(const JobRequest& request, Time now) {
  return check_length("owner", request.owner)
      .and_then([&] { return check_length("unique key", request.unique_key); })
      .and_then([&] { return check_input_keys(request.inputs); })
      .and_then([&] { return check_labels(request.labels); })
      .and_then([&] { return check_numbers(request); })
      .and_then([&] { return check_request_texts(request); })
      .and_then([&]() -> Result<Job> {
        Job job;
        job.request = request;
        job.created = now;
        job.not_before = request.not_before;
        return job;
      });
}

std::chrono::milliseconds backoff(const RetryPolicy& policy, int failures, double random) noexcept {
  constexpr double limit = 1e15;  // far above any delay, and fits into milliseconds
  const auto growth = std::min(std::pow(std::max(policy.factor, 1.0), std::max(failures, 1) - 1), limit);
  const auto wait = std::min(static_cast<double>(policy.initial_delay.count()) * growth,
                             static_cast<double>(policy.max_delay.count()));
  const auto spread = 1 + std::clamp(policy.jitter, 0.0, 1.0) * (2 * std::clamp(random, 0.0, 1.0) - 1);
  return std::chrono::milliseconds(std::llround(std::clamp(wait * spread, 0.0, limit)));
}

}  // namespace convert
