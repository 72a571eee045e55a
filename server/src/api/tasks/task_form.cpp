// SPDX-License-Identifier: MIT
#include "api/tasks/task_form.hpp"

#include <array>
#include <utility>

#include "api/convert/parse_output_spec.hpp"
#include "api/support/field_parsers.hpp"
#include "api/support/problems.hpp"
#include "api/support/read_fields.hpp"
#include "base/try.hpp"
#include "base/utf8.hpp"
#include "http/message/content_disposition.hpp"
#include "http/message/field_values.hpp"
#include "http/message/file_name.hpp"

namespace convert::server::api {
namespace {

constexpr std::size_t kMaxFormFiles = 1'000;  // the limit of JobRequest::inputs
constexpr std::size_t kMaxValueBytes = std::size_t{64} << 10;
constexpr std::size_t kMaxPartNameBytes = 256;

using PartKind = http::MultipartParser::Kind;

Problem bad_form(std::string_view why) { return bad_request("bad_form", why); }

Problem no_file_in_form() {
  return bad_request("no_file",
                     "The request contains no file. Send multipart/form-data with the file as a part.");
}

}  // namespace

Outcome<void> check_form_type(const Request& request) {
  const auto sent = request.field("Content-Type");
  if (!sent) {
    if (request.body->length() == 0) return no_file_in_form();
    return make_problem(415, "unsupported_type",
                        "Send the form as multipart/form-data, with the file as a part.");
  }
  const auto type = http::parse_media_type(*sent);
  if (!type) return bad_request("invalid_argument", "Invalid Content-Type header.");
  if (type->type == "application/json" || type->type == "application/x-www-form-urlencoded")
    return no_file_in_form();
  if (type->type != "multipart/form-data") {
    return make_problem(415, "unsupported_type",
                        "Send the form as multipart/form-data, with the file as a part.");
  }
  if (http::MultipartParser::is_boundary(type->parameter("boundary").value_or(""))) return {};
  return bad_form("Invalid boundary in the Content-Type header.");
}

Outcome<void> RequestedSpec::check() {
  if (spec_ || !fields_.non_empty("newFormat")) return {};
  CONVERT_TRY_ASSIGN(spec_, parse_output_spec(engine_, fields_));
  return {};
}

Outcome<OutputSpec> RequestedSpec::take() {
  if (!spec_) return parse_output_spec(engine_, fields_);
  return *std::exchange(spec_, std::nullopt);
}

void RequestedSpec::field_added(std::string_view name) {
  const std::string_view known = field_name(FieldContext::task, name);
  if (known == "newFormat" || known == "options") spec_.reset();
}

TaskForm::TaskForm(Services& services, Request& request, QuotaReservation& reservation, Fields& fields,
                   RequestedSpec& spec, PendingInputs& inputs)
    : request_(request),
      reservation_(reservation),
      fields_(fields),
      spec_(spec),
      inputs_(inputs),
      receiver_(services, request) {}

Async<Outcome<void>> TaskForm::receive() {
  const auto type = http::parse_media_type(request_.field("Content-Type").value_or(""));
  parts_.emplace(type ? type->parameter("boundary").value_or("") : "");
  for (;;) {
    CONVERT_CO_TRY_ASSIGN(auto bytes, receiver_.receive());
    if (bytes.empty()) break;
    CONVERT_CO_TRY(consume(bytes));
  }
  if (const auto why = parts_->finish()) co_return bad_form(*why);
  co_return spec_.check();
}

Async<Outcome<void>> TaskForm::consume(std::span<const std::byte> bytes) {
  for (;;) {
    const Step step = parts_->next(bytes);
    if (step.kind == PartKind::more) co_return Outcome<void>();
    CONVERT_CO_TRY(handle_step(step));
  }
}

Async<Outcome<void>> TaskForm::handle_step(Step step) {
  switch (step.kind) {
    case PartKind::part:
      co_return co_await start_part();
    case PartKind::data:
      co_return co_await add_data(step.data);
    case PartKind::part_end:
      co_return co_await finish_part();
    case PartKind::bad:
      co_return bad_form(step.reason);
    case PartKind::more:
    case PartKind::end:
      break;
  }
  co_return Outcome<void>();
}

Async<Outcome<void>> TaskForm::start_part() {
  auto disposition = http::parse_disposition(parts_->field("Content-Disposition").value_or(""));
  if (!disposition) co_return bad_form(disposition.error().message);
  if (disposition->type != "form-data" || !disposition->name) {
    co_return bad_form(
        "A part of the form has no name. Each part needs a Content-Disposition of form-data with a name.");
  }
  if (disposition->name->size() > kMaxPartNameBytes) co_return bad_form("The name of a field is too long.");
  part_ = Part{std::move(*disposition->name), std::move(disposition->filename)};
  if (!part_.filename) co_return Outcome<void>();
  part_.unnamed_file = part_.filename->empty();
  if (part_.unnamed_file) co_return Outcome<void>();
  auto clean = http::sanitize_file_name(*part_.filename);
  if (!clean) co_return bad_request("bad_name", clean.error().message);
  part_.filename = std::move(*clean);
  if (inputs_.list().size() >= kMaxFormFiles)
    co_return bad_form("There are more than 1000 files in the form.");
  CONVERT_CO_CHECK(spec_.check());  // before the file: a request that must fail uploads nothing
  co_return co_await receiver_.start_file();
}

Async<Outcome<void>> TaskForm::add_data(std::span<const std::byte> bytes) {
  if (part_.unnamed_file)
    co_return bad_request("bad_name", "A file in the form has no name. Give it a name.");
  if (!part_.filename) co_return append_value(bytes);
  const std::uint64_t max_bytes = reservation_.effective_quota().file_bytes;
  const std::uint64_t sum = receiver_.written() + bytes.size();
  if (max_bytes > 0 && sum > max_bytes) co_return upload_too_large(max_bytes);
  CONVERT_CO_TRY(reservation_.ensure_bytes(sum));
  co_return co_await receiver_.write(bytes);
}

Async<Outcome<void>> TaskForm::finish_part() {
  if (part_.unnamed_file) co_return Outcome<void>();
  if (!part_.filename) co_return finish_value();
  CONVERT_CO_TRY_ASSIGN(auto input, receiver_.finish_file(std::move(*part_.filename)));
  inputs_.add(std::move(input));
  co_return Outcome<void>();
}

Outcome<void> TaskForm::append_value(std::span<const std::byte> bytes) {
  value_bytes_ += bytes.size();
  if (part_.value.size() + bytes.size() > kMaxValueBytes || value_bytes_ > kMaxFieldBytes) {
    return make_problem(413, "too_large", "The text fields of the form are too large.");
  }
  part_.value.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return {};
}

Outcome<void> TaskForm::finish_value() {
  if (!base::is_utf8(part_.value)) return bad_form("The value of a field is not UTF-8.");
  CONVERT_TRY(fields_.add(part_.name, std::move(part_.value)));
  spec_.field_added(part_.name);
  return {};
}

}  // namespace convert::server::api
