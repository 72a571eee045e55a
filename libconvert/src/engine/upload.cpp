// SPDX-License-Identifier: MIT
#include "engine/upload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/blob_keys.hpp"
#include "engine/crypto.hpp"
#include "base/fault_point.hpp"

namespace convert::engine {
namespace {

constexpr std::uint64_t kMinBlock = std::uint64_t{4} << 10;  // what a Reader says of its size may be wrong
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
          fmt::format("The input has more than {} bytes. Raise limits.input_bytes to take it.", limit_)};
    }
    if (auto written = writer_->write_at(size_, bytes); !written) return written;
    size_ += bytes.size();
    if (size_ <= max_hashed_bytes_) sha256_.add(bytes);
    return {};
  }

  std::uint64_t size() const noexcept override { return size_; }

  Result<JobInput> finish(std::string name) override {
    CONVERT_FAULT_POINT("engine.upload_before_commit");
    if (auto committed = writer_->commit(); !committed) return std::move(committed).error();
    CONVERT_FAULT_POINT("engine.upload_committed");
    return JobInput{std::move(name), key_, size_, size_ <= max_hashed_bytes_ ? sha256_.hex() : std::string()};
  }

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
  auto writer = storage.create(key);
  if (!writer) return std::move(writer).error();
  return std::unique_ptr<Upload>(
      std::make_unique<StorageUpload>(std::move(key), std::move(*writer), limit, max_hashed_bytes));
}

Result<JobInput> upload_all(Storage& storage, std::uint64_t limit, const Input& input) {
  auto upload = start_upload(storage, limit, UploadOptions{}.max_hashed_bytes);
  if (!upload) return std::move(upload).error();
  std::vector<std::byte> block(std::clamp(input.reader->size().value_or(kMaxBlock), kMinBlock, kMaxBlock));
  for (;;) {
    auto count = input.reader->read_at((*upload)->size(), block);
    if (!count) return std::move(count).error();
    if (*count == 0) return (*upload)->finish(input.name);
    if (auto written = (*upload)->write(std::span(block).first(*count)); !written) {
      return std::move(written).error();
    }
  }
}

}  // namespace convert::engine
