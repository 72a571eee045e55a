// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "net/aws/aws_credential_chain.hpp"
#include "unit/net/http/client_helpers.hpp"

namespace convert::test {

/// An environment with these variables only, and a client without a proxy. HOME is no folder unless it is
/// given, and the metadata service is not reached.
inline net::AwsEnvironment fake_environment(std::map<std::string, std::string> variables) {
  variables.emplace("HOME", "/nonexistent");
  variables.emplace("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1");
  net::AwsEnvironment environment;
  environment.variable = [variables =
                              std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end() || found->second.empty()) return {};
    return found->second;
  };
  environment.client = direct_client();
  return environment;
}

}  // namespace convert::test
