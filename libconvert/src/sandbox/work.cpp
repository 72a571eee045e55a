// SPDX-License-Identifier: MIT
#include "sandbox/work.hpp"

#include <unistd.h>

#include <new>
#include <vector>

#include "sandbox/limits.hpp"
#include "sandbox/link.hpp"
#include "sandbox/proxies.hpp"

namespace convert::sandbox {
namespace {

/// Memory is bounded from outside; to go on without it would only find other words for the same end.
void out_of_memory() { ::_exit(kOutOfMemory); }

/// The options of the call, in this process.
ConvertOptions options_of(const Work& work, Link& link) {
  ConvertOptions options;
  options.limits = work.limits;
  options.threads = link.threads();
  options.thread_budget = [&link] { return link.threads(); };
  options.temporary_folder = ".";  // the scratch folder: see Confinement::enter
  if (work.time_left.count() > 0) options.deadline = std::chrono::steady_clock::now() + work.time_left;
  options.progress = [&link](const Progress& progress) { link.tell(progress); };
  options.warning = [&link](const Warning& warning) { link.tell(warning); };
  return options;
}

/// Whether C code met the bound, which operator new does not see. The Library has this one way to say it; a
/// full folder for temporary files is `unavailable` too.
bool lacked_memory(const Error& error) {
  return error.code == Errc::unavailable && error.message.find("memory") != std::string::npos;
}

Finished failed(Error error) {
  const bool memory = lacked_memory(error);
  return {std::move(error), memory};
}

template <class T>
Finished finished(Result<T> result) {
  if (!result) return failed(std::move(result).error());
  return {std::move(result).value()};
}

Finished run(const Library& library, const Work& work, Link& link, std::vector<io::Descriptor> descriptors) {
  const auto readers = remote_inputs(link, work.inputs, std::move(descriptors));
  if (!readers) return failed(readers.error());
  std::vector<Input> inputs;
  inputs.reserve(readers->size());
  for (std::size_t i = 0; i < readers->size(); ++i) {
    inputs.push_back({(*readers)[i].get(), work.inputs[i].name, work.inputs[i].mode});
  }
  const ConvertOptions options = options_of(work, link);
  switch (work.call) {
    case Work::Call::probe:
      if (inputs.size() != 1) return failed({Errc::invalid_argument, "A probe is of one input."});
      return finished(library.probe(inputs.front(), options));
    case Work::Call::plan:
      return finished(library.plan(inputs, work.spec, options));
    case Work::Call::convert:
      return finished(library.convert(inputs, *remote_outputs(link), work.spec, options));
  }
  return failed({Errc::internal, "There is no such call."});
}

}  // namespace

void serve(const Library& library, const ZygoteSettings& settings, io::Descriptor channel) {
  std::set_new_handler(&out_of_memory);
  Link link(std::move(channel));
  auto [work, descriptors] = link.work();
  if (!limit_processor_time(settings, work.limits)) ::_exit(kNotConfined);
  link.tell(run(library, work, link, std::move(descriptors)));
  ::_exit(kDone);
}

}  // namespace convert::sandbox
