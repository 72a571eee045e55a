// SPDX-License-Identifier: MIT
#include "engine/output_writers.hpp"

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "base/fault_point.hpp"
#include "base/file_descriptor.hpp"
#include "base/temporary_file.hpp"
#include "base/try.hpp"
#include "engine/crypto.hpp"

namespace convert::engine {
namespace {

constexpr std::size_t kStagedBlock = std::size_t{1} << 20;

Error output_stopped() { return {Errc::cancelled, "The job was stopped."}; }

/// Cancels a Writer on a stop request, for its lifetime.
class CancelOnStop {
 public:
  CancelOnStop(const std::stop_token& stop, Writer& writer)
      : callback_(stop, [&writer]() { writer.cancel(); }) {}

 private:
  std::stop_callback<std::function<void()>> callback_;
};

Result<void> commit_output(Writer& target, PendingOutput& pending) {
  CONVERT_FAULT_POINT("engine.output_before_commit");
  pending.commit_started = true;
  CONVERT_TRY(target.commit());
  CONVERT_FAULT_POINT("engine.output_committed");
  pending.committed = true;
  return {};
}

class HashingWriter : public Writer {
 public:
  HashingWriter(std::unique_ptr<Writer> target, PendingOutput& pending, std::stop_token stop)
      : target_(std::move(target)), pending_(pending), stop_(std::move(stop)), cancel_(stop_, *target_) {}

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
    std::optional<Content> content;
    if (sequential_) {
      content = Content{sha256_.hex(), size_};
    } else {
      CONVERT_TRY_ASSIGN(content, read_through_handle());
    }
    CONVERT_TRY(commit_output(*target_, pending_));
    if (content) {
      pending_.output.size = content->size;
      pending_.output.sha256 = std::move(content->sha256);
    }
    return {};
  }

  std::optional<int> native_handle() const override {
    const auto handle = target_->native_handle();
    if (handle) sequential_ = false;
    return handle;
  }

  void cancel() noexcept override { target_->cancel(); }

 private:
  /// Empty if there is no handle, or none that can be read.
  Result<std::optional<Content>> read_through_handle() const {
    const auto handle = target_->native_handle();
    std::byte first{};
    if (!handle || !base::read_some_at(*handle, 0, std::span(&first, 1))) return std::optional<Content>();
    const auto reader = descriptor_reader(*handle);
    CONVERT_TRY_ASSIGN(auto content, hash_content(*reader, stop_));
    return std::optional(std::move(content));
  }

  std::unique_ptr<Writer> target_;
  PendingOutput& pending_;
  const std::stop_token stop_;
  Sha256 sha256_;
  std::uint64_t size_ = 0;
  mutable bool sequential_ = true;
  CancelOnStop cancel_;  // last: it uses the target
};

class StagedWriter : public Writer {
 public:
  StagedWriter(std::unique_ptr<Writer> target, PendingOutput& pending,
               std::unique_ptr<base::TemporaryFile> file, std::stop_token stop)
      : target_(std::move(target)),
        pending_(pending),
        file_(std::move(file)),
        stop_(std::move(stop)),
        cancel_(stop_, *target_) {}

  bool seekable() const override { return true; }

  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
    if (stop_.stop_requested()) return output_stopped();
    return file_->write_at(offset, from);
  }

  Result<void> commit() override;

  std::optional<int> native_handle() const override { return file_->native_handle(); }

  void cancel() noexcept override { target_->cancel(); }

 private:
  std::unique_ptr<Writer> target_;
  PendingOutput& pending_;
  std::unique_ptr<base::TemporaryFile> file_;
  const std::stop_token stop_;
  CancelOnStop cancel_;  // last: it uses the target
};

Result<void> StagedWriter::commit() {
  CONVERT_FAULT_POINT("engine.output_staged");
  Sha256 sha256;
  std::vector<std::byte> block(kStagedBlock);
  std::uint64_t size = 0;
  for (;;) {
    if (stop_.stop_requested()) return output_stopped();
    CONVERT_TRY_ASSIGN(const auto count, file_->read_at(size, block));
    if (count == 0) break;
    const auto bytes = std::span(block).first(count);
    sha256.add(bytes);
    CONVERT_TRY(target_->write_at(size, bytes));
    size += count;
  }
  CONVERT_TRY(commit_output(*target_, pending_));
  pending_.output.size = size;
  pending_.output.sha256 = sha256.hex();
  return {};
}

}  // namespace

std::unique_ptr<Writer> hashing_writer(std::unique_ptr<Writer> target, PendingOutput& pending,
                                       std::stop_token stop) {
  return std::make_unique<HashingWriter>(std::move(target), pending, std::move(stop));
}

Result<std::unique_ptr<Writer>> staged_writer(std::unique_ptr<Writer> target, PendingOutput& pending,
                                              const std::filesystem::path& folder, std::stop_token stop) {
  ConvertOptions options;
  if (!folder.empty()) options.temporary_folder = folder;
  CONVERT_TRY_ASSIGN(auto file, base::TemporaryFile::create(options));
  return std::make_unique<StagedWriter>(std::move(target), pending, std::move(file), std::move(stop));
}

}  // namespace convert::engine
