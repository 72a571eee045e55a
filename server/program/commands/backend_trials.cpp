// SPDX-License-Identifier: MIT
#include "commands/backend_trials.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "security/crypto.hpp"
#include "service/service_log.hpp"

namespace convertd {
namespace {

using convert::Errc;
using convert::Error;
using convert::Key;
using convert::Result;

/// Names the step in its error.
template <class T>
Result<T> step(std::string_view what, Result<T> result) {
  if (result) return result;
  auto error = result.error();
  error.message = fmt::format("{} failed: {}", what, error.message);
  return error;
}

Error wrong_answer(std::string_view what) {
  return {Errc::internal, fmt::format("{} Several programs may use this place, or it is damaged.", what),
          false};
}

/// Runs a function at the end of its scope. Errors of the deletion are ignored: an earlier step has failed.
class AtEnd {
 public:
  explicit AtEnd(std::function<void()> run) : run_(std::move(run)) {}
  AtEnd(const AtEnd&) = delete;
  AtEnd& operator=(const AtEnd&) = delete;
  ~AtEnd() { run_(); }

 private:
  std::function<void()> run_;
};

std::vector<std::byte> trial_bytes(std::string_view id) {
  std::vector<std::byte> bytes;
  for (std::size_t n = 0; n < 4'096; ++n) bytes.push_back(static_cast<std::byte>(id[n % id.size()]));
  return bytes;
}

Result<void> write_blob(convert::Storage& storage, const Key& key, std::span<const std::byte> bytes) {
  auto writer = storage.create(key);
  if (!writer) return writer.error();
  if (auto written = (*writer)->write_at(0, bytes); !written) return written;
  return (*writer)->commit();
}

Result<std::vector<std::byte>> read_blob(convert::Storage& storage, const Key& key, std::size_t size) {
  auto reader = storage.open(key);
  if (!reader) return reader.error();
  std::vector<std::byte> bytes(size + 1);
  std::size_t read = 0;
  while (read < bytes.size()) {
    const auto count = (*reader)->read_at(read, std::span(bytes).subspan(read));
    if (!count) return count.error();
    if (*count == 0) break;
    read += *count;
  }
  bytes.resize(read);
  return bytes;
}

/// Whether nothing is found, which `not_found` proves.
template <class T>
bool is_missing(const Result<T>& found) {
  return !found && found.error().code == Errc::not_found;
}

}  // namespace

Result<void> try_storage(convert::Storage& storage) {
  const auto id = convert::server::security::random_id(16);
  const Key key = "input/check-" + id;
  const Key copy = key + "-copy";
  const auto bytes = trial_bytes(id);
  const AtEnd deletion([&] {
    (void)storage.remove(key);
    (void)storage.remove(copy);
  });
  if (auto done = step("Writing a file", write_blob(storage, key, bytes)); !done) return done;
  const auto read = step("Reading a file", read_blob(storage, key, bytes.size()));
  if (!read) return read.error();
  if (*read != bytes) return wrong_answer("A file was read that differs from what was written.");
  const auto listed = step("Listing files", storage.list(key, "", 10));
  if (!listed) return listed.error();
  if (listed->empty() || listed->front().key != key) return wrong_answer("A file that exists is not listed.");
  if (auto done = step("Copying a file", storage.copy(key, copy)); !done) return done;
  for (const auto& name : {key, copy}) {
    if (auto done = step("Deleting a file", storage.remove(name)); !done) return done;
  }
  const auto gone = storage.stat(key);
  if (gone) return wrong_answer("A file exists that was deleted.");
  if (!is_missing(gone)) return step("Looking for a deleted file", gone).error();
  return {};
}

Result<void> try_job_store(convert::JobStore& store) {
  const auto now = step("Reading the clock", store.now());
  if (!now) return now.error();
  const auto id = convert::server::security::random_id(16);
  convert::JobRequest request;
  request.owner = "convertd-check";
  request.inputs = {{"check.wav", "input/check-" + id, 1}};
  request.spec.format = "mp3";
  request.not_before = *now + std::chrono::hours(24);
  request.unique_key = id;
  const auto job = step("Recording a task", store.insert(request));
  if (!job) return job.error();
  bool removed = false;
  const AtEnd deletion([&] {
    if (!removed) (void)store.remove(job->id);
  });
  const auto found = step("Reading a task", store.find(job->id));
  if (!found) return found.error();
  if (found->request.unique_key != id)
    return wrong_answer("A task was read that differs from what was recorded.");
  const auto cancelled = step("Changing a task", store.apply(job->id, convert::event::Cancelled{}));
  if (!cancelled) return cancelled.error();
  const auto deleted = step("Deleting a task", store.remove(job->id));
  if (!deleted) return deleted.error();
  removed = true;
  if (!is_missing(store.find(job->id))) return wrong_answer("A task exists that was deleted.");
  return {};
}

Result<void> try_account_store(convert::server::AccountStore& store) {
  const auto id = convert::server::security::random_id(16);
  convert::server::Account account;
  account.name = "convertd-check-" + id;
  account.email = account.name + "@check.invalid";
  account.password = "*";  // no password has this hash
  account.disabled = true;
  const auto made = step("Creating an account", store.create(account));
  if (!made) return made.error();
  bool removed = false;
  const AtEnd deletion([&] {
    if (!removed) (void)store.remove(made->id);
  });
  const auto found = step("Reading an account", store.find(made->id));
  if (!found) return found.error();
  if (found->name != account.name)
    return wrong_answer("An account was read that differs from what was created.");
  convert::server::QuotaRequest quota;
  quota.account = made->id;
  quota.bytes = 1;
  const auto reserved =
      step("Reserving quota", store.reserve(quota, current_time(), std::chrono::seconds(10)));
  if (!reserved) return reserved.error();
  if (auto done = step("Releasing quota", store.release(reserved->id)); !done) return done;
  if (auto done = step("Deleting an account", store.remove(made->id)); !done) return done;
  removed = true;
  return {};
}

Result<bool> try_queue(convert::Queue& queue) {
  constexpr std::chrono::seconds kPatience{2};
  constexpr auto kNoJob = std::numeric_limits<convert::JobId>::max();
  if (auto announced = step("Announcing a task", queue.announce(kNoJob, std::chrono::milliseconds(0)));
      !announced) {
    return announced.error();
  }
  const auto end = std::chrono::steady_clock::now() + kPatience;
  for (auto now = std::chrono::steady_clock::now(); now < end; now = std::chrono::steady_clock::now()) {
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(end - now);
    const auto received = step("Receiving an announcement", queue.next(wait));
    if (!received) return received.error();
    if (*received == kNoJob) return true;
  }
  return false;
}

}  // namespace convertd
