// SPDX-License-Identifier: MIT
#include "engine/submission.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/fault_point.hpp"
#include "base/try.hpp"
#include "conversion/format_lookup.hpp"
#include "engine/blob_keys.hpp"
#include "engine/crypto.hpp"
#include "engine/result_reuse.hpp"

namespace convert::engine {
namespace {

constexpr std::uint64_t kMinBlock = std::uint64_t{4} << 10;  // a Reader's size may be wrong
constexpr std::uint64_t kMaxBlock = std::uint64_t{256} << 10;

class StorageUpload : public Upload {
 public:
  StorageUpload(Key key, std::unique_ptr<Writer> writer, std::uint64_t limit, std::uint64_t max_hashed_bytes)
      : key_(std::move(key)),
        writer_(std::move(writer)),
        limit_(limit),
        max_hashed_bytes_(max_hashed_bytes) {}

  Result<void> write(std::span<const std::byte> bytes) override {
    if (bytes.size() > limit_ - size_) {
      return Error{
          Errc::limit_exceeded,
          fmt::format("The input is larger than the limit of {} bytes. Use a smaller file.", limit_)};
    }
    CONVERT_TRY(writer_->write_at(size_, bytes));
    size_ += bytes.size();
    if (size_ <= max_hashed_bytes_) sha256_.add(bytes);
    return {};
  }

  std::uint64_t size() const noexcept override { return size_; }

  Result<JobInput> finish(std::string name) override {
    CONVERT_FAULT_POINT("engine.upload_before_commit");
    CONVERT_TRY(writer_->commit());
    CONVERT_FAULT_POINT("engine.upload_committed");
    return JobInput{std::move(name), key_, size_, size_ <= max_hashed_bytes_ ? sha256_.hex() : std::string()};
  }

  void cancel() noexcept override { writer_->cancel(); }

 private:
  Key key_;
  std::unique_ptr<Writer> writer_;
  std::uint64_t limit_;
  std::uint64_t max_hashed_bytes_;
  std::uint64_t size_ = 0;
  Sha256 sha256_;
};

}  // namespace

Result<std::unique_ptr<Upload>> start_upload(Storage& storage, std::uint64_t limit,
                                             std::uint64_t max_hashed_bytes) {
  Key key = new_input_key();
  CONVERT_TRY_ASSIGN(auto writer, storage.create(key));
  return std::unique_ptr<Upload>(
      std::make_unique<StorageUpload>(std::move(key), std::move(writer), limit, max_hashed_bytes));
}

namespace {

/// Uploads all of `input`.
Result<JobInput> upload_all(Storage& storage, std::uint64_t limit, const Input& input) {
  auto upload = start_upload(storage, limit, UploadOptions{}.max_hashed_bytes);
  if (!upload) return std::move(upload).error();
  std::vector<std::byte> block(std::clamp(input.reader->size().value_or(kMaxBlock), kMinBlock, kMaxBlock));
  for (;;) {
    CONVERT_TRY_ASSIGN(auto count, input.reader->read_at((*upload)->size(), block));
    if (count == 0) return (*upload)->finish(input.name);
    CONVERT_TRY((*upload)->write(std::span(block).first(count)));
  }
}

std::string writable_format_names(std::span<const Format> formats) {
  std::string names;
  for (const Format& format : formats) {
    if (format.writable) names += fmt::format("{}{}", names.empty() ? "" : ", ", format.name);
  }
  return names;
}

/// The entry is extracted first; the rest of the spec applies to its content.
OutputSpec without_entry(OutputSpec spec, const Format& format) {
  if (format.family != Family::archive) spec.entry.clear();
  return spec;
}

}  // namespace

Result<OutputSpec> normalize_spec(OutputSpec spec, std::span<const Format> formats) {
  if (spec.format.empty()) {
    return Error{Errc::invalid_argument, "format: the target format is missing. Set it."};
  }
  if (formats.empty()) {
    CONVERT_TRY(validate(spec));
    return spec;
  }
  const Format* format = find_format(formats, spec.format);
  if (format == nullptr || !format->writable) {
    return Error{Errc::unsupported,
                 fmt::format("format: \"{}\" is not an output format. This build writes {}.", spec.format,
                             writable_format_names(formats))};
  }
  spec.format = format->name;
  CONVERT_TRY(validate(without_entry(spec, *format), *format));
  return spec;
}

namespace {

std::string fingerprint_of(const EngineContext& context, const JobRequest& request, const OutputSpec& spec) {
  if (!context.options.reuse_results) return {};
  return fingerprint(request.owner, request.inputs, spec, context.formats());
}

/// Accepts only keys that `upload` created, so that a caller cannot reach outputs or other blobs by their
/// keys.
Result<void> check_uploaded(std::span<const JobInput> inputs) {
  for (const JobInput& input : inputs) {
    if (is_input_key(input.key)) continue;
    return Error{Errc::invalid_argument,
                 fmt::format("inputs: \"{}\" was not uploaded. Upload it first.", input.name)};
  }
  return {};
}

/// Deletes the inputs of a job that was not recorded. If that fails, housekeeping deletes them later.
void discard_uploaded(EngineContext& context, const std::vector<JobInput>& inputs) {
  if (const auto gone = discard(context, inputs); !gone) {
    context.log.warning(0, fmt::format("Unreferenced inputs could not be deleted and are deleted later: {}",
                                       gone.error().message));
  }
}

}  // namespace

Result<Job> submit(EngineContext& context, JobRequest request) {
  auto spec = normalize_spec(std::move(request.spec), context.formats());
  if (!spec) return std::move(spec).error();
  request.spec = std::move(*spec);
  CONVERT_TRY(check_uploaded(request.inputs));
  request.fingerprint = fingerprint_of(context, request, request.spec);
  CONVERT_FAULT_POINT("engine.before_insert");
  auto job = context.store().insert(request);
  if (!job) return job;
  CONVERT_FAULT_POINT("engine.inserted");
  context.subscriptions.changed();
  context.announce(*job);
  return job;
}

Result<Job> submit(EngineContext& context, JobRequest request, std::span<const Input> inputs) {
  if (!request.inputs.empty()) {
    return Error{Errc::invalid_argument,
                 "inputs: pass either uploaded inputs or inputs to upload, not both."};
  }
  // Check the spec before the upload.
  CONVERT_TRY(normalize_spec(request.spec, context.formats()));
  std::vector<JobInput> uploaded;
  for (const Input& input : inputs) {
    auto done = upload_all(context.storage(), context.options.limits.input_bytes, input);
    if (!done) {
      discard_uploaded(context, uploaded);
      return std::move(done).error();
    }
    uploaded.push_back(std::move(*done));
  }
  request.inputs = uploaded;
  auto job = submit(context, std::move(request));
  if (!job && !may_be_recorded(job.error().code)) discard_uploaded(context, uploaded);
  return job;
}

Result<void> discard(EngineContext& context, std::span<const JobInput> inputs) {
  CONVERT_TRY(check_uploaded(inputs));
  std::vector<Key> keys;
  for (const JobInput& input : inputs) keys.push_back(input.key);
  if (keys.empty()) return {};
  CONVERT_TRY_ASSIGN(auto unreferenced, context.store().unreferenced(keys));
  Result<void> all;
  for (const Key& key : unreferenced) {
    CONVERT_FAULT_POINT("engine.before_drop");
    if (auto removed = context.storage().remove(key); !removed && all) all = std::move(removed);
  }
  return all;
}

Result<Job> replace(EngineContext& context, JobId id, const OutputSpec& spec) {
  CONVERT_TRY_ASSIGN(auto normalized, normalize_spec(spec, context.formats()));
  CONVERT_TRY_ASSIGN(auto job, context.store().find(id));
  auto new_fingerprint = fingerprint_of(context, job.request, normalized);
  CONVERT_FAULT_POINT("engine.before_replace");
  auto now = context.apply(id, event::Replaced{std::move(normalized), std::move(new_fingerprint)});
  if (!now) return now;
  context.claims.mark_lost_up_to(now->claim());
  context.announce(*now);
  return now;
}

}  // namespace convert::engine
