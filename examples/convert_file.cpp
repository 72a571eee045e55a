// SPDX-License-Identifier: MIT
// convert-file: converts files on the command line. Built on <convert/convert.hpp>.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <convert/convert.hpp>

#include "convert_file/command_line.hpp"
#include "convert_file/report_text.hpp"
#include "convert_file/stop_signal.hpp"
#include "convert_file/terminal.hpp"

namespace convert_file {
namespace {

using convert::Errc;
using convert::Error;
using convert::Library;
using convert::Result;

struct OpenInputs {
  std::vector<std::unique_ptr<convert::Reader>> readers;
  std::vector<convert::Input> inputs;
};

class Program {
 public:
  Program(const Library& library, const CommandLine& line)
      : library_(library), line_(line), terminal_(line.quiet, line.json) {}

  ExitCode run() {
    auto done = perform();
    if (done && std::fflush(stdout) != 0) {
      done = Error{Errc::io, "Cannot write to the standard output."};
    }
    return done ? code_ : fail(done.error());
  }

 private:
  Result<void> perform() {
    switch (line_.action) {
      case Action::help:
        return print(line_.help_format != nullptr ? help(*line_.help_format) : help());
      case Action::version:
        return print(fmt::format("convert-file {}\n", convert::version()));
      case Action::formats:
        return formats();
      case Action::probe:
        return probe_all();
      case Action::plan:
        return plan();
      case Action::convert:
        break;
    }
    return convert();
  }

  Result<void> formats() {
    return print(line_.json ? to_json(library_.formats()) + '\n' : text_of(library_.formats()));
  }

  Result<void> probe_all() {
    StopSignal stop;
    for (const auto& name : line_.inputs) {
      auto done = probe(name, stop);
      if (done) continue;
      if (line_.inputs.size() == 1 || done.error().code == Errc::cancelled) return done;
      // Continue with the other files.
      const auto code = fail({done.error().code, fmt::format("{}: {}", name, done.error().message)});
      if (code_ == ExitCode::done) code_ = code;
    }
    return {};
  }

  Result<void> probe(const std::string& name, const StopSignal& stop) {
    const auto reader = open(name, stop);
    if (!reader) return reader.error();
    const auto info = library_.probe({reader->get(), input_name(name)}, options(stop));
    if (!info) return info.error();
    return print(line_.json ? to_json(*info) + '\n' : text_of(*info, name));
  }

  Result<void> plan() {
    const auto spec = output_spec();
    if (!spec) return spec.error();
    StopSignal stop;
    const auto opened = open_all(stop);
    if (!opened) return opened.error();
    const auto plan = library_.plan(opened->inputs, *spec, options(stop));
    if (!plan) return plan.error();
    return print(line_.json ? to_json(*plan) + '\n' : text_of(*plan, line_.inputs, line_.output));
  }

  Result<void> convert() {
    const auto spec = output_spec();
    if (!spec) return spec.error();
    StopSignal stop;
    const auto opened = open_all(stop);
    if (!opened) return opened.error();
    auto writer = create_output();
    if (!writer) return writer.error();
    const auto outputs = convert::single_output(std::move(writer).value());
    auto settings = options(stop);
    settings.progress = [this](const auto& progress) { terminal_.progress(line_.output, progress); };
    settings.warning = [this](const auto& warning) { terminal_.warning(warning); };
    const auto report = library_.convert(opened->inputs, *outputs, *spec, settings);
    if (!report) return report.error();
    terminal_.done(line_.output, *report);
    if (line_.json && line_.output != kStandardStream) return print(to_json(*report) + '\n');
    return {};
  }

  Result<convert::OutputSpec> output_spec() const {
    const auto format = target_format(line_, library_);
    if (!format) return format.error();
    auto spec = line_.spec;
    spec.format = *format;
    return spec;
  }

  Result<std::unique_ptr<convert::Reader>> open(const std::string& name, const StopSignal& stop) {
    if (name == kStandardStream) return stop.standard_input();
    auto reader = convert::open_file(name);
    if (!reader) file_failed_ = true;
    return reader;
  }

  Result<OpenInputs> open_all(const StopSignal& stop) {
    OpenInputs opened;
    for (const auto& name : line_.inputs) {
      auto reader = open(name, stop);
      if (!reader) return reader.error();
      opened.inputs.push_back({reader->get(), input_name(name)});
      opened.readers.push_back(std::move(reader).value());
    }
    return opened;
  }

  Result<std::unique_ptr<convert::Writer>> create_output() {
    if (line_.output != kStandardStream) {
      auto writer = convert::create_file(line_.output);
      if (!writer) file_failed_ = true;
      return writer;
    }
    if (::isatty(STDOUT_FILENO) == 1) {
      return Error{Errc::invalid_argument, "The output is binary. Write it to a file or a pipe."};
    }
    return convert::descriptor_writer(STDOUT_FILENO);
  }

  convert::ConvertOptions options(const StopSignal& stop) const {
    convert::ConvertOptions options;
    options.limits = line_.limits;
    options.threads = line_.threads;
    options.stop = stop.token();
    if (line_.timeout) options.deadline = std::chrono::steady_clock::now() + *line_.timeout;
    return options;
  }

  static std::string input_name(const std::string& name) {
    return name == kStandardStream ? "standard input" : name;
  }

  static Result<void> print(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);  // run() checks for write errors
    return {};
  }

  ExitCode fail(const Error& error) {
    const auto code = std::exchange(file_failed_, false) ? ExitCode::files : exit_code(error.code);
    terminal_.error(error);
    if (code == ExitCode::usage) terminal_.hint("See convert-file --help.");
    return code;
  }

  const Library& library_;
  const CommandLine& line_;
  Terminal terminal_;
  ExitCode code_ = ExitCode::done;
  bool file_failed_ = false;  // the failed operation was opening a file
};

ExitCode run(std::span<const std::string_view> words) {
  const Library library;
  const auto line = parse(words, library);
  if (line) return Program(library, *line).run();
  const bool json = std::find(words.begin(), words.end(), "--json") != words.end();
  Terminal terminal(false, json);
  terminal.error(line.error());
  terminal.hint("See convert-file --help.");
  return ExitCode::usage;
}

}  // namespace
}  // namespace convert_file

int main(int argc, char** argv) {
  try {
    const std::vector<std::string_view> words(argv + 1, argv + argc);
    return static_cast<int>(convert_file::run(words));
  } catch (const std::exception& failure) {
    fmt::print(stderr, "error: {}\n", failure.what());
    return static_cast<int>(convert_file::ExitCode::failed);
  }
}
