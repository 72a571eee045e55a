// SPDX-License-Identifier: MIT
// Property: the same random calls get the same answers from all stores, and leave the same log.
#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <convert/job_store.hpp>

#include "conformance/job_store/job_store_fixture.hpp"
#include "support/postgres_server.hpp"

namespace convert::job_store::pg {
namespace {

using conformance::ManualClock;
using std::chrono::milliseconds;

/// A store whose ids and revisions are translated to numbers that all stores share: a call that fails may
/// use up an id, and revisions may have gaps.
class NumberedStore {
 public:
  NumberedStore(std::string name, std::shared_ptr<JobStore> store)
      : name_(std::move(name)), store_(std::move(store)) {}

  JobStore& operator*() const { return *store_; }
  JobStore* operator->() const { return store_.get(); }
  const std::string& name() const { return name_; }

  void add(JobId id) {
    numbers_.emplace(id, ids_.size());
    ids_.push_back(id);
  }
  JobId id_of(std::size_t number) const { return number < ids_.size() ? ids_[number] : 1'000'000; }
  std::size_t number_of(JobId id) const {
    const auto found = numbers_.find(id);
    return found == numbers_.end() ? 1'000'000 : found->second;
  }

  std::string describe(Job job) const {
    job.id = static_cast<JobId>(number_of(job.id));
    job.revision = 0;
    if (job.error) job.error->message.clear();  // it may name the id
    return conformance::describe(job);
  }
  std::string describe(const std::vector<Job>& jobs) const {
    std::string text;
    for (const Job& job : jobs) text += describe(job);
    return text;
  }
  template <class T, class Describe>
  std::string describe_result(const Result<T>& result, Describe describe_value) const {
    if (!result) return "error " + std::string(to_string(result.error().code));
    return describe_value(*result);
  }

  /// The log; runs of expired leases in the order of their jobs, which stores may choose.
  std::string log() const {
    const auto lines = store_->changes(0, 1'000'000);
    if (!lines) return lines.error().message;
    std::vector<std::string> texts;
    Revision last = 0;
    std::optional<std::size_t> run;
    for (const Change& line : *lines) {
      if (line.revision <= last) return "revisions do not rise";
      last = line.revision;
      std::ostringstream text;
      text << "job " << number_of(line.job) << " of " << line.owner << ' ' << to_string(line.kind) << ' '
           << to_string(line.state) << " at " << line.at.time_since_epoch().count() << '\n';
      if (line.kind != ChangeKind::interrupted) run.reset();
      if (line.kind == ChangeKind::interrupted && !run) run = texts.size();
      texts.push_back(text.str());
      if (run) std::sort(texts.begin() + static_cast<std::ptrdiff_t>(*run), texts.end());
    }
    std::string all;
    for (const auto& text : texts) all += text;
    return all;
  }

 private:
  std::string name_;
  std::shared_ptr<JobStore> store_;
  std::vector<JobId> ids_;
  std::map<JobId, std::size_t> numbers_;
};

class SameAnswers : public testing::Test {
 protected:
  void SetUp() override {
    SKIP_WITHOUT_POSTGRESQL();
    stores_.emplace_back("memory", memory_job_store(clock_.clock()));
    SqliteOptions options;
    options.durability = Durability::process;
    options.clock = clock_.clock();
    add("sqlite", sqlite_job_store(folder_.path() / "jobs.db", options));
    const auto schema = test::PostgresServer::unique_schema();
    add("postgresql", postgresql_job_store(test::PostgresServer::shared().uri(schema), {clock_.clock()}));
  }

  void add(std::string name, Result<std::shared_ptr<JobStore>> opened) {
    ASSERT_TRUE(opened) << opened.error().message;
    stores_.emplace_back(std::move(name), std::move(*opened));
  }

  std::int64_t below(std::int64_t end) {
    return std::uniform_int_distribution<std::int64_t>(0, end - 1)(random_);
  }
  std::string pick(const std::vector<std::string>& names) {
    return names[static_cast<std::size_t>(below(static_cast<std::int64_t>(names.size())))];
  }

  /// Makes the call on each store and compares the answers with the first one's.
  template <class Call>
  void compare(const char* what, Call call) {
    std::optional<std::string> expected;
    for (NumberedStore& store : stores_) {
      const std::string answer = call(store);
      if (!expected) expected = answer;
      ASSERT_EQ(answer, *expected) << what << " on " << store.name();
    }
  }

  JobRequest random_request();
  void insert(const JobRequest& request);
  void claim();
  void apply_event();
  void heartbeat();
  void expire_leases();
  void remove();
  void list();
  void look();
  void make_random_call();

  const std::vector<std::string> owners_{"", "ann", "ben", "c\xC3\xA9", "dee"};
  conformance::Folder folder_;
  ManualClock clock_;
  std::vector<NumberedStore> stores_;
  std::mt19937_64 random_{conformance::seed()};
  int keys_ = 0;
  std::size_t jobs_ = 0;  // inserted so far
};

JobRequest SameAnswers::random_request() {
  JobRequest request;
  request.owner = pick(owners_);
  // Sometimes a key of an earlier job, which may or may not have it still.
  const int key = keys_ > 0 && below(12) == 0 ? static_cast<int>(below(keys_)) : keys_++;
  request.inputs.push_back(
      {"in.wav", "in/" + std::to_string(key), static_cast<std::uint64_t>(below(1000)), ""});
  request.spec.format = "mp3";
  request.priority = static_cast<int>(below(3));
  request.urgency = below(8) == 0 ? static_cast<int>(below(3)) - 1 : 0;
  request.max_attempts = 1 + static_cast<int>(below(3));
  request.max_interruptions = static_cast<int>(below(3));
  if (below(4) == 0) request.not_before = clock_.now() + milliseconds(below(100));
  if (below(2) == 0) request.fingerprint = "print-" + std::to_string(below(5));
  if (below(3) == 0) request.unique_key = "key-" + std::to_string(below(30));
  return request;
}

void SameAnswers::insert(const JobRequest& request) {
  bool recorded = false;
  compare("insert", [&](NumberedStore& store) {
    const auto job = store->insert(request);
    if (job) store.add(job->id);
    recorded = job.has_value();
    return store.describe_result(job, [&](const Job& added) { return store.describe(added); });
  });
  if (recorded) ++jobs_;
}

void SameAnswers::claim() {
  const auto max = static_cast<std::size_t>(below(3) == 0 ? below(12) : 1);
  compare("claim", [&](NumberedStore& store) {
    const auto jobs = store->claim({"worker", milliseconds(1'000), max});
    return store.describe_result(jobs,
                                 [&](const std::vector<Job>& claimed) { return store.describe(claimed); });
  });
}

void SameAnswers::apply_event() {
  const auto number = static_cast<std::size_t>(below(static_cast<std::int64_t>(jobs_) + 1));
  const auto found = stores_.front()->find(stores_.front().id_of(number));
  const std::int64_t token = (found ? found->token : 1) - (below(8) == 0 ? 1 : 0);
  OutputSpec spec;
  spec.format = "ogg";
  const Key key = "out/" + std::to_string(number) + "/" + std::to_string(below(10) == 0 ? 0 : token);
  const JobOutput output{"out.mp3", key, static_cast<std::uint64_t>(below(1000)), "", "audio/mpeg", {}};
  const auto wait = milliseconds(below(2) * below(60));
  const auto before = clock_.now() - milliseconds(below(100));
  const std::vector<Event> events{event::Completed{token, {output}, {{WarningCode::truncated, "short"}}},
                                  event::Completed{token, {output}, {}},
                                  event::AttemptFailed{token, {Errc::io, "x", below(2) == 0}, wait},
                                  event::Released{token, wait},
                                  event::Interrupted{token},
                                  event::Cancelled{},
                                  event::Retried{},
                                  event::Replaced{spec, "print-" + std::to_string(below(5))},
                                  event::OutputsExpired{before},
                                  event::InputsExpired{before}};
  const auto& event = events[static_cast<std::size_t>(below(static_cast<std::int64_t>(events.size())))];
  compare("apply", [&](NumberedStore& store) {
    const auto transition = store->apply(store.id_of(number), event);
    return store.describe_result(transition, [&](const Transition& step) {
      std::string text = store.describe(step.job) + std::string(to_string(step.kind));
      text += step.changed ? " changed" : " unchanged";
      for (const auto& dropped : step.dropped_keys) text += " " + dropped;
      return text;
    });
  });
}

void SameAnswers::heartbeat() {
  std::vector<Job> running;
  for (std::size_t number = 0; number < jobs_; ++number) {
    auto job = stores_.front()->find(stores_.front().id_of(number));
    if (job && job->token > 0 && below(3) == 0) running.push_back(std::move(*job));
  }
  const double progress = static_cast<double>(below(101)) / 100;
  compare("heartbeat", [&](NumberedStore& store) {
    std::vector<ClaimHeartbeat> beats;
    std::vector<Claim> claims;
    for (const Job& job : running) {
      const auto number = stores_.front().number_of(job.id);
      beats.push_back({{store.id_of(number), job.token}, progress});
      claims.push_back(beats.back().claim);
    }
    const auto describe_claims = [&](const std::vector<Claim>& lost) {
      std::vector<std::string> texts;
      for (const Claim& claim : lost)
        texts.push_back(std::to_string(store.number_of(claim.id)) + "/" + std::to_string(claim.token) + " ");
      std::sort(texts.begin(), texts.end());
      std::string text;
      for (const auto& one : texts) text += one;
      return text;
    };
    const auto seen = store.describe_result(store->lost_claims(claims), describe_claims);
    return seen + "; " + store.describe_result(store->heartbeat(beats, milliseconds(1'000)), describe_claims);
  });
}

void SameAnswers::expire_leases() {
  compare("expire_leases", [&](NumberedStore& store) {
    auto jobs = store->expire_leases(1'000);
    if (jobs) {
      std::sort(jobs->begin(), jobs->end(), [](const Job& a, const Job& b) { return a.id < b.id; });
    }
    return store.describe_result(jobs,
                                 [&](const std::vector<Job>& expired) { return store.describe(expired); });
  });
}

void SameAnswers::remove() {
  const auto number = owners_.size() + static_cast<std::size_t>(below(static_cast<std::int64_t>(jobs_) + 1));
  std::optional<Time> before;
  if (below(2) == 0) before = clock_.now() - milliseconds(below(100));
  compare("remove", [&](NumberedStore& store) {
    const auto job = store->remove(store.id_of(number), before);
    return store.describe_result(job, [&](const Job& removed) { return store.describe(removed); });
  });
}

void SameAnswers::list() {
  JobFilter filter;
  if (below(2) == 0) filter.owner = pick(owners_);
  for (const auto state : conformance::kStates) {
    if (below(4) == 0) filter.states.push_back(state);
  }
  if (filter.owner && below(3) == 0) filter.unique_key = "key-" + std::to_string(below(30));
  if (below(3) == 0) filter.fingerprint = "print-" + std::to_string(below(5));
  if (filter.owner && below(3) == 0) filter.file = below(2) == 0 ? "in.wav" : "out.mp3";
  if (below(3) == 0) filter.finished_before = clock_.now() - milliseconds(below(100));
  filter.has_inputs = below(4) == 0;
  filter.has_outputs = below(4) == 0;
  filter.descending = below(2) == 0;
  filter.max = static_cast<std::size_t>(1 + below(50));
  const auto after = below(2) == 0 ? std::optional(static_cast<std::size_t>(below(50))) : std::nullopt;
  compare("list", [&](NumberedStore& store) {
    auto own = filter;
    if (after && *after < jobs_) own.after = store.id_of(*after);
    const auto jobs = store->list(own);
    return store.describe_result(jobs,
                                 [&](const std::vector<Job>& listed) { return store.describe(listed); });
  });
}

void SameAnswers::look() {
  compare("statistics", [&](NumberedStore& store) {
    const auto statistics = store->statistics();
    return store.describe_result(statistics, [](const Statistics& now) {
      std::ostringstream text;
      for (const auto jobs : now.jobs) text << jobs << ' ';
      text << "ready " << now.ready << " delayed " << now.delayed << " waiting " << now.waiting << " oldest "
           << now.oldest_ready.count() << " owners " << now.owners;
      return text.str();
    });
  });
  for (const auto& owner : owners_) {
    compare("usage", [&](NumberedStore& store) {
      return store.describe_result(store->usage(owner), [](const Usage& usage) {
        std::ostringstream text;
        text << usage.jobs << ' ' << usage.unfinished << ' ' << usage.input_bytes << ' '
             << usage.output_bytes;
        return text.str();
      });
    });
  }
  std::vector<Key> keys;
  for (int n = 0; n < 20; ++n) keys.push_back("in/" + std::to_string(below(keys_ + 1)));
  compare("unreferenced", [&](NumberedStore& store) {
    return store.describe_result(store->unreferenced(keys), [](const std::vector<Key>& unreferenced) {
      std::string text;
      for (const auto& key : unreferenced) text += key + " ";
      return text;
    });
  });
  const auto host = pick({"a", "b", "c"});
  const auto lease = milliseconds(below(4) * 40);
  compare("elect", [&](NumberedStore& store) {
    return store.describe_result(store->elect("sweep", host, lease),
                                 [](bool elected) { return std::string(elected ? "yes" : "no"); });
  });
  const auto number = static_cast<std::size_t>(below(static_cast<std::int64_t>(jobs_) + 1));
  compare("job_changes", [&](NumberedStore& store) {
    const auto lines = store->job_changes(store.id_of(number), 0, 1'000);
    return store.describe_result(lines, [](const std::vector<Change>& changes) {
      std::string text;
      for (const Change& line : changes) text += std::string(to_string(line.kind)) + " ";
      return text;
    });
  });
  compare("last_revision", [&](NumberedStore& store) {
    const auto last = store->last_revision();
    const auto lines = store->changes(0, 1'000'000);
    if (!last || !lines || lines->empty()) return std::string("error");
    return std::string(lines->back().revision == *last ? "of the last line" : "of another line");
  });
}

void SameAnswers::make_random_call() {
  const auto what = below(100);
  if (what < 22) return insert(random_request());
  if (what < 42) return claim();
  if (what < 75) return apply_event();
  if (what < 80) return heartbeat();
  if (what < 83) return expire_leases();
  if (what < 86) return remove();
  if (what < 92) return list();
  if (what < 94) return look();
  clock_.step(milliseconds(below(what == 99 ? 1'200 : 60) - 20));
}

TEST_F(SameAnswers, RandomCallsGetTheSameAnswersFromAllStores) {
  // One job of each owner never runs, since a store may forget an owner without jobs.
  for (const auto& owner : owners_) {
    auto request = random_request();
    request.owner = owner;
    request.unique_key.clear();
    request.inputs.front().key = "kept/" + std::to_string(jobs_);
    request.not_before = clock_.now() + std::chrono::hours(100'000);
    insert(request);
  }
  const int calls = conformance::amount(1'500, 20'000);
  for (int n = 0; n < calls && !HasFatalFailure(); ++n) {
    SCOPED_TRACE(testing::Message() << "call " << n);
    make_random_call();
  }
  if (HasFatalFailure()) return;
  list();
  look();
  compare("changes", [](NumberedStore& store) { return store.log(); });
}

}  // namespace
}  // namespace convert::job_store::pg
