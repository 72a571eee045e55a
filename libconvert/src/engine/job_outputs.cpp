// SPDX-License-Identifier: MIT
#include "engine/job_outputs.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/fault_point.hpp"
#include "base/try.hpp"
#include "engine/blob_keys.hpp"
#include "engine/crypto.hpp"

namespace convert::engine {
namespace {

/// Hashes the bytes of sequential writes. After a seek, or writes through the native handle, `collect` reads
/// the output again.
class HashingWriter : public Writer {
 public:
  HashingWriter(std::unique_ptr<Writer> target, JobOutputs::PendingOutput& pending)
      : target_(std::move(target)), pending_(pending) {}

  bool seekable() const override { return target_->seekable(); }

  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
    CONVERT_TRY(target_->write_at(offset, from));
    if (offset != size_) sequential_ = false;
    if (!sequential_) return {};
    sha256_.add(from);
    size_ += from.size();
    return {};
  }

  Result<void> commit() override {
    CONVERT_FAULT_POINT("engine.output_before_commit");
    CONVERT_TRY(target_->commit());
    CONVERT_FAULT_POINT("engine.output_committed");
    pending_.committed = true;
    pending_.output.size = size_;
    if (sequential_) pending_.output.sha256 = sha256_.hex();
    return {};
  }

  std::optional<int> native_handle() const override {
    sequential_ = false;
    return target_->native_handle();
  }

 private:
  std::unique_ptr<Writer> target_;
  JobOutputs::PendingOutput& pending_;
  Sha256 sha256_;
  std::uint64_t size_ = 0;
  mutable bool sequential_ = true;
};

const OutputReport* find_output_report(const Report& report, const std::string& name) {
  const auto found = std::find_if(report.outputs.begin(), report.outputs.end(),
                                  [&](const OutputReport& output) { return output.name == name; });
  return found == report.outputs.end() ? nullptr : &*found;
}

}  // namespace

JobOutputs::PendingOutput& JobOutputs::add(std::string_view name) {
  PendingOutput& pending = pending_.emplace_back();
  pending.output.name = name;
  pending.output.key = output_key(claim_, pending_.size());
  return pending;
}

Result<std::unique_ptr<Writer>> JobOutputs::create(std::string_view name) {
  PendingOutput& pending = add(name);
  CONVERT_TRY_ASSIGN(auto writer, storage_.create(pending.output.key));
  return std::unique_ptr<Writer>(std::make_unique<HashingWriter>(std::move(writer), pending));
}

Result<void> JobOutputs::copy(const std::vector<JobOutput>& from) {
  for (const JobOutput& output : from) {
    PendingOutput& pending = add(output.name);
    CONVERT_TRY(storage_.copy(output.key, pending.output.key));
    Key key = std::move(pending.output.key);
    pending.output = output;
    pending.output.key = std::move(key);
    pending.committed = true;
  }
  return {};
}

Result<std::vector<JobOutput>> JobOutputs::collect(const Report& report, const std::stop_token& stop) {
  std::vector<JobOutput> outputs;
  for (PendingOutput& pending : pending_) {
    if (!pending.committed) continue;
    if (pending.output.sha256.empty()) {
      CONVERT_TRY_ASSIGN(auto reader, storage_.open(pending.output.key));
      CONVERT_TRY_ASSIGN(auto content, hash_content(*reader, stop));
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
  for (const PendingOutput& pending : pending_) keys.push_back(pending.output.key);
  return keys;
}

}  // namespace convert::engine
