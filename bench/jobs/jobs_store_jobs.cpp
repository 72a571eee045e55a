// SPDX-License-Identifier: MIT
// Empty jobs on a JobStore alone: so many submitters insert, eight workers claim and complete.
#include <algorithm>
#include <cstdio>

#include "bench_support.hpp"

namespace bench {
namespace {

constexpr unsigned kWorkers = 8;

void insert_one(convert::JobStore& store) {
  convert::JobRequest request;
  request.owner = "bench";
  request.spec.format = "wav";
  request.inputs.push_back(empty_input());
  must(store.insert(request));
}

/// Claims and completes one job, if there is one.
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

void store_jobs(const Words& words) {
  const int jobs = std::stoi(words[1]);
  const auto submitters = static_cast<unsigned>(std::stoul(words[2]));
  const auto store = open_store(words[0], words[3]);
  round(*store, submitters, std::max(1, jobs / 5));
  const double seconds = measure_seconds([&]() { round(*store, submitters, jobs); });
  std::printf("{\"jobs\": %d, \"seconds\": %.6f}\n", jobs, seconds);
}

}  // namespace bench
