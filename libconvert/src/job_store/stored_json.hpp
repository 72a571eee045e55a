// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <convert/job.hpp>

/// Parts of a job as JSON in a column. An empty list is an empty text. Parsing ignores unknown members, which
/// a newer build may have written, and returns nothing if the text is damaged.
namespace convert::job_store {

std::string inputs_to_json(const std::vector<JobInput>& inputs);
std::optional<std::vector<JobInput>> parse_inputs(std::string_view text);

std::string outputs_to_json(const std::vector<JobOutput>& outputs);
std::optional<std::vector<JobOutput>> parse_outputs(std::string_view text);

std::string warnings_to_json(const std::vector<Warning>& warnings);
std::optional<std::vector<Warning>> parse_warnings(std::string_view text);

std::string labels_to_json(const std::map<std::string, std::string>& labels);
std::optional<std::map<std::string, std::string>> parse_labels(std::string_view text);

/// An OutputSpec read from a column.
struct StoredSpec {
  OutputSpec spec;
  bool supported = true;  ///< false if it has fields or values that this build does not know
};
std::optional<StoredSpec> parse_stored_spec(std::string_view text);

}  // namespace convert::job_store
