// SPDX-License-Identifier: MIT
// A program with durable jobs: a folder and an Engine, which finds the installed worker. jobs IN FORMAT DATA
#include <cstdio>
#include <filesystem>

#include <convert/convert.hpp>

namespace {

int fail(const convert::Error& error) { return std::fprintf(stderr, "%s\n", error.message.c_str()), 1; }

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) return 2;
  const std::filesystem::path data = arguments[3];
  convert::EngineOptions options;
  options.storage = convert::open_storage("file://" + (data / "blobs").string()).value();
  options.store = convert::open_job_store("sqlite://" + (data / "jobs.db").string()).value();
  convert::Engine engine(options);
  if (auto started = engine.start(); !started) return fail(started.error());

  const auto reader = convert::open_file(arguments[1]);
  if (!reader) return fail(reader.error());
  const convert::Input input{reader->get(), "input"};
  convert::JobRequest request;
  request.spec.format = arguments[2];
  const auto job = engine.submit(request, {&input, 1});
  if (!job) return fail(job.error());
  const convert::Job done = engine.finished(job->id).get();
  if (done.error) return fail(*done.error);
  std::printf("%s bytes\n", std::to_string(done.outputs.at(0).size).c_str());
}
