// SPDX-License-Identifier: MIT
#pragma once

#include <convert/io.hpp>
#include <memory>
#include <string_view>

#include "api/convert/convert_stream.hpp"
#include "http/content/byte_queue.hpp"

namespace convert::server::api {

/// The one output of a streaming conversion, which is sent as it is written.
class StreamOutputs final : public Outputs {
 public:
  StreamOutputs(ConvertStream& stream, std::shared_ptr<http::ByteQueue> queue)
      : stream_(stream), queue_(std::move(queue)) {}

  Result<std::unique_ptr<Writer>> create(std::string_view name) override;

 private:
  ConvertStream& stream_;
  std::shared_ptr<http::ByteQueue> queue_;
  bool created_ = false;
};

}  // namespace convert::server::api
