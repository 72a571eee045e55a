// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include <convert/convert.hpp>
#include <convert/sandbox.hpp>

#include "support/test_files.hpp"
#include "support/forward_only.hpp"
#include "support/temporary_folder.hpp"
#include "support/warnings.hpp"

/// What calls of an Execution are made of.
namespace convert::test {

/// A WAV file of stereo sound, 44.1 kHz, 16 bits.
std::string wav(double seconds);

/// Into strings by name; with what an embedder's own Outputs may do.
class StringOutputs : public Outputs {
 public:
  Result<std::unique_ptr<Writer>> create(std::string_view name) override;

  bool forward_only = false;
  std::optional<Error> create_fails, write_fails, commit_fails;
  std::map<std::string, std::string> made;  ///< what was committed
  std::map<std::string, std::string> seen;  ///< what was written
};

/// A Sandbox of the worker program that was built beside the tests.
std::shared_ptr<Sandbox> sandbox(SandboxOptions options = {});

OutputSpec spec_for(const std::string& format);

/// One input under a name, from memory.
struct MemoryInput {
  explicit MemoryInput(std::string content, std::string name = "input.wav");
  std::string content;
  std::unique_ptr<Reader> reader;
  Input input;
};

/// Waits for something that happens soon. False: it didn't.
bool eventually_true(const std::function<bool()>& happens);

}  // namespace convert::test
