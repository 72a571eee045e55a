// SPDX-License-Identifier: MIT
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <convert/convert.hpp>
#include <convert/sandbox.hpp>

#include "support/forward_only.hpp"
#include "support/test_files.hpp"
#include "support/test_helpers.hpp"

/// Inputs, outputs and Sandboxes for tests.
namespace convert::test {

/// A WAV file with stereo audio, 44.1 kHz, 16 bits.
std::string wav(double seconds);

/// Writes to strings by name. May be forward-only and may fail.
class StringOutputs : public Outputs {
 public:
  Result<std::unique_ptr<Writer>> create(std::string_view name) override;

  bool forward_only = false;
  std::optional<Error> create_fails, write_fails, commit_fails;
  std::map<std::string, std::string> made;  ///< what was committed
  std::map<std::string, std::string> seen;  ///< what was written
};

/// A Sandbox of the worker program of this build.
std::shared_ptr<Sandbox> sandbox(SandboxOptions options = {});

OutputSpec spec_for(const std::string& format);

/// A named input from memory.
struct MemoryInput {
  explicit MemoryInput(std::string content, std::string name = "input.wav");
  std::string content;
  std::unique_ptr<Reader> reader;
  Input input;
};

/// Waits up to 20 s for a condition. False if it does not become true.
bool eventually_true(const std::function<bool()>& happens);

/// A Sandbox of that worker program with low limits.
std::shared_ptr<Sandbox> small_sandbox(const std::filesystem::path& worker,
                                       const std::filesystem::path& folder);

/// A tone as a WAV file.
std::vector<std::byte> tone(double seconds);

/// A text as bytes.
std::vector<std::byte> bytes_of(std::string_view text);

/// The result of a conversion from memory to memory.
struct ConversionOutcome {
  Result<Report> report;
  std::vector<std::byte> output;
};
ConversionOutcome convert_in_memory(const Execution& where, std::span<const std::byte> input,
                                    const OutputSpec& spec, const ConvertOptions& options = {});

/// Every error has a message for people.
MATCHER(IsASentence, "is a sentence") { return arg.size() > 20 && (arg.back() == '.' || arg.back() == ')'); }

}  // namespace convert::test
