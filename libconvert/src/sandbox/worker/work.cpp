// SPDX-License-Identifier: MIT
#include "sandbox/worker/work.hpp"

#include <unistd.h>

#include <new>
#include <vector>

#include "sandbox/confinement/resource_limits.hpp"
#include "sandbox/worker/host_connection.hpp"
#include "sandbox/worker/remote_streams.hpp"

namespace convert::sandbox {
namespace {

/// Memory is bounded from outside; to go on without it would only find other words for the same end.
void out_of_memory() { ::_exit(kExitOutOfMemory); }

/// The options of the call, in this process.
ConvertOptions call_options(const CallRequest& work, HostConnection& host) {
  ConvertOptions options;
  options.limits = work.limits;
  options.threads = host.threads();
  options.thread_budget = [&host] { return host.threads(); };
  options.temporary_folder = ".";  // the scratch folder: see Confinement::enter
  if (work.time_left.count() > 0) options.deadline = std::chrono::steady_clock::now() + work.time_left;
  options.progress = [&host](const Progress& progress) { host.post(progress); };
  options.warning = [&host](const Warning& warning) { host.post(warning); };
  return options;
}

/// Whether C code met the bound, which operator new does not see. The Library has this one way to say it; a
/// full folder for temporary files is `unavailable` too.
bool is_memory_error(const Error& error) {
  return error.code == Errc::unavailable && error.message.find("memory") != std::string::npos;
}

CallResult error_result(Error error) {
  const bool memory = is_memory_error(error);
  return {std::move(error), memory};
}

template <class T>
CallResult to_call_result(Result<T> result) {
  if (!result) return error_result(std::move(result).error());
  return {std::move(result).value()};
}

CallResult run_call(const Library& library, const CallRequest& work, HostConnection& host,
                    std::vector<base::Descriptor> descriptors) {
  const auto readers = remote_inputs(host, work.inputs, std::move(descriptors));
  if (!readers) return error_result(readers.error());
  std::vector<Input> inputs;
  inputs.reserve(readers->size());
  for (std::size_t i = 0; i < readers->size(); ++i) {
    inputs.push_back({(*readers)[i].get(), work.inputs[i].name, work.inputs[i].mode});
  }
  const ConvertOptions options = call_options(work, host);
  switch (work.call) {
    case CallRequest::Call::probe:
      if (inputs.size() != 1) return error_result({Errc::invalid_argument, "A probe is of one input."});
      return to_call_result(library.probe(inputs.front(), options));
    case CallRequest::Call::plan:
      return to_call_result(library.plan(inputs, work.spec, options));
    case CallRequest::Call::convert:
      return to_call_result(library.convert(inputs, *remote_outputs(host), work.spec, options));
  }
  return error_result({Errc::internal, "There is no such call."});
}

}  // namespace

void serve_call(const Library& library, const ZygoteSettings& settings, base::Descriptor channel) {
  std::set_new_handler(&out_of_memory);
  HostConnection host(std::move(channel));
  auto [work, descriptors] = host.work();
  if (!apply_cpu_time_limit(settings, work.limits)) ::_exit(kExitNotConfined);
  host.post(run_call(library, work, host, std::move(descriptors)));
  ::_exit(kExitDone);
}

}  // namespace convert::sandbox
