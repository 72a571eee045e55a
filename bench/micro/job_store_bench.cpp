// SPDX-License-Identifier: MIT
// Job stores, call by call: the life of a job, claims among many jobs, find and list.
#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <convert/job_store.hpp>

#include "bench_media.hpp"

namespace {

enum Kind : std::int64_t { memory_store, process_durable, power_durable };

/// A store with jobs, in a temporary folder.
class FilledStore {
 public:
  FilledStore(std::int64_t kind, std::int64_t jobs) {
    if (kind == memory_store) {
      store_ = convert::memory_job_store();
    } else {
      folder_ = bench::scratch("jobs-" + std::to_string(kind) + "-" + std::to_string(jobs));
      std::filesystem::remove_all(folder_);
      std::filesystem::create_directories(folder_);
      convert::SqliteOptions options;
      options.durability = kind == power_durable ? convert::Durability::power : convert::Durability::process;
      store_ = convert::sqlite_job_store(folder_ / "jobs.db", options).value();
    }
    for (std::int64_t i = 0; i < jobs; ++i) last_ = insert();
  }

  ~FilledStore() {
    store_.reset();
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  FilledStore(const FilledStore&) = delete;
  FilledStore& operator=(const FilledStore&) = delete;

  convert::JobStore& store() { return *store_; }
  /// The id of the last initial job.
  convert::JobId last() const { return last_; }

  convert::JobId insert() {
    const auto number = ++number_;
    convert::JobRequest request;
    request.owner = "owner-" + std::to_string(number % 100);
    request.spec.format = "wav";
    request.inputs.push_back({.name = "empty.wav", .key = "empty/" + std::to_string(number)});
    return store_->insert(request).value().id;
  }

 private:
  std::filesystem::path folder_;
  std::shared_ptr<convert::JobStore> store_;
  std::atomic<std::uint64_t> number_{0};
  convert::JobId last_ = 0;
};

/// Shared by all threads and repetitions of a benchmark.
FilledStore& filled_store(std::int64_t kind, std::int64_t jobs) {
  static std::mutex mutex;
  static std::map<std::pair<std::int64_t, std::int64_t>, std::unique_ptr<FilledStore>> stores;
  const std::scoped_lock lock(mutex);
  auto& store = stores[{kind, jobs}];
  if (!store) store = std::make_unique<FilledStore>(kind, jobs);
  return *store;
}

convert::Result<std::vector<convert::Job>> claim(convert::JobStore& store) {
  convert::ClaimRequest request;
  request.worker = "bench";
  return store.claim(request);
}

/// Insert, claim, complete.
void job_cycle(benchmark::State& state) {
  FilledStore& jobs = filled_store(state.range(0), 1);
  for (auto _ : state) {
    jobs.insert();
    const auto claimed = claim(jobs.store());
    if (!claimed) return bench::fail(state, claimed.error());
    for (const auto& job : *claimed) {
      const auto done = jobs.store().apply(job.id, convert::event::Completed{job.token, {}, {}});
      if (!done) return bench::fail(state, done.error());
    }
  }
  state.SetItemsProcessed(state.iterations());
}

void job_claim(benchmark::State& state) {
  FilledStore& jobs = filled_store(state.range(0), state.range(1));
  for (auto _ : state) {
    const auto claimed = claim(jobs.store());
    if (!claimed) return bench::fail(state, claimed.error());
    state.PauseTiming();  // keep the number of queued jobs
    jobs.insert();
    state.ResumeTiming();
  }
}

void job_find(benchmark::State& state) {
  FilledStore& jobs = filled_store(state.range(0), state.range(1));
  convert::JobId id = 0;
  for (auto _ : state) {
    id = id % jobs.last() + 1;
    const auto job = jobs.store().find(id);
    if (!job) return bench::fail(state, job.error());
  }
}

/// A page of 100 jobs of one owner, from the middle.
void job_list(benchmark::State& state) {
  FilledStore& jobs = filled_store(state.range(0), state.range(1));
  convert::JobFilter filter;
  filter.owner = "owner-7";
  filter.after = jobs.last() / 2;
  filter.descending = true;
  for (auto _ : state) {
    const auto page = jobs.store().list(filter);
    if (!page) return bench::fail(state, page.error());
    benchmark::DoNotOptimize(*page);
  }
}

BENCHMARK(job_cycle)
    ->ArgName("store")
    ->DenseRange(memory_store, power_durable)
    ->Threads(1)
    ->Threads(8)
    ->UseRealTime();
BENCHMARK(job_claim)
    ->ArgNames({"store", "queued"})
    ->ArgsProduct({{memory_store, process_durable}, {1'000, 100'000}})
    ->UseRealTime();
BENCHMARK(job_claim)->ArgNames({"store", "queued"})->Args({memory_store, 1'000'000})->UseRealTime();
BENCHMARK(job_find)
    ->ArgNames({"store", "jobs"})
    ->ArgsProduct({{memory_store, process_durable}, {1'000, 100'000}});
BENCHMARK(job_list)
    ->ArgNames({"store", "jobs"})
    ->ArgsProduct({{memory_store, process_durable}, {1'000, 100'000}});

}  // namespace
