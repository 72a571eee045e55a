// SPDX-License-Identifier: MIT

#include <algorithm>
#include <cstdio>

#include "bench_support.hpp"

// Empty jobs on a JobStore alone: submitters insert, eight workers claim and complete. And the cost of one
// claim among many queued jobs of a hundred owners.
namespace bench {
namespace {

constexpr int kOwners = 100;
constexpr int kClaims = 500;
constexpr unsigned kThreads = 32;  // that fill the store; a remote one takes their inserts as batches

void fill(convert::JobStore& store, int jobs) {
  std::atomic<int> number{0};
  run_concurrently(kThreads, jobs, [&]() {
    const int n = ++number;
    convert::JobRequest request;
    request.owner = "owner-" + std::to_string(n % kOwners);
    request.priority = n % 7;
    request.spec.format = "wav";
    request.inputs.push_back(empty_input());
    must(store.insert(request));
  });
}

constexpr unsigned kWorkers = 8;

void insert_one(convert::JobStore& store) {
  convert::JobRequest request;
  request.owner = "bench";
  request.spec.format = "wav";
  request.inputs.push_back(empty_input());
  must(store.insert(request));
}

/// Claims and completes one job. False if no job is queued.
bool work_one(convert::JobStore& store) {
  convert::ClaimRequest request;
  request.worker = "bench";
  for (const auto& job : must(store.claim(request))) {
    convert::event::Completed done;
    done.token = job.token;
    must(store.apply(job.id, done));
    return true;
  }
  return false;
}

void work(convert::JobStore& store, std::atomic<int>& remaining) {
  while (remaining > 0) {
    if (work_one(store)) {
      --remaining;
    } else {
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
  }
}

void round(convert::JobStore& store, unsigned submitters, int jobs) {
  std::atomic<int> remaining{jobs};
  std::jthread working([&]() { run_concurrently(kWorkers, kWorkers, [&]() { work(store, remaining); }); });
  run_concurrently(submitters, jobs, [&]() { insert_one(store); });
}

}  // namespace

void claims(const Words& words) {
  const auto store = open_store(words[0], words[2]);
  // A store on a server keeps what an earlier run has inserted.
  const auto queued = must(store->statistics()).in(convert::JobState::queued);
  fill(*store, std::stoi(words[1]) - static_cast<int>(queued));
  convert::ClaimRequest request;
  request.worker = "bench";
  std::vector<double> times;
  times.reserve(kClaims);
  for (int i = 0; i < kClaims; ++i) {
    times.push_back(measure_seconds([&]() {
      if (must(store->claim(request)).size() != 1) throw std::runtime_error("There was nothing to claim.");
    }));
  }
  std::printf("{\"jobs\": 1, \"seconds\": %.9f}\n", median(times));
}

void store_jobs(const Words& words) {
  const int jobs = std::stoi(words[1]);
  const auto submitters = static_cast<unsigned>(std::stoul(words[2]));
  const auto store = open_store(words[0], words[3]);
  round(*store, submitters, std::max(1, jobs / 5));
  const double seconds = measure_seconds([&]() { round(*store, submitters, jobs); });
  std::printf("{\"jobs\": %d, \"seconds\": %.6f}\n", jobs, seconds);
}

}  // namespace bench
