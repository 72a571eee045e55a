// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <convert/engine.hpp>

#include "engine/fake_execution.hpp"
#include "support/test_files.hpp"

namespace convert::test {

enum class Backend { memory, files };

/// A clock that tests set. It starts at the system's time and stands still.
class TestClock {
 public:
  Time now() const { return Time(std::chrono::milliseconds(now_)); }
  void forward(std::chrono::milliseconds by) { now_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_ =
      std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now())
          .time_since_epoch()
          .count();
};

/// The backends that the engines of a test share. Each engine gets its own queue by default, as in separate
/// processes.
class Rig {
 public:
  explicit Rig(Backend backend, bool own_clock = false);

  /// Short intervals: sweep 20 ms, heartbeat 50 ms, first retry 1 ms.
  EngineOptions options() const;

  TestClock& clock() { return *clock_; }
  FakeExecution& execution() { return *execution_; }
  const std::shared_ptr<FakeExecution>& shared_execution() { return execution_; }
  Storage& storage() { return *storage_; }
  JobStore& store() { return *store_; }
  const std::shared_ptr<Storage>& shared_storage() { return storage_; }
  const std::shared_ptr<JobStore>& shared_store() { return store_; }

  /// The keys of all blobs.
  std::vector<Key> blobs();

 private:
  std::optional<TemporaryFolder> folder_;
  std::shared_ptr<TestClock> clock_;
  std::shared_ptr<Storage> storage_;
  std::shared_ptr<JobStore> store_;
  std::shared_ptr<FakeExecution> execution_;
};

/// A request for one text file as "upper".
JobRequest request(const std::string& owner = "ann");

/// Submits `content` as "NAME".
Result<Job> try_submit(Engine& engine, const std::string& content, JobRequest request = test::request(),
                       const std::string& name = "song.low");
Job submit(Engine& engine, const std::string& content, JobRequest request = test::request(),
           const std::string& name = "song.low");

/// Waits for the end of the job. Fails the test if that takes longer than a minute.
Job finish(Engine& engine, JobId id);

/// Waits until `condition` holds. False if that takes longer than a minute.
bool eventually(const std::function<bool()>& condition);

std::string content(Engine& engine, const JobOutput& output);

/// A test that runs on every backend.
class OnBackend : public testing::TestWithParam<Backend> {
 protected:
  Rig rig{GetParam()};
};
std::string name_of(const testing::TestParamInfo<Backend>& info);
#define ON_EVERY_BACKEND(suite) \
  INSTANTIATE_TEST_SUITE_P(, suite, testing::Values(Backend::memory, Backend::files), name_of)

}  // namespace convert::test
