// SPDX-License-Identifier: MIT
#include "engine/job_outputs.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "engine/keys.hpp"
#include "engine/sha256.hpp"
#include "io/fault_point.hpp"

namespace convert::engine {
namespace {

/// Hashes what passes, as long as it comes in one go: who seeks, or writes past us through the descriptor,
/// has his output read again at the end.
class HashingWriter : public Writer {
 public:
  HashingWriter(std::unique_ptr<Writer> target, JobOutputs::Made& made)
      : target_(std::move(target)), made_(made) {}

  bool seekable() const override { return target_->seekable(); }

  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
    if (auto written = target_->write_at(offset, from); !written) return written;
    if (offset != size_) in_one_go_ = false;
    if (!in_one_go_) return {};
    sha256_.add(from);
    size_ += from.size();
    return {};
  }

  Result<void> commit() override {
    CONVERT_FAULT_POINT("engine.output_before_commit");
    if (auto committed = target_->commit(); !committed) return committed;
    CONVERT_FAULT_POINT("engine.output_committed");
    made_.committed = true;
    made_.output.size = size_;
    if (in_one_go_) made_.output.sha256 = sha256_.hex();
    return {};
  }

  std::optional<int> native_handle() const override {
    in_one_go_ = false;
    return target_->native_handle();
  }

 private:
  std::unique_ptr<Writer> target_;
  JobOutputs::Made& made_;
  Sha256 sha256_;
  std::uint64_t size_ = 0;
  mutable bool in_one_go_ = true;
};

const OutputReport* report_on(const Report& report, const std::string& name) {
  const auto found = std::find_if(report.outputs.begin(), report.outputs.end(),
                                  [&](const OutputReport& output) { return output.name == name; });
  return found == report.outputs.end() ? nullptr : &*found;
}

}  // namespace

JobOutputs::Made& JobOutputs::add(std::string_view name) {
  Made& made = made_.emplace_back();
  made.output.name = name;
  made.output.key = output_key(claim_, made_.size());
  return made;
}

Result<std::unique_ptr<Writer>> JobOutputs::create(std::string_view name) {
  Made& made = add(name);
  auto writer = storage_.create(made.output.key);
  if (!writer) return writer;
  return std::unique_ptr<Writer>(std::make_unique<HashingWriter>(std::move(*writer), made));
}

Result<void> JobOutputs::copy(const std::vector<JobOutput>& from) {
  for (const JobOutput& output : from) {
    Made& made = add(output.name);
    if (auto copied = storage_.copy(output.key, made.output.key); !copied) return copied;
    Key key = std::move(made.output.key);
    made.output = output;
    made.output.key = std::move(key);
    made.committed = true;
  }
  return {};
}

Result<std::vector<JobOutput>> JobOutputs::finish(const Report& report, const std::stop_token& stop) {
  std::vector<JobOutput> outputs;
  for (Made& made : made_) {
    if (!made.committed) continue;
    if (made.output.sha256.empty()) {
      auto reader = storage_.open(made.output.key);
      if (!reader) return std::move(reader).error();
      auto content = content_of(**reader, stop);
      if (!content) return std::move(content).error();
      made.output.sha256 = std::move(content->sha256);
      made.output.size = content->size;
    }
    if (const OutputReport* said = report_on(report, made.output.name)) {
      made.output.content_type = said->mime_type;
      if (said->duration) {
        made.output.duration = std::chrono::duration_cast<std::chrono::milliseconds>(*said->duration);
      }
    }
    outputs.push_back(made.output);
  }
  return outputs;
}

std::vector<Key> JobOutputs::keys() const {
  std::vector<Key> keys;
  for (const Made& made : made_) keys.push_back(made.output.key);
  return keys;
}

}  // namespace convert::engine
