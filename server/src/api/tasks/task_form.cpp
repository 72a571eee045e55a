// SPDX-License-Identifier: MIT
#include "api/tasks/task_form.hpp"

#include <array>
#include <utility>

#include "api/convert/parse_output_spec.hpp"
#include "api/support/field_parsers.hpp"
#include "api/support/problems.hpp"
#include "api/support/read_fields.hpp"
#include "base/utf8.hpp"
#include "http/message/content_disposition.hpp"
#include "http/message/field_values.hpp"
#include "http/message/file_name.hpp"

namespace convert::server::api {
namespace {

constexpr std::size_t kMaxFormFiles = 1'000;  // as JobRequest::inputs
constexpr std::size_t kMaxValueBytes = std::size_t{64} << 10;
constexpr std::size_t kMaxPartNameBytes = 256;

using PartKind = http::MultipartParser::Kind;

Response bad_form(std::string_view why) { return bad_request("bad_form", why); }

Response no_file_in_form() {
  return bad_request("no_file",
                     "There is no file. Send the form as multipart/form-data, with the file as a part.");
}

Response upload_too_large(std::uint64_t most) {
  return error_response(
      413, "too_large",
      "The upload is larger than the " + std::to_string(most) + " bytes that one may have.");
}

}  // namespace

std::optional<Response> check_form_type(const Request& request) {
  const auto sent = request.field("Content-Type");
  if (!sent) {
    if (request.body->length() == 0) return no_file_in_form();
    return error_response(415, "unsupported_type",
                          "Send the form as multipart/form-data, with the file as a part.");
  }
  const auto type = http::parse_media_type(*sent);
  if (!type) return bad_request("invalid_argument", "The field Content-Type is none.");
  if (type->type == "application/json" || type->type == "application/x-www-form-urlencoded")
    return no_file_in_form();
  if (type->type != "multipart/form-data") {
    return error_response(415, "unsupported_type",
                          "Send the form as multipart/form-data, with the file as a part.");
  }
  if (http::MultipartParser::is_boundary(type->parameter("boundary").value_or(""))) return {};
  return bad_form("The Content-Type has no boundary that can be one.");
}

TaskForm::TaskForm(Services& services, Request& request, QuotaReservation& reservation, Fields& fields,
                   PendingInputs& inputs)
    : services_(services),
      request_(request),
      reservation_(reservation),
      fields_(fields),
      inputs_(inputs),
      receiver_(services, request) {}

Async<std::optional<Response>> TaskForm::receive() {
  const auto type = http::parse_media_type(request_.field("Content-Type").value_or(""));
  parts_.emplace(type ? type->parameter("boundary").value_or("") : "");
  for (;;) {
    auto bytes = co_await receiver_.receive();
    if (!bytes) co_return error_response(body_problem(bytes.error()));
    if (bytes->empty()) break;
    auto answer = co_await consume(*bytes);
    if (answer) co_return answer;
  }
  if (const auto why = parts_->finish()) co_return bad_form(*why);
  co_return std::nullopt;
}

Async<std::optional<Response>> TaskForm::consume(std::span<const std::byte> bytes) {
  for (;;) {
    const Step step = parts_->next(bytes);
    if (step.kind == PartKind::more) co_return std::nullopt;
    auto answer = co_await handle_step(step);
    if (answer) co_return answer;
  }
}

Async<std::optional<Response>> TaskForm::handle_step(Step step) {
  switch (step.kind) {
    case PartKind::part:
      co_return co_await start_part();
    case PartKind::data:
      co_return co_await data(step.data);
    case PartKind::part_end:
      co_return co_await finish_part();
    case PartKind::bad:
      co_return bad_form(step.reason);
    case PartKind::more:
    case PartKind::end:
      break;
  }
  co_return std::nullopt;
}

Async<std::optional<Response>> TaskForm::start_part() {
  auto disposition = http::parse_disposition(parts_->field("Content-Disposition").value_or(""));
  if (!disposition) co_return bad_form(disposition.error().message);
  if (disposition->type != "form-data" || !disposition->name) {
    co_return bad_form(
        "A part of the form has no name: give each a Content-Disposition of form-data with one.");
  }
  if (disposition->name->size() > kMaxPartNameBytes) co_return bad_form("The name of a field is too long.");
  part_ = Part{std::move(*disposition->name), std::move(disposition->filename)};
  if (!part_.filename) co_return std::nullopt;
  part_.unnamed_file = part_.filename->empty();
  if (part_.unnamed_file) co_return std::nullopt;
  auto clean = http::sanitize_file_name(*part_.filename);
  if (!clean) co_return bad_request("bad_name", clean.error().message);
  part_.filename = std::move(*clean);
  if (inputs_.list().size() >= kMaxFormFiles)
    co_return bad_form("There are more than 1000 files in the form.");
  auto begun = co_await receiver_.start_file();
  if (!begun) co_return error_response(begun.error());
  co_return std::nullopt;
}

Async<std::optional<Response>> TaskForm::data(std::span<const std::byte> bytes) {
  if (part_.unnamed_file) co_return bad_request("bad_name", "A file in the form has no name. Give it one.");
  if (!part_.filename) co_return append_value(bytes);
  const std::uint64_t most = reservation_.effective_quota().file_bytes;
  const std::uint64_t sum = receiver_.written() + bytes.size();
  if (most > 0 && sum > most) co_return upload_too_large(most);
  auto refused = co_await reservation_.ensure_bytes(sum);
  if (refused) co_return error_response(*refused);
  auto written = co_await receiver_.write(bytes);
  if (!written) co_return error_response(written.error());
  co_return std::nullopt;
}

Async<std::optional<Response>> TaskForm::finish_part() {
  if (part_.unnamed_file) co_return std::nullopt;
  if (!part_.filename) co_return finish_value();
  auto finishing = receiver_.finish_file(std::move(*part_.filename));
  auto input = co_await std::move(finishing);
  if (!input) co_return error_response(input.error());
  inputs_.add(std::move(*input));
  co_return std::nullopt;
}

std::optional<Response> TaskForm::append_value(std::span<const std::byte> bytes) {
  value_bytes_ += bytes.size();
  if (part_.value.size() + bytes.size() > kMaxValueBytes || value_bytes_ > kMaxFieldBytes) {
    return error_response(413, "too_large", "The text fields of the form are too large.");
  }
  part_.value.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return {};
}

std::optional<Response> TaskForm::finish_value() {
  if (!base::is_utf8(part_.value)) return bad_form("The value of a field is not UTF-8.");
  if (auto added = fields_.add(part_.name, std::move(part_.value)); !added)
    return error_response(added.error());
  return check_spec_fields(services_.engine, fields_);
}

}  // namespace convert::server::api
