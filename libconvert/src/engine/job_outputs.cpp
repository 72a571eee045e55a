// SPDX-License-Identifier: MIT
#include "engine/job_outputs.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/try.hpp"
#include "engine/blob_keys.hpp"
#include "engine/crypto.hpp"

namespace convert::engine {
namespace {

const OutputReport* find_output_report(const Report& report, const std::string& name) {
  const auto found = std::find_if(report.outputs.begin(), report.outputs.end(),
                                  [&](const OutputReport& output) { return output.name == name; });
  return found == report.outputs.end() ? nullptr : &*found;
}

}  // namespace

PendingOutput& JobOutputs::add(std::string_view name) {
  PendingOutput& pending = pending_.emplace_back();
  pending.output.name = name;
  pending.output.key = output_key(claim_, pending_.size());
  return pending;
}

Result<std::unique_ptr<Writer>> JobOutputs::create(std::string_view name) {
  PendingOutput& pending = add(name);
  CONVERT_TRY_ASSIGN(auto writer, storage_.create(pending.output.key, options_.stop));
  if (options_.needs_seeking && !writer->seekable()) {
    return staged_writer(std::move(writer), pending, options_.temporary_folder, options_.stop);
  }
  return hashing_writer(std::move(writer), pending, options_.stop);
}

Result<void> JobOutputs::copy(const std::vector<JobOutput>& from) {
  for (const JobOutput& output : from) {
    PendingOutput& pending = add(output.name);
    pending.commit_started = true;
    CONVERT_TRY(storage_.copy(output.key, pending.output.key, options_.stop));
    Key key = std::move(pending.output.key);
    pending.output = output;
    pending.output.key = std::move(key);
    pending.committed = true;
  }
  return {};
}

Result<std::vector<JobOutput>> JobOutputs::collect(const Report& report) {
  std::vector<JobOutput> outputs;
  for (PendingOutput& pending : pending_) {
    if (!pending.committed) continue;
    if (pending.output.sha256.empty()) {
      CONVERT_TRY_ASSIGN(auto reader, storage_.open(pending.output.key, options_.stop));
      CONVERT_TRY_ASSIGN(auto content, hash_content(*reader, options_.stop));
      pending.output.sha256 = std::move(content.sha256);
      pending.output.size = content.size;
    }
    if (const OutputReport* reported = find_output_report(report, pending.output.name)) {
      pending.output.content_type = reported->mime_type;
      if (reported->duration) {
        pending.output.duration = std::chrono::duration_cast<std::chrono::milliseconds>(*reported->duration);
      }
    }
    outputs.push_back(pending.output);
  }
  return outputs;
}

std::vector<Key> JobOutputs::keys() const {
  std::vector<Key> keys;
  for (const PendingOutput& pending : pending_) {
    if (pending.commit_started) keys.push_back(pending.output.key);
  }
  return keys;
}

}  // namespace convert::engine
