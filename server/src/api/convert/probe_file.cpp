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
#include "base/try.hpp"
#include "http/connection/blocking_pool.hpp"

namespace convert::server::api {
namespace {

constexpr std::chrono::minutes kInspectionTimeout{2};  // for one probe or plan

/// Examines a file and returns JSON: a probe or a plan.
using Inspection = std::function<Result<std::string>(const Execution&, const Input&, const ConvertOptions&)>;

Result<std::string> probe_json(const Execution& execution, const Input& input,
                               const ConvertOptions& options) {
  CONVERT_TRY_ASSIGN(const auto info, execution.probe(input, options));
  return to_json(info);
}

/// Blocks.
Result<std::string> inspect(const Services& services, const Execution& execution, const JobInput& file,
                            const Inspection& inspection) {
  CONVERT_TRY_ASSIGN(auto reader, services.engine.open(file));
  ConvertOptions options;
  options.limits = services.engine.limits();
  options.deadline = std::chrono::steady_clock::now() + kInspectionTimeout;
  options.stop = services.tasks.closing();
  return inspection(execution, Input{reader.get(), file.name}, options);
}

/// Stores the body, since a probe may have to seek.
Async<Outcome<void>> receive_file(Services& services, Request& request, std::uint64_t max_bytes,
                                  PendingInputs& inputs) {
  UploadReceiver receiver(services, request);
  CONVERT_CO_TRY(receiver.start_file());
  for (;;) {
    CONVERT_CO_TRY_ASSIGN(const auto bytes, receiver.receive());
    if (bytes.empty()) break;
    CONVERT_CO_TRY(receiver.write(bytes));
    if (max_bytes == 0 || receiver.written() <= max_bytes) continue;
    co_return upload_too_large(max_bytes);
  }
  CONVERT_CO_TRY_ASSIGN(auto input, receiver.finish_file(raw_name(request)));
  inputs.add(std::move(input));
  co_return Outcome<void>();
}

Async<Outcome<Response>> inspect_upload(Services& services, Request& request, Inspection inspection) {
  CONVERT_CO_CHECK_ASSIGN(const auto execution, local_execution(services));
  CONVERT_CO_TRY_ASSIGN(const auto principal, find_principal(services, caller(request)));
  CONVERT_CO_CHECK(check_raw_body(request, principal.effective_quota));
  CONVERT_CO_CHECK_ASSIGN(const auto slot, services.tasks.uploads.take());
  PendingInputs inputs(services);
  CONVERT_CO_TRY(receive_file(services, request, principal.effective_quota.file_bytes, inputs));
  auto work = [&services, &execution, &inputs, &inspection] {
    return inspect(services, *execution, inputs.list().front(), inspection);
  };
  auto text = co_await services.tasks.probe_threads.run(work);
  if (!text) co_return conversion_problem(text.error());
  co_return json_response(200, std::move(*text));
}

}  // namespace

Async<Outcome<Response>> probe_file(Services& services, Request& request) {
  Inspection inspection = probe_json;
  auto inspecting = inspect_upload(services, request, std::move(inspection));  // named: GCC 12
  co_return co_await std::move(inspecting);
}

Async<Outcome<Response>> plan_file(Services& services, Request& request) {
  CONVERT_CO_CHECK_ASSIGN(auto spec, parse_query_spec(services.engine, request));
  Inspection inspection = [output_spec = std::move(spec)](const Execution& execution, const Input& input,
                                                          const ConvertOptions& options) {
    const auto plan = execution.plan(std::span(&input, 1), output_spec, options);
    return plan ? Result<std::string>(to_json(*plan)) : Result<std::string>(plan.error());
  };
  auto inspecting = inspect_upload(services, request, std::move(inspection));  // named: GCC 12
  co_return co_await std::move(inspecting);
}

}  // namespace convert::server::api
