// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <convert/job_store.hpp>

#include "conformance/support/suite_support.hpp"

/// The fixture of the JobStore suite.
namespace convert::conformance {

using std::chrono::milliseconds;

/// A backend under test.
struct JobStoreBackend {
  std::string name;  ///< letters and digits
  /// Opens the store of this folder, with this clock. Opening the same folder again gives the same jobs, if
  /// the backend is persistent.
  std::function<Result<std::shared_ptr<JobStore>>(const std::filesystem::path& folder, Clock clock)> open;
  bool persistent = true;  ///< whether jobs outlive the store object
  bool shared = true;      ///< whether several store objects and processes can use the same store
  std::string missing{};   ///< why the backend cannot be tested here; skips its tests
};
inline void PrintTo(const JobStoreBackend& backend, std::ostream* out) { *out << backend.name; }
/// For INSTANTIATE_TEST_SUITE_P: names the tests of each backend.
inline std::string name_of_job_store(const testing::TestParamInfo<JobStoreBackend>& row) {
  return row.param.name;
}

/// A clock that tests move.
class ManualClock {
 public:
  Clock clock() const {
    return [ticks = ticks_] { return Time(milliseconds(ticks->load())); };
  }
  Time now() const { return Time(milliseconds(ticks_->load())); }
  void step(milliseconds by) { *ticks_ += by.count(); }

 private:
  std::shared_ptr<std::atomic<std::int64_t>> ticks_ =
      std::make_shared<std::atomic<std::int64_t>>(1'800'000'000'000);
};

inline std::ostream& operator<<(std::ostream& out, const std::optional<Time>& time) {
  return time ? out << time->time_since_epoch().count() : out << "none";
}

/// All fields of a job as text, so that failed comparisons are readable.
inline std::string describe(const Job& job) {
  std::ostringstream out;
  const auto& requested = job.request;
  out << "id " << job.id << ", " << to_string(job.state) << ", attempt " << job.attempt << ", interruptions "
      << job.interruptions << ", token " << job.token << ", worker '" << job.worker << "', progress "
      << job.progress << ", revision " << job.revision << "\ncreated " << std::optional(job.created)
      << ", not before " << std::optional(job.not_before) << ", started " << job.started << ", finished "
      << job.finished << ", expired: inputs " << job.inputs_expired << ", outputs " << job.outputs_expired
      << "\nowner '" << requested.owner << "', priority " << requested.priority << ", urgency "
      << requested.urgency << ", not before " << std::optional(requested.not_before) << ", attempts "
      << requested.max_attempts << ", interruptions " << requested.max_interruptions << ", unique '"
      << requested.unique_key << "', fingerprint '" << requested.fingerprint << "'\nspec "
      << to_json(requested.spec) << "\n";
  for (const auto& [name, value] : requested.labels) out << "label '" << name << "' = '" << value << "'\n";
  for (const auto& input : requested.inputs) {
    out << "input '" << input.name << "' " << input.key << " " << input.size << " " << input.sha256 << "\n";
  }
  for (const auto& output : job.outputs) {
    out << "output '" << output.name << "' " << output.key << " " << output.size << " " << output.sha256
        << " " << output.content_type << " " << output.duration.value_or(milliseconds(-1)).count() << "\n";
  }
  for (const auto& warning : job.warnings) {
    out << "warning " << to_string(warning.code) << " '" << warning.message << "'\n";
  }
  if (job.error) {
    out << "error " << to_string(job.error->code) << " '" << job.error->message << "' "
        << job.error->retryable << "\n";
  }
  return out.str();
}

/// The revision of a job after a change. Revisions rise and may have gaps.
inline Revision next_revision(const Job& changed, Revision before) {
  EXPECT_GT(changed.revision, before);
  return changed.revision;
}

inline std::vector<JobId> ids(const std::vector<Job>& jobs) {
  std::vector<JobId> found;
  for (const auto& job : jobs) found.push_back(job.id);
  return found;
}

class JobStoreSuite : public testing::TestWithParam<JobStoreBackend> {
 protected:
  void SetUp() override {
    if (!GetParam().missing.empty()) GTEST_SKIP() << GetParam().missing;
    ASSERT_FALSE(folder_.path().empty()) << "cannot create a folder for the test";
    open();
  }

  void open() {
    auto opened = GetParam().open(folder_.path(), clock_.clock());
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = *opened;
  }
  /// Closes the store and opens it again, if the backend is persistent.
  void open_again() {
    if (!GetParam().persistent) return;
    close();
    open();
  }

  void close() { store_.reset(); }
  /// The body of a child process: each thread inserts `jobs` jobs, then runs jobs until all have ended.
  bool run_process(int number, int threads, int jobs);

  JobStore& store() { return *store_; }
  ManualClock& clock() { return clock_; }
  const std::filesystem::path& folder() const { return folder_.path(); }

  /// A request with a new input.
  JobRequest request(std::string owner = "ann") {
    JobRequest made;
    made.owner = std::move(owner);
    made.inputs.push_back({"song.wav", "in/" + std::to_string(++inputs_), 1000, std::string(64, 'a')});
    made.spec.format = "mp3";
    return made;
  }

  template <class T>
  T expect_ok(Result<T> result) {
    if (!result) ADD_FAILURE() << result.error().message;
    return result ? std::move(*result) : T{};
  }
  Job insert(const JobRequest& requested) { return expect_ok(store().insert(requested)); }
  Job insert() { return insert(request()); }
  Job find(JobId id) { return expect_ok(store().find(id)); }
  Transition apply(JobId id, const Event& event) { return expect_ok(store().apply(id, event)); }
  Statistics statistics() { return expect_ok(store().statistics()); }

  std::vector<Job> claim(std::size_t max, milliseconds lease = milliseconds(10'000)) {
    return expect_ok(store().claim({"worker", lease, max}));
  }
  /// Claims one job. Its id is 0 if there is none.
  Job claim() {
    auto claimed = claim(1);
    return claimed.empty() ? Job{} : claimed.front();
  }
  Job running() {
    const auto id = insert().id;
    const auto job = claim();
    EXPECT_EQ(job.id, id);
    return job;
  }
  std::vector<JobOutput> outputs_of(const Job& job) {
    JobOutput output;
    output.name = "song.mp3";
    output.key = std::to_string(job.id) + "/" + std::to_string(job.token) + "/song.mp3";
    output.size = 10;
    output.sha256 = std::string(64, 'b');
    output.content_type = "audio/mpeg";
    output.duration = milliseconds(1500);
    return {output};
  }
  Job complete(const Job& job) { return apply(job.id, event::Completed{job.token, outputs_of(job), {}}).job; }

  /// Creates a job in this state. No other job may be claimable.
  Job job_in(JobState state) {
    const auto job = insert();
    if (state == JobState::queued) return job;
    if (state == JobState::cancelled) return apply(job.id, event::Cancelled{}).job;
    const auto claimed = claim();
    EXPECT_EQ(claimed.id, job.id);
    if (state == JobState::succeeded) return complete(claimed);
    if (state == JobState::failed) {
      return apply(job.id, event::AttemptFailed{claimed.token, {Errc::corrupt_input, "bad", false}, {}}).job;
    }
    return claimed;
  }

  Revision last_revision() { return expect_ok(store().last_revision()); }
  std::vector<Change> log() { return expect_ok(store().changes(0, 1'000'000)); }

 private:
  Folder folder_;
  ManualClock clock_;
  std::shared_ptr<JobStore> store_;
  int inputs_ = 0;
};

inline constexpr JobState kStates[] = {JobState::queued, JobState::running, JobState::succeeded,
                                       JobState::failed, JobState::cancelled};

}  // namespace convert::conformance
