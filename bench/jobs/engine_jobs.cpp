// SPDX-License-Identifier: MIT

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <convert/engine.hpp>

#include "bench_support.hpp"

// Empty jobs through an Engine measure the engine and its store: blobs are in memory and the execution does
// nothing.
namespace bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kWarmUp = 20;
constexpr std::chrono::milliseconds kBetweenJobs{10};  // of the measured latency: no job waits for another

constexpr unsigned kSlots = 8;  // as the peers

constexpr std::array<std::string_view, 1> kExtensions = {"nothing"};
constexpr convert::Format kNothing = {.name = "nothing",
                                      .title = "Nothing",
                                      .extensions = kExtensions,
                                      .mime_type = "application/x-nothing",
                                      .readable = true,
                                      .writable = true,
                                      .codecs = {},
                                      .options = {},
                                      .capabilities = {},
                                      .forward_only_missing = {}};

/// Completes at once. Counts, and remembers when the first `timed` jobs started.
class NullExecution : public convert::Execution {
 public:
  explicit NullExecution(std::size_t timed) : starts_(timed) {}

  std::span<const convert::Format> formats() const noexcept override { return {&kNothing, 1}; }
  convert::Result<convert::MediaInfo> probe(const convert::Input&,
                                            const convert::ConvertOptions&) const override {
    return convert::MediaInfo{};
  }
  convert::Result<convert::Plan> plan(std::span<const convert::Input>, const convert::OutputSpec&,
                                      const convert::ConvertOptions&) const override {
    return convert::Plan{};
  }
  convert::Result<convert::Report> convert(std::span<const convert::Input> inputs, convert::Outputs&,
                                           const convert::OutputSpec&,
                                           const convert::ConvertOptions&) const override {
    if (!starts_.empty()) starts_.at(std::stoul(inputs.front().name)) = Clock::now();
    ++done_;
    return convert::Report{};
  }

  int done() const { return done_; }
  Clock::time_point started(std::size_t job) const { return starts_.at(job); }

 private:
  mutable std::vector<std::atomic<Clock::time_point>> starts_;
  mutable std::atomic<int> done_{0};
};

/// The number is the name of the input.
void submit_one(convert::Engine& engine, std::size_t number) {
  const auto bytes = convert::memory_reader(std::span<const std::byte>{});
  const std::array<convert::Input, 1> inputs = {{{bytes.get(), std::to_string(number) + ".wav"}}};
  convert::JobRequest request;
  request.owner = "bench";
  request.spec.format = "nothing";
  must(engine.submit(std::move(request), inputs));
}

/// What the engines of a run share.
struct Backends {
  std::shared_ptr<convert::JobStore> store;
  std::shared_ptr<convert::Queue> queue;
  std::shared_ptr<convert::Storage> storage = convert::memory_storage();
};

Backends open_backends(const std::string& store, const std::string& folder) {
  return {open_store(store, folder), open_queue(store)};
}

/// The backends of a further engine: with its own connections if the store is a server.
Backends backends_of_another_host(const Backends& first, const std::string& store,
                                  const std::string& folder) {
  if (!is_uri(store)) return first;
  Backends backends = open_backends(store, folder);
  backends.storage = first.storage;
  return backends;
}

std::unique_ptr<convert::Engine> start_engine(const Backends& backends,
                                              const std::shared_ptr<NullExecution>& execution) {
  convert::EngineOptions options;
  options.store = backends.store;
  options.queue = backends.queue;
  options.storage = backends.storage;
  options.execution = execution;
  options.max_running_jobs = kSlots;
  options.reuse_results = false;
  auto engine = std::make_unique<convert::Engine>(std::move(options));
  must(engine->start());
  return engine;
}

}  // namespace

void engine_jobs(const Words& words) {
  const int jobs = std::stoi(words[1]);
  const auto submitters = static_cast<unsigned>(std::stoul(words[2]));
  const int hosts = words.size() > 4 ? std::stoi(words[4]) : 1;
  const Backends backends = open_backends(words[0], words[3]);
  const auto execution = std::make_shared<NullExecution>(0);
  std::vector<std::unique_ptr<convert::Engine>> engines;
  engines.push_back(start_engine(backends, execution));
  for (int i = 1; i < hosts; ++i) {
    engines.push_back(start_engine(backends_of_another_host(backends, words[0], words[3]), execution));
  }

  int all = 0;
  SucceededJobs succeeded(*backends.store);
  std::atomic<std::size_t> next{0};
  const auto round = [&](int count) {
    all += count;
    run_concurrently(submitters, count, [&]() { submit_one(*engines[next++ % engines.size()], 0); });
    wait_until([&]() { return execution->done() >= all; });  // polling the store would cost time
    succeeded.wait_for(static_cast<std::uint64_t>(all));
  };
  round(std::max(1, jobs / 5));
  const double seconds = measure_seconds([&]() { round(jobs); });
  std::printf("{\"jobs\": %d, \"seconds\": %.6f}\n", jobs, seconds);
}

void start_latency(const Words& words) {
  const auto jobs = static_cast<std::size_t>(std::stoul(words[1]));
  const auto execution = std::make_shared<NullExecution>(jobs + kWarmUp);
  const auto engine = start_engine(open_backends(words[0], words[2]), execution);
  std::vector<double> delays;
  auto due = Clock::now();
  for (std::size_t i = 0; i < jobs + kWarmUp; ++i) {
    std::this_thread::sleep_until(due += kBetweenJobs);
    const auto submitted = Clock::now();
    submit_one(*engine, i);
    wait_until([&]() { return execution->started(i) != Clock::time_point{}; });
    if (i >= kWarmUp) delays.push_back(Seconds(execution->started(i) - submitted).count());
  }
  std::printf("{\"jobs\": %zu, \"p50\": %.6f, \"p99\": %.6f}\n", jobs, quantile(delays, 0.5),
              quantile(delays, 0.99));
}

}  // namespace bench
