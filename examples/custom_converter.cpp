// SPDX-License-Identifier: MIT
// Runs jobs with a custom converter (custom_converter/shout.hpp), confined in a custom worker program
// (custom_converter_worker.cpp) or in this process. Usage: custom_converter sandboxed|in_process TEXT
#include <cstdio>
#include <filesystem>
#include <string_view>

#include "custom_converter/shout.hpp"

namespace {

int fail(const convert::Error& error) {
  std::fprintf(stderr, "%s\n", error.message.c_str());
  return 1;
}

/// For untrusted files: the converter runs confined, like the built-in ones. The worker program is in the
/// folder of this program.
convert::Result<std::shared_ptr<convert::Execution>> sandboxed(const std::filesystem::path& program) {
  convert::SandboxOptions options;
  options.worker_program = std::filesystem::absolute(program).parent_path() / "custom_converter_worker";
  auto sandbox = convert::Sandbox::start(options);
  if (!sandbox) return sandbox.error();
  return std::shared_ptr<convert::Execution>(*sandbox);
}

/// For trusted input: starts no process. A crash of the converter crashes this program.
std::shared_ptr<convert::Execution> in_process() {
  convert::LibraryOptions options;
  options.converters.push_back(std::make_shared<Shout>());
  return convert::in_process_execution(std::make_shared<convert::Library>(std::move(options)));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: custom_converter sandboxed|in_process TEXT\n");
    return 2;
  }
  convert::EngineOptions options;
  if (argv[1] == std::string_view("in_process")) {
    options.execution = in_process();
  } else {
    auto sandbox = sandboxed(argv[0]);
    if (!sandbox) return fail(sandbox.error());
    options.execution = *sandbox;
  }
  convert::Engine engine(options);
  if (auto started = engine.start(); !started) return fail(started.error());

  const std::string_view text = argv[2];
  const auto reader = convert::memory_reader(std::as_bytes(std::span(text)));
  const convert::Input input{reader.get(), "words"};
  convert::JobRequest request;
  request.spec.format = "shout";
  const auto submitted = engine.submit(std::move(request), {&input, 1});
  if (!submitted) return fail(submitted.error());
  const convert::Job job = engine.finished(submitted->id).get();
  if (job.error) return fail(*job.error);

  auto made = engine.open(job.outputs.at(0));
  if (!made) return fail(made.error());
  std::string loud(job.outputs.at(0).size, '\0');
  const auto read = (*made)->read_at(0, std::as_writable_bytes(std::span(loud)));
  if (!read) return fail(read.error());
  std::printf("%s\n", loud.c_str());
}
