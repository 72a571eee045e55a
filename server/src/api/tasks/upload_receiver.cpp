// SPDX-License-Identifier: MIT
#include "api/tasks/upload_receiver.hpp"

#include <functional>
#include <utility>
#include <vector>

#include "http/connection/blocking_pool.hpp"

namespace convert::server::api {
namespace {

constexpr std::size_t kSmallBlock = std::size_t{64} << 10;
constexpr std::size_t kLargeBlock = std::size_t{256} << 10;  // once the body is known to be large
constexpr std::uint64_t kLargeBodyBytes = std::uint64_t{1} << 20;

}  // namespace

UploadReceiver::UploadReceiver(Services& services, Request& request)
    : services_(services), request_(request), writer_(services.pool, request.executor) {}

UploadReceiver::~UploadReceiver() {
  // To end a file may block.
  if (file_) services_.pool.post([file = std::move(file_)] {});
}

Async<Result<std::span<const std::byte>>> UploadReceiver::receive() {
  std::swap(block_, previous_block_);
  if (block_ && writer_.uses(block_)) {
    auto written = co_await writer_.flush();
    if (!written) co_return std::move(written).error();
  }
  const std::size_t size = request_.body->received() < kLargeBodyBytes ? kSmallBlock : kLargeBlock;
  if (!block_ || block_->size() < size) block_ = std::make_shared<std::vector<std::byte>>(size);
  const auto count = co_await request_.body->read(*block_);
  if (!count) co_return count.error();
  co_return std::span<const std::byte>(*block_).first(*count);
}

Async<Result<void>> UploadReceiver::start_file() {
  auto open = [this] { return services_.engine.upload({services_.options.max_hashed_bytes}); };
  auto upload = co_await services_.pool.run(open);
  if (!upload) co_return std::move(upload).error();
  file_ = std::move(*upload);
  co_return Result<void>();
}

bool UploadReceiver::is_in_block(std::span<const std::byte> bytes) const noexcept {
  const std::less_equal<const std::byte*> before;
  return block_ && before(block_->data(), bytes.data()) &&
         before(bytes.data() + bytes.size(), block_->data() + block_->size());
}

Async<Result<void>> UploadReceiver::write(std::span<const std::byte> bytes) {
  written_ += bytes.size();
  AsyncUploadWriter::Bytes block = block_;
  if (!is_in_block(bytes)) {
    block = std::make_shared<const std::vector<std::byte>>(bytes.begin(), bytes.end());
    bytes = *block;
  }
  co_return co_await writer_.write(file_, block, bytes);
}

Async<Result<JobInput>> UploadReceiver::finish_file(std::string name) {
  auto written = co_await writer_.flush();
  if (!written) co_return std::move(written).error();
  auto finish = [file = std::move(file_), name = std::move(name)]() mutable {
    auto input = file->finish(std::move(name));
    file.reset();
    return input;
  };
  co_return co_await services_.pool.run(std::move(finish));
}

}  // namespace convert::server::api
