// SPDX-License-Identifier: MIT
// A program that runs conversions only in a Sandbox. Converts a file, and exits with 3 if FFmpeg or
// libarchive is loaded. Arguments: the worker program, the input, the output.
#include <fstream>
#include <string>

#include <convert/sandbox.hpp>

int main(int count, char** arguments) {
  if (count != 4) return 2;
  convert::SandboxOptions options;
  options.worker_program = arguments[1];
  const auto sandbox = convert::Sandbox::start(options);
  const auto reader = convert::open_file(arguments[2]);
  if (!sandbox || !reader) return 1;
  const convert::Input input{reader->get(), "input"};
  const auto outputs = convert::file_output(arguments[3]);
  convert::OutputSpec spec;
  spec.format = "mp3";
  if (!(*sandbox)->convert(std::span(&input, 1), *outputs, spec)) return 1;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find("libav") != std::string::npos || line.find("libarchive") != std::string::npos) return 3;
  }
}
