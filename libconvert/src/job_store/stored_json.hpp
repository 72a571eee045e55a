// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <convert/job.hpp>

/// Lists of a job as JSON in one column. Empty: an empty text. Reading passes over members that it does not
/// know, which a newer build may have written; nothing is returned where the text is damaged.
namespace convert::job_store {

std::string inputs_to_json(const std::vector<JobInput>& inputs);
std::optional<std::vector<JobInput>> parse_inputs(std::string_view text);

std::string outputs_to_json(const std::vector<JobOutput>& outputs);
std::optional<std::vector<JobOutput>> parse_outputs(std::string_view text);

std::string warnings_to_json(const std::vector<Warning>& warnings);
std::optional<std::vector<Warning>> parse_warnings(std::string_view text);

std::string labels_to_json(const std::map<std::string, std::string>& labels);
std::optional<std::map<std::string, std::string>> parse_labels(std::string_view text);

/// What a column says of an OutputSpec.
struct StoredSpec {
  OutputSpec spec;
  bool supported = true;  ///< false: it has fields or values that this build does not know
};
std::optional<StoredSpec> parse_stored_spec(std::string_view text);

}  // namespace convert::job_store
