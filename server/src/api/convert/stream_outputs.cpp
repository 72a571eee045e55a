// SPDX-License-Identifier: MIT
#include "api/convert/stream_outputs.hpp"

#include <cstdint>
#include <span>
#include <utility>

namespace convert::server::api {
namespace {

/// The queue ends when the conversion has: a result that is not committed is none.
class QueueWriter final : public Writer {
 public:
  explicit QueueWriter(std::shared_ptr<http::ByteQueue> queue) : queue_(std::move(queue)) {}

  bool seekable() const override { return false; }
  Result<void> write_at(std::uint64_t, std::span<const std::byte> from) override {
    return queue_->write(from);
  }
  Result<void> commit() override { return {}; }

 private:
  std::shared_ptr<http::ByteQueue> queue_;
};

}  // namespace

Result<std::unique_ptr<Writer>> StreamOutputs::create(std::string_view name) {
  if (std::exchange(created_, true)) {
    return Error{Errc::unsupported,
                 "This conversion has more than one result. Make a task of it: POST /api/tasks.", false};
  }
  stream_.set_output_name(name);
  return std::unique_ptr<Writer>(std::make_unique<QueueWriter>(queue_));
}

}  // namespace convert::server::api
