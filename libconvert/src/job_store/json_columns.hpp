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
std::optional<std::vector<JobInput>> inputs_of_json(std::string_view text);

std::string outputs_to_json(const std::vector<JobOutput>& outputs);
std::optional<std::vector<JobOutput>> outputs_of_json(std::string_view text);

std::string warnings_to_json(const std::vector<Warning>& warnings);
std::optional<std::vector<Warning>> warnings_of_json(std::string_view text);

std::string labels_to_json(const std::map<std::string, std::string>& labels);
std::optional<std::map<std::string, std::string>> labels_of_json(std::string_view text);

/// What a column says of an OutputSpec.
struct StoredSpec {
  OutputSpec spec;
  bool understood = true;  ///< false: it has fields or values that this build does not know
};
std::optional<StoredSpec> spec_of_json(std::string_view text);

}  // namespace convert::job_store
