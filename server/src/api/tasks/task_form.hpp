// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <convert/server/http.hpp>

#include "api/support/problems.hpp"
#include "api/support/request_fields.hpp"
#include "api/support/services.hpp"
#include "api/tasks/quota.hpp"
#include "api/tasks/upload_receiver.hpp"
#include "http/message/multipart_parser.hpp"

namespace convert::server::api {

/// The conversion that the fields of a new task describe. It is parsed and checked once: as soon as a file
/// begins and `newFormat` is known, or at the end of the form.
class RequestedSpec {
 public:
  RequestedSpec(const Engine& engine, const Fields& fields) : engine_(engine), fields_(fields) {}

  /// Fails if the fields so far describe a conversion that cannot be. Succeeds while `newFormat` is missing.
  Outcome<void> check();
  /// The checked conversion. Fails as `check`, and if `newFormat` is missing.
  Outcome<OutputSpec> take();
  /// To be called after a field was added: what is known is checked again if it depends on that field.
  void field_added(std::string_view name);

 private:
  const Engine& engine_;
  const Fields& fields_;
  std::optional<OutputSpec> spec_;
};

/// Parses the multipart form of a new task while it arrives: files go to the Storage, text parts to the
/// fields. Used by one coroutine.
class TaskForm {
 public:
  /// Adds to `fields` and `inputs`, within `reservation`.
  TaskForm(Services& services, Request& request, QuotaReservation& reservation, Fields& fields,
           RequestedSpec& spec, PendingInputs& inputs);

  /// Reads the body to its end. Fails as soon as the request must be refused.
  Async<Outcome<void>> receive();

 private:
  using Step = http::MultipartParser::Step;
  struct Part {
    std::string name;
    std::optional<std::string> filename{};
    std::string value{};
    bool unnamed_file = false;  ///< as browsers send for an empty file input
  };

  Async<Outcome<void>> consume(std::span<const std::byte> bytes);
  Async<Outcome<void>> handle_step(Step step);
  Async<Outcome<void>> start_part();
  Async<Outcome<void>> add_data(std::span<const std::byte> bytes);
  Async<Outcome<void>> finish_part();
  Outcome<void> append_value(std::span<const std::byte> bytes);
  Outcome<void> finish_value();

  Request& request_;
  QuotaReservation& reservation_;
  Fields& fields_;
  RequestedSpec& spec_;
  PendingInputs& inputs_;
  UploadReceiver receiver_;
  std::optional<http::MultipartParser> parts_;
  Part part_;
  std::size_t value_bytes_ = 0;  // of all text parts
};

/// Checks that `Content-Type` is multipart/form-data with a boundary.
Outcome<void> check_form_type(const Request& request);

}  // namespace convert::server::api
