// SPDX-License-Identifier: MIT
#include "api/incoming.hpp"

#include <functional>
#include <utility>
#include <vector>

#include "http/pool.hpp"

namespace convert::server::api {
namespace {

constexpr std::size_t kFirstBlock = std::size_t{64} << 10;
constexpr std::size_t kBlock = std::size_t{256} << 10;  // once the body is known to be large
constexpr std::uint64_t kLarge = std::uint64_t{1} << 20;

}  // namespace

Incoming::Incoming(Services& services, Request& request)
    : services_(services), request_(request), behind_(services.pool, request.executor) {}

Incoming::~Incoming() {
  // To end a file may block.
  if (file_) services_.pool.post([file = std::move(file_)] {});
}

Async<Result<std::span<const std::byte>>> Incoming::receive() {
  std::swap(block_, other_);
  if (block_ && behind_.uses(block_)) {
    auto written = co_await behind_.settle();
    if (!written) co_return std::move(written).error();
  }
  const std::size_t size = request_.body->received() < kLarge ? kFirstBlock : kBlock;
  if (!block_ || block_->size() < size) block_ = std::make_shared<std::vector<std::byte>>(size);
  const auto count = co_await request_.body->read(*block_);
  if (!count) co_return count.error();
  co_return std::span<const std::byte>(*block_).first(*count);
}

Async<Result<void>> Incoming::begin() {
  auto open = [this] { return services_.engine.upload({services_.options.hash_up_to}); };
  auto upload = co_await services_.pool.run(open);
  if (!upload) co_return std::move(upload).error();
  file_ = std::move(*upload);
  co_return Result<void>();
}

bool Incoming::in_block(std::span<const std::byte> bytes) const noexcept {
  const std::less_equal<const std::byte*> before;
  return block_ && before(block_->data(), bytes.data()) &&
         before(bytes.data() + bytes.size(), block_->data() + block_->size());
}

Async<Result<void>> Incoming::write(std::span<const std::byte> bytes) {
  written_ += bytes.size();
  WriteBehind::Bytes block = block_;
  if (!in_block(bytes)) {
    block = std::make_shared<const std::vector<std::byte>>(bytes.begin(), bytes.end());
    bytes = *block;
  }
  co_return co_await behind_.write(file_, block, bytes);
}

Async<Result<JobInput>> Incoming::finish(std::string name) {
  auto written = co_await behind_.settle();
  if (!written) co_return std::move(written).error();
  auto finish = [file = std::move(file_), name = std::move(name)]() mutable {
    auto input = file->finish(std::move(name));
    file.reset();
    return input;
  };
  co_return co_await services_.pool.run(std::move(finish));
}

}  // namespace convert::server::api
