// SPDX-License-Identifier: MIT
#include "engine/engine_rig.hpp"

#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "support/test_files.hpp"

namespace convert::test {

using std::chrono::milliseconds;
using std::chrono::minutes;
using Steady = std::chrono::steady_clock;

Rig::Rig(Backend backend, bool own_clock)
    : clock_(std::make_shared<TestClock>()), execution_(std::make_shared<FakeExecution>()) {
  const Clock clock = own_clock ? Clock([clock = clock_]() { return clock->now(); }) : Clock();
  if (backend == Backend::memory) {
    storage_ = memory_storage();
    store_ = memory_job_store(clock);
    return;
  }
  folder_.emplace();
  storage_ = disk_storage(*folder_ / "blobs", {Durability::process}).value();
  SqliteOptions options;
  options.durability = Durability::process;
  options.clock = clock;
  store_ = sqlite_job_store(*folder_ / "jobs.db", options).value();
}

EngineOptions Rig::options() const {
  EngineOptions options;
  options.storage = storage_;
  options.store = store_;
  options.execution = execution_;
  options.max_running_jobs = 2;
  options.threads = 4;
  options.sweep_interval = milliseconds(20);
  options.heartbeat_interval = milliseconds(50);
  options.poll_interval = milliseconds(20);
  options.retry = {milliseconds(1), 2, milliseconds(5), 0.2};
  return options;
}

std::vector<Key> Rig::blobs() {
  std::vector<Key> keys;
  const auto blobs = storage_->list("", "", 10'000).value();
  for (const Blob& blob : blobs) keys.push_back(blob.key);
  return keys;
}

JobRequest request(const std::string& owner) {
  JobRequest request;
  request.owner = owner;
  request.spec.format = "upper";
  return request;
}

Result<Job> try_submit(Engine& engine, const std::string& content, JobRequest request,
                       const std::string& name) {
  const auto reader = memory_reader(bytes(content));
  const Input input{reader.get(), name};
  return engine.submit(std::move(request), std::span(&input, 1));
}

Job submit(Engine& engine, const std::string& content, JobRequest request, const std::string& name) {
  auto job = try_submit(engine, content, std::move(request), name);
  if (!job) ADD_FAILURE() << job.error().message;
  return job.value();
}

Job finish(Engine& engine, JobId id) {
  auto future = engine.finished(id);
  if (future.wait_for(minutes(1)) != std::future_status::ready) {
    ADD_FAILURE() << "Job " << id << " does not end.";
    return engine.find(id).value();
  }
  return future.get();
}

bool eventually(const std::function<bool()>& condition) {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  const auto deadline = Steady::now() + minutes(1);
  while (!condition()) {
    if (Steady::now() > deadline) return false;
    never.wait_for(lock, milliseconds(2));
  }
  return true;
}

std::string content(Engine& engine, const JobOutput& output) {
  auto reader = engine.open(output);
  if (!reader) return "(" + reader.error().message + ")";
  std::array<std::byte, 4096> block{};
  const auto count = (*reader)->read_at(0, block).value();
  return text(std::span(block).first(count));
}

std::string name_of(const testing::TestParamInfo<Backend>& info) {
  return info.param == Backend::memory ? "Memory" : "Files";
}

}  // namespace convert::test
