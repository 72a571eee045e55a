// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <convert/server/http.hpp>

#include "api/support/request_fields.hpp"
#include "api/support/services.hpp"
#include "api/tasks/quota.hpp"
#include "api/tasks/upload_receiver.hpp"
#include "http/message/multipart_parser.hpp"

namespace convert::server::api {

/// The multipart form of a new task, taken apart as it comes: files into the Storage, text parts into fields.
/// Lives within one coroutine.
class TaskForm {
 public:
  /// Adds to `fields` and `inputs`, within `reservation`.
  TaskForm(Services& services, Request& request, QuotaReservation& reservation, Fields& fields,
           PendingInputs& inputs);

  /// To the end of the body. A refusal, as soon as it is known.
  Async<std::optional<Response>> receive();

 private:
  using Step = http::MultipartParser::Step;
  struct Part {
    std::string name;
    std::optional<std::string> filename{};
    std::string value{};
    bool unnamed_file = false;  ///< what browsers send for a field without a file, unless it has bytes
  };

  Async<std::optional<Response>> consume(std::span<const std::byte> bytes);
  Async<std::optional<Response>> handle_step(Step step);
  Async<std::optional<Response>> start_part();
  Async<std::optional<Response>> data(std::span<const std::byte> bytes);
  Async<std::optional<Response>> finish_part();
  std::optional<Response> append_value(std::span<const std::byte> bytes);
  std::optional<Response> finish_value();

  Services& services_;
  Request& request_;
  QuotaReservation& reservation_;
  Fields& fields_;
  PendingInputs& inputs_;
  UploadReceiver receiver_;
  std::optional<http::MultipartParser> parts_;
  Part part_;
  std::size_t value_bytes_ = 0;  // of all text parts
};

/// Nothing: `Content-Type` is that of a form with files. Otherwise the refusal.
std::optional<Response> check_form_type(const Request& request);

}  // namespace convert::server::api
