// SPDX-License-Identifier: MIT
#include "net/aws/environment_credentials.hpp"

namespace convert::net {

bool has_environment_credentials(const AwsEnvironment& environment) {
  return environment.variable("AWS_ACCESS_KEY_ID") || environment.variable("AWS_SECRET_ACCESS_KEY");
}

Result<AwsCredentials> environment_credentials(const AwsEnvironment& environment) {
  const auto id = environment.variable("AWS_ACCESS_KEY_ID");
  const auto secret = environment.variable("AWS_SECRET_ACCESS_KEY");
  if (!id || !secret) {
    return Error{Errc::invalid_argument,
                 "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are needed both: set the missing one."};
  }
  return AwsCredentials{*id, *secret, environment.variable("AWS_SESSION_TOKEN").value_or(""), {}};
}

}  // namespace convert::net
