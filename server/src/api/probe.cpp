// SPDX-License-Identifier: MIT
#include "api/probe.hpp"

#include <chrono>
#include <convert/json.hpp>
#include <functional>
#include <utility>

#include "api/authentication.hpp"
#include "api/errors.hpp"
#include "api/incoming.hpp"
#include "api/inputs.hpp"
#include "api/known_formats.hpp"
#include "api/raw_body.hpp"
#include "api/room.hpp"
#include "api/task_services.hpp"
#include "api/wanted.hpp"
#include "http/pool.hpp"

namespace convert::server::api {
namespace {

constexpr std::chrono::minutes kLongest{2};  // for an answer

/// What is asked about a file: gives the answer as JSON.
using Question = std::function<Result<std::string>(const Execution&, const Input&, const ConvertOptions&)>;

Result<std::string> probed(const Execution& execution, const Input& input, const ConvertOptions& options) {
  const auto info = execution.probe(input, options);
  if (!info) return info.error();
  return to_json(*info);
}

/// Blocks.
Result<std::string> ask(const Services& services, const JobInput& file, const Question& question) {
  const KnownFormats execution(services.engine);
  auto reader = services.engine.open(file);
  if (!reader) return std::move(reader).error();
  ConvertOptions options;
  options.limits = services.engine.limits();
  options.deadline = std::chrono::steady_clock::now() + kLongest;
  options.stop = services.tasks.closing();
  return question(execution.execution(), Input{reader->get(), file.name}, options);
}

/// The body into the Storage: a file that can be read anywhere.
Async<std::optional<Response>> receive(Services& services, Request& request, std::uint64_t most,
                                       Inputs& inputs) {
  Incoming incoming(services, request);
  auto begun = co_await incoming.begin();
  if (!begun) co_return refusal(begun.error());
  for (;;) {
    const auto bytes = co_await incoming.receive();
    if (!bytes) co_return refusal(body_failure_of(bytes.error()));
    if (bytes->empty()) break;
    auto written = co_await incoming.write(*bytes);
    if (!written) co_return refusal(written.error());
    if (most == 0 || incoming.written() <= most) continue;
    co_return refusal(413, "too_large",
                      "The upload is larger than the " + std::to_string(most) + " bytes that one may have.");
  }
  auto finishing = incoming.finish(raw_name(request));
  auto input = co_await std::move(finishing);
  if (!input) co_return refusal(input.error());
  inputs.add(std::move(*input));
  co_return std::nullopt;
}

Async<Response> answer(Services& services, Request& request, Question question) {
  if (!KnownFormats(services.engine)) co_return starting();
  const auto asker = co_await asker_of(services, caller(request));
  if (!asker) co_return refusal(asker.error());
  if (auto refused = refuse_raw_body(request, asker->allowance)) co_return std::move(*refused);
  const auto slot = services.tasks.uploads.take();
  if (!std::holds_alternative<Slot>(slot)) {
    co_return refusal(503, "busy", "Too many uploads are under way. Try again in a moment.",
                      std::chrono::seconds(1));
  }
  Inputs inputs(services);
  auto refused = co_await receive(services, request, asker->allowance.file_bytes, inputs);
  if (refused) co_return std::move(*refused);
  auto work = [&services, &inputs, &question] { return ask(services, inputs.list().front(), question); };
  auto text = co_await services.tasks.questions.run(work);
  if (!text) co_return refusal(conversion_failure_of(text.error()));
  co_return json(200, std::move(*text));
}

}  // namespace

Async<Response> probe_file(Services& services, Request& request) {
  Question question = probed;
  auto answering = answer(services, request, std::move(question));
  co_return co_await std::move(answering);
}

Async<Response> plan_file(Services& services, Request& request) {
  auto spec = wanted_by_query(services.engine, request);
  if (auto* refused = std::get_if<Response>(&spec)) co_return std::move(*refused);
  Question question = [wanted = std::move(std::get<OutputSpec>(spec))](
                          const Execution& execution, const Input& input, const ConvertOptions& options) {
    const auto plan = execution.plan(std::span(&input, 1), wanted, options);
    return plan ? Result<std::string>(to_json(*plan)) : Result<std::string>(plan.error());
  };
  auto answering = answer(services, request, std::move(question));
  co_return co_await std::move(answering);
}

}  // namespace convert::server::api
