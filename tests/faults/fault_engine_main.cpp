// SPDX-License-Identifier: MIT
// fault_engine FOLDER [name=value...]: an engine with the SQLite store and the blobs in that folder,
// controlled by a driver. Reads one command per line from its standard input and replies to each with one
// line: "ok TEXT" or "error CODE TEXT". The first line is "ok ready" or the error of its start. Shuts down at
// the end of its input.
#include <charconv>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include <convert/engine.hpp>
#include <convert/sandbox.hpp>

#include "faults/fault_control.hpp"

namespace convert::test {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using Words = std::vector<std::string>;

long number(const std::string& text) {
  long value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// The settings of the driver and their defaults.
struct Settings {
  fs::path folder;
  std::map<std::string, std::string> values{
      {"lease", "500"},    {"durability", "process"}, {"orphans", "60000"},
      {"slots", "3"},      {"execution", "worker"},   {"start", "1"},
      {"stall", "60000"},  {"busy", "10000"},         {"name", ""},
      {"board", "faults"}, {"retry", "250"},
  };

  Settings(int argc, char** argv) : folder(argv[1]) {
    for (int i = 2; i < argc; ++i) {
      const std::string word = argv[i];
      values[word.substr(0, word.find('='))] = word.substr(word.find('=') + 1);
    }
  }
  milliseconds time(const char* name) const { return milliseconds(number(values.at(name))); }
  bool is(const char* name, const char* value) const { return values.at(name) == value; }
  Durability durability() const {
    return is("durability", "power") ? Durability::power : Durability::process;
  }
};

Result<std::shared_ptr<Execution>> open_execution(const Settings& settings) {
  if (settings.is("execution", "here")) return in_process_execution(std::make_shared<Library>());
  SandboxOptions options;
  options.worker_program = settings.folder / "worker";
  options.temporary_folder = settings.folder / "scratch";
  options.limits.stall_timeout = settings.time("stall");
  return Sandbox::start(options).transform(
      [](std::shared_ptr<Sandbox> sandbox) { return std::shared_ptr<Execution>(std::move(sandbox)); });
}

Result<EngineOptions> options_of(const Settings& settings, std::ofstream& log) {
  EngineOptions options;
  auto storage = disk_storage(settings.folder / "blobs", {settings.durability()});
  if (!storage) return storage.error();
  auto store =
      sqlite_job_store(settings.folder / "jobs.db", {settings.durability(), settings.time("busy"), {}});
  if (!store) return store.error();
  auto execution = open_execution(settings);
  if (!execution) return execution.error();
  options.storage = *storage;
  options.store = *store;
  options.execution = *execution;
  options.worker_name = settings.values.at("name");
  options.max_running_jobs = static_cast<unsigned>(number(settings.values.at("slots")));
  options.lease_duration = settings.time("lease");
  options.heartbeat_interval = std::min(milliseconds(1000), options.lease_duration / 5);
  options.sweep_interval = std::min(milliseconds(1000), options.lease_duration / 2);
  options.cleanup_interval = milliseconds(500);
  options.retry.initial_delay = settings.time("retry");
  options.retention.orphans = settings.time("orphans");
  options.log = [&log, lock = std::make_shared<std::mutex>()](const LogLine& line) {
    const std::lock_guard guard(*lock);
    log << line.job << ' ' << line.message << std::endl;
  };
  return options;
}

Result<std::string> id_of(const Result<Job>& job) {
  if (!job) return job.error();
  return std::to_string(job->id);
}

Result<std::string> done(const Result<void>& result) {
  if (!result) return result.error();
  return std::string("done");
}

Result<OutputSpec> spec_of(const std::string& text) { return parse_options(std::vector{text}); }

/// submit KEY OWNER FILE SPEC
Result<std::string> submit(Engine& engine, const Words& words) {
  auto spec = spec_of(words.at(4));
  if (!spec) return spec.error();
  auto file = open_file(words.at(3));
  if (!file) return file.error();
  JobRequest request;
  request.unique_key = words.at(1);
  request.owner = words.at(2);
  request.spec = *spec;
  request.max_interruptions = 1000;
  const Input input{file->get(), fs::path(words.at(3)).filename().string()};
  return id_of(engine.submit(std::move(request), std::span(&input, 1)));
}

Result<std::string> statistics(const Engine& engine) {
  const auto* sandbox = dynamic_cast<const Sandbox*>(engine.execution().get());
  if (sandbox == nullptr) return Error{Errc::unsupported, "The engine has no sandbox."};
  const auto now = sandbox->statistics();
  std::ostringstream text;
  text << now.idle << ' ' << now.busy << ' ' << now.served << ' ' << now.crashed << ' ' << now.killed << ' '
       << now.zygotes_started;
  return text.str();
}

Result<std::string> run_command_line(Engine& engine, const Words& words) {
  const auto& verb = words.at(0);
  const auto id = [&words] { return static_cast<JobId>(number(words.at(1))); };
  if (verb == "submit") return submit(engine, words);
  if (verb == "cancel") return id_of(engine.cancel(id()));
  if (verb == "retry") return id_of(engine.retry(id()));
  if (verb == "remove") return done(engine.remove(id()));
  if (verb == "replace") {
    return spec_of(words.at(2)).and_then([&](const OutputSpec& spec) {
      return id_of(engine.replace(id(), spec));
    });
  }
  if (verb == "sweep") return done(engine.sweep());
  if (verb == "sandbox") return statistics(engine);
  if (verb == "stop") {
    engine.stop(milliseconds(number(words.at(1))));
    return std::string("done");
  }
  return Error{Errc::invalid_argument, "Unknown command '" + verb + "'."};
}

void answer(const Result<std::string>& result) {
  if (result) {
    std::cout << "ok " << *result << std::endl;
  } else {
    const auto& error = result.error();
    std::cout << "error " << to_string(error.code) << (error.retryable ? " retryable " : " final ")
              << error.message << std::endl;
  }
}

int run(const Settings& settings) {
  std::ofstream log(settings.folder / "log", std::ios::app);
  auto options = options_of(settings, log);
  if (!options) {
    answer(options.error());
    return 1;
  }
  Engine engine(std::move(*options));
  if (settings.is("start", "1")) {
    if (const auto started = engine.start(); !started) {
      answer(started.error());
      return 1;
    }
  }
  answer(std::string("ready"));
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream text(line);
    answer(run_command_line(engine, Words(std::istream_iterator<std::string>(text), {})));
  }
  engine.stop();
  return 0;
}

}  // namespace
}  // namespace convert::test

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: fault_engine FOLDER [name=value...]\n";
    return 2;
  }
  const convert::test::Settings settings(argc, argv);
  convert::test::connect_fault_points(settings.folder / settings.values.at("board"));
  return convert::test::run(settings);
}
