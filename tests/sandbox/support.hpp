// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <convert/convert.hpp>
#include <convert/sandbox.hpp>

namespace convert::test {

/// A Sandbox of that worker program, with limits that are reached soon.
std::shared_ptr<Sandbox> small_sandbox(const std::filesystem::path& worker,
                                       const std::filesystem::path& folder);

/// Seconds of sound, as a WAV file.
std::vector<std::byte> tone(double seconds);

/// Bytes of text.
std::vector<std::byte> bytes_of(std::string_view text);

/// One conversion from memory into memory.
struct ConversionOutcome {
  Result<Report> report;
  std::vector<std::byte> output;
};
ConversionOutcome convert_in_memory(const Execution& where, std::span<const std::byte> input,
                                    const OutputSpec& spec, const ConvertOptions& options = {});

/// What is expected of every refusal: a sentence or two for people.
MATCHER(IsASentence, "is a sentence") { return arg.size() > 20 && (arg.back() == '.' || arg.back() == ')'); }

}  // namespace convert::test
