// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <tuple>

#include "conformance/job_store/job_store_fixture.hpp"

/// Random calls, compared with a simple model.
namespace convert::conformance {

/// The expected answers of a store, computed by scanning all jobs.
class ReferenceModel {
 public:
  std::map<JobId, Job> jobs;
  std::map<std::string, std::uint64_t> served;  // by owner: the number of its last claim

  bool has_running_duplicate(const Job& of) const {
    return !of.request.fingerprint.empty() && std::any_of(jobs.begin(), jobs.end(), [&](const auto& entry) {
      return entry.second.state == JobState::running &&
             entry.second.request.fingerprint == of.request.fingerprint;
    });
  }

  bool ready(const Job& job, Time now) const {
    return job.state == JobState::queued && job.not_before <= now && !has_running_duplicate(job);
  }

  Usage usage_of(const std::string& owner) const {
    Usage usage;
    for (const auto& [id, job] : jobs) {
      if (job.request.owner != owner) continue;
      ++usage.jobs;
      usage.unfinished += job.state == JobState::queued || job.state == JobState::running;
      for (const auto& input : job.request.inputs) usage.input_bytes += job.inputs_expired ? 0 : input.size;
      for (const auto& output : job.outputs) usage.output_bytes += output.size;
    }
    return usage;
  }

  /// The job to claim next. Any owner without a claim so far may be first, so `named` is accepted if it
  /// belongs to one of them.
  std::optional<JobId> next_turn(Time now, JobId named) const {
    std::optional<std::tuple<Rank, JobId>> best;
    for (const auto& [id, job] : jobs) {
      if (ready(job, now))
        best = std::min(best.value_or(std::tuple(rank(job), id)), std::tuple(rank(job), id));
    }
    if (!best) return std::nullopt;
    const auto& first = jobs.at(std::get<JobId>(*best)).request;
    const auto other = jobs.find(named);
    if (other == jobs.end() || other->second.request.owner == first.owner) return std::get<JobId>(*best);
    const auto fresh = [&](const std::string& owner) { return !served.contains(owner); };
    if (!fresh(first.owner) || !fresh(other->second.request.owner)) return std::get<JobId>(*best);
    return next_of(other->second.request.owner, first.urgency, now);
  }

 private:
  using Rank = std::tuple<std::int64_t, std::size_t, std::uint64_t, std::string, std::int64_t>;

  Rank rank(const Job& job) const {
    const auto& requested = job.request;
    const auto turn = served.find(requested.owner);
    return {-std::int64_t{requested.urgency}, running_of(requested.owner),
            turn == served.end() ? 0 : turn->second, requested.owner, -std::int64_t{requested.priority}};
  }
  std::size_t running_of(const std::string& owner) const {
    return static_cast<std::size_t>(std::count_if(jobs.begin(), jobs.end(), [&](const auto& entry) {
      return entry.second.state == JobState::running && entry.second.request.owner == owner;
    }));
  }
  std::optional<JobId> next_of(const std::string& owner, int urgency, Time now) const {
    std::optional<std::pair<std::int64_t, JobId>> best;
    for (const auto& [id, job] : jobs) {
      if (job.request.owner != owner || job.request.urgency != urgency || !ready(job, now)) continue;
      const std::pair place{-std::int64_t{job.request.priority}, id};
      best = std::min(best.value_or(place), place);
    }
    return best ? std::optional(best->second) : std::nullopt;
  }
};

TEST_P(JobStoreSuite, RandomCallsMatchTheReferenceModel) {
  std::mt19937_64 random(seed());
  const auto below = [&](std::int64_t end) {
    return std::uniform_int_distribution<std::int64_t>(0, end - 1)(random);
  };

  ReferenceModel model;
  Revision revision = 0;
  std::uint64_t turn = 0;
  const auto insert_one = [&](std::string owner, milliseconds delay) {
    auto requested = request(std::move(owner));
    requested.priority = static_cast<int>(below(3));
    requested.urgency = static_cast<int>(below(10) == 0);
    requested.max_attempts = 1 + static_cast<int>(below(3));
    requested.not_before = clock().now() + delay;
    if (below(3) == 0) requested.fingerprint = "print-" + std::to_string(below(4));
    const auto job = insert(requested);
    revision = next_revision(job, revision);
    model.jobs[job.id] = job;
  };
  const std::vector<std::string> owners{"ann", "ben", "cho", "dee"};
  // One job of each owner never runs, since a store may forget an owner without jobs.
  for (const auto& owner : owners) insert_one(owner, std::chrono::hours(100'000));

  const auto claim_one = [&] {
    const auto job = claim(1, std::chrono::hours(24));
    const auto named = job.empty() ? JobId{0} : job.front().id;
    const auto expected = model.next_turn(clock().now(), named);
    ASSERT_EQ(named, expected.value_or(0));
    if (job.empty()) return;
    auto& before = model.jobs.at(named);
    auto step = apply_event(before, event::Claimed{"worker", job.front().token}, clock().now());
    ASSERT_TRUE(step) << step.error().message;
    step->job.revision = revision = next_revision(job.front(), revision);
    ASSERT_EQ(describe(job.front()), describe(step->job));
    before = step->job;
    model.served[before.request.owner] = ++turn;
  };
  const auto apply_random_event = [&] {
    auto at = std::next(model.jobs.begin(), below(static_cast<std::int64_t>(model.jobs.size())));
    if (at->first <= static_cast<JobId>(owners.size())) return;
    auto& before = at->second;
    const auto token = before.token - (below(8) == 0 ? 1 : 0);
    OutputSpec spec;
    spec.format = "ogg";
    const Key key = std::to_string(before.id) + "/" + std::to_string(token) + "/o";
    const std::vector<Event> events{
        event::Completed{token, {{"o", key, 1, "", "", {}}}, {}},
        event::AttemptFailed{token, {Errc::io, "x", below(2) == 0}, milliseconds(below(50))},
        event::Released{token, milliseconds(below(50))},
        event::Interrupted{token},
        event::Cancelled{},
        event::Retried{},
        event::Replaced{spec, below(2) == 0 ? "" : "print-" + std::to_string(below(4))},
        event::OutputsExpired{}};
    const auto& event = events[static_cast<std::size_t>(below(static_cast<std::int64_t>(events.size())))];
    auto expected = apply_event(before, event, clock().now());
    const auto answer = store().apply(before.id, event);
    ASSERT_EQ(answer.has_value(), expected.has_value());
    if (!expected) return;
    if (expected->changed) expected->job.revision = revision = next_revision(answer->job, revision);
    ASSERT_EQ(describe(answer->job), describe(expected->job));
    before = expected->job;
  };
  const auto compare = [&] {
    const auto there = statistics();
    std::array<std::uint64_t, 3> counts{};  // ready, delayed, waiting
    for (const auto& [id, job] : model.jobs) {
      if (job.state != JobState::queued) continue;
      ++counts[job.not_before > clock().now() ? 1 : model.has_running_duplicate(job) ? 2 : 0];
    }
    ASSERT_EQ(there.ready, counts[0]);
    ASSERT_EQ(there.delayed, counts[1]);
    ASSERT_EQ(there.waiting, counts[2]);
    ASSERT_EQ(there.revision, revision);
    for (const auto& owner : owners) ASSERT_EQ(expect_ok(store().usage(owner)), model.usage_of(owner));
    JobFilter all;
    all.max = 10'000;
    const auto listed = expect_ok(store().list(all));
    ASSERT_EQ(listed.size(), model.jobs.size());
    for (const auto& job : listed) ASSERT_EQ(describe(job), describe(model.jobs.at(job.id)));
  };

  const int calls = amount(2'000, 6'000);  // the model's work grows faster than the number of calls
  for (int n = 0; n < calls && !HasFatalFailure(); ++n) {
    SCOPED_TRACE(testing::Message() << "call " << n);
    const auto what = below(100);
    if (what < 20) {
      insert_one(owners[static_cast<std::size_t>(below(4))], milliseconds(below(3) == 0 ? below(100) : 0));
    } else if (what < 45) {
      claim_one();
    } else if (what < 90) {
      apply_random_event();
    } else if (what < 97) {
      clock().step(milliseconds(below(40) - 10));
    } else if (what < 99) {
      compare();
    } else if (model.jobs.size() > 40) {
      const auto victim = std::prev(model.jobs.end(), 10)->first;
      ASSERT_EQ(describe(expect_ok(store().remove(victim))), describe(model.jobs.at(victim)));
      model.jobs.erase(victim);
      ASSERT_GT(last_revision(), revision);
      revision = last_revision();
    }
  }
  compare();
}

}  // namespace convert::conformance
