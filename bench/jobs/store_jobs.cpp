// SPDX-License-Identifier: MIT
// What one claim costs among many queued jobs of a hundred owners.
#include <cstdio>

#include "bench_support.hpp"

namespace bench {
namespace {

constexpr int kOwners = 100;
constexpr int kClaims = 500;
constexpr unsigned kThreads = 8;  // fill the store; those of SQLite share their transactions

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

}  // namespace

void claims(const Words& words) {
  const auto store = open_store(words[0], words[2]);
  fill(*store, std::stoi(words[1]));
  convert::ClaimRequest request;
  request.worker = "bench";
  std::vector<double> times;
  for (int i = 0; i < kClaims; ++i) {
    times.push_back(measure_seconds([&]() {
      if (must(store->claim(request)).size() != 1) throw std::runtime_error("There was nothing to claim.");
    }));
  }
  std::printf("{\"jobs\": 1, \"seconds\": %.9f}\n", median(times));
}

}  // namespace bench
