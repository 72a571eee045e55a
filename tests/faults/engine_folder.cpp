// SPDX-License-Identifier: MIT
#include "faults/engine_folder.hpp"

#include <fmt/format.h>

#include <chrono>
#include <set>
#include <utility>

#include "support/processes.hpp"
#include "support/test_files.hpp"

namespace convert::test {
namespace {

namespace fs = std::filesystem;

/// Puts the folder into the command lines of the zygote and the workers.
void write_worker_script(const fs::path& folder) {
  const auto script = folder / "worker";
  write_file(script,
             fmt::format("#!/bin/sh\nexec '{}' \"$@\" '{}'\n", FAULT_WORKER_PROGRAM, folder.string()));
  fs::permissions(script, fs::perms::owner_all);
}

std::set<Key> keys_in_use(JobStore& store) {
  std::set<Key> keys;
  for (const auto& job : all_jobs(store)) {
    for (const auto& input : job.request.inputs) keys.insert(input.key);
    for (const auto& output : job.outputs) keys.insert(output.key);
  }
  return keys;
}

}  // namespace

EngineFolder::EngineFolder(fs::path folder)
    : folder_(std::move(folder)),
      engine_fault_control_(folder_ / "faults"),
      worker_fault_control_(folder_ / "worker_faults") {
  fs::create_directory(folder_ / "inputs");
  fs::create_directory(folder_ / "scratch");
  write_worker_script(folder_);
}

std::shared_ptr<JobStore> EngineFolder::store() const {
  SqliteOptions options;
  options.durability = Durability::process;
  return must(sqlite_job_store(folder_ / "jobs.db", options));
}

std::shared_ptr<Storage> EngineFolder::storage() const {
  return must(disk_storage(folder_ / "blobs", {Durability::process}));
}

fs::path EngineFolder::add_input(const std::string& name, const std::string& content) const {
  const auto path = folder_ / "inputs" / name;
  write_file(path, content);
  return path;
}

std::vector<std::string> EngineFolder::leftovers() const {
  std::vector<std::string> found;
  const auto used = keys_in_use(*store());
  const auto blobs = folder_ / "blobs";
  for (const auto& entry : fs::recursive_directory_iterator(blobs)) {
    if (entry.is_directory()) continue;
    const auto key = entry.path().lexically_relative(blobs).string();
    if (!used.contains(key)) found.push_back("an orphaned blob: " + key);
  }
  for (const auto& entry : fs::directory_iterator(folder_ / "scratch")) {
    found.push_back("in the scratch folder: " + entry.path().filename().string());
  }
  for (const pid_t process : processes_of(folder_)) {
    found.push_back("a process: " + std::to_string(process));
  }
  return found;
}

std::vector<Job> all_jobs(JobStore& store, const std::vector<JobState>& states) {
  constexpr std::size_t kPage = 1000;
  std::vector<Job> jobs;
  JobFilter filter;
  filter.states = states;
  filter.max = kPage;
  for (std::size_t count = kPage; count == kPage;) {
    auto page = must(store.list(filter));
    count = page.size();
    if (count > 0) filter.after = page.back().id;
    std::move(page.begin(), page.end(), std::back_inserter(jobs));
  }
  return jobs;
}

std::vector<Change> all_changes(JobStore& store, Revision after) {
  constexpr std::size_t kPage = 10'000;
  std::vector<Change> changes;
  for (std::size_t count = kPage; count == kPage;) {
    auto page = must(store.changes(after, kPage));
    count = page.size();
    if (count > 0) after = page.back().revision;
    std::move(page.begin(), page.end(), std::back_inserter(changes));
  }
  return changes;
}

}  // namespace convert::test
