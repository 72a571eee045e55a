// SPDX-License-Identifier: MIT
#include "api/handlers.hpp"

#include <chrono>
#include <functional>
#include <utility>

#include <convert/json.hpp>

#include "api/auth/authentication.hpp"
#include "api/convert/format_list.hpp"
#include "api/convert/parse_output_spec.hpp"
#include "api/support/problems.hpp"
#include "api/support/services.hpp"
#include "api/tasks/quota.hpp"
#include "api/tasks/upload_receiver.hpp"
#include "http/connection/blocking_pool.hpp"

namespace convert::server::api {
namespace {

constexpr std::chrono::minutes kInspectionTimeout{2};  // for an answer

/// What is asked about a file: gives the answer as JSON.
using Inspection = std::function<Result<std::string>(const Execution&, const Input&, const ConvertOptions&)>;

Result<std::string> probe_json(const Execution& execution, const Input& input,
                               const ConvertOptions& options) {
  const auto info = execution.probe(input, options);
  if (!info) return info.error();
  return to_json(*info);
}

/// Blocks.
Result<std::string> inspect(const Services& services, const JobInput& file, const Inspection& inspection) {
  const KnownFormats execution(services.engine);
  auto reader = services.engine.open(file);
  if (!reader) return std::move(reader).error();
  ConvertOptions options;
  options.limits = services.engine.limits();
  options.deadline = std::chrono::steady_clock::now() + kInspectionTimeout;
  options.stop = services.tasks.closing();
  return inspection(execution.execution(), Input{reader->get(), file.name}, options);
}

/// The body into the Storage: a file that can be read anywhere.
Async<std::optional<Response>> receive_file(Services& services, Request& request, std::uint64_t most,
                                            PendingInputs& inputs) {
  UploadReceiver receiver(services, request);
  auto begun = co_await receiver.start_file();
  if (!begun) co_return error_response(begun.error());
  for (;;) {
    const auto bytes = co_await receiver.receive();
    if (!bytes) co_return error_response(body_problem(bytes.error()));
    if (bytes->empty()) break;
    auto written = co_await receiver.write(*bytes);
    if (!written) co_return error_response(written.error());
    if (most == 0 || receiver.written() <= most) continue;
    co_return error_response(
        413, "too_large",
        "The upload is larger than the " + std::to_string(most) + " bytes that one may have.");
  }
  auto finishing = receiver.finish_file(raw_name(request));
  auto input = co_await std::move(finishing);
  if (!input) co_return error_response(input.error());
  inputs.add(std::move(*input));
  co_return std::nullopt;
}

Async<Response> inspect_upload(Services& services, Request& request, Inspection inspection) {
  if (!KnownFormats(services.engine)) co_return service_starting();
  const auto principal = co_await find_principal(services, caller(request));
  if (!principal) co_return error_response(principal.error());
  if (auto refused = check_raw_body(request, principal->effective_quota)) co_return std::move(*refused);
  const auto slot = services.tasks.uploads.take();
  if (!std::holds_alternative<Slot>(slot)) {
    co_return error_response(503, "busy", "Too many uploads are under way. Try again in a moment.",
                             std::chrono::seconds(1));
  }
  PendingInputs inputs(services);
  auto refused = co_await receive_file(services, request, principal->effective_quota.file_bytes, inputs);
  if (refused) co_return std::move(*refused);
  auto work = [&services, &inputs, &inspection] {
    return inspect(services, inputs.list().front(), inspection);
  };
  auto text = co_await services.tasks.probe_threads.run(work);
  if (!text) co_return error_response(conversion_problem(text.error()));
  co_return json_response(200, std::move(*text));
}

}  // namespace

Async<Response> probe_file(Services& services, Request& request) {
  Inspection inspection = probe_json;
  auto inspecting = inspect_upload(services, request, std::move(inspection));
  co_return co_await std::move(inspecting);
}

Async<Response> plan_file(Services& services, Request& request) {
  auto spec = parse_query_spec(services.engine, request);
  if (auto* refused = std::get_if<Response>(&spec)) co_return std::move(*refused);
  Inspection inspection = [wanted = std::move(std::get<OutputSpec>(spec))](
                              const Execution& execution, const Input& input, const ConvertOptions& options) {
    const auto plan = execution.plan(std::span(&input, 1), wanted, options);
    return plan ? Result<std::string>(to_json(*plan)) : Result<std::string>(plan.error());
  };
  auto inspecting = inspect_upload(services, request, std::move(inspection));
  co_return co_await std::move(inspecting);
}

}  // namespace convert::server::api
