// SPDX-License-Identifier: MIT
#include "support/s3_server.hpp"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <stdexcept>

#include "support/shell_command.hpp"

namespace convert::test {

void use_credentials(const S3Access& access) {
  ::setenv("AWS_ACCESS_KEY_ID", access.access_key.c_str(), 1);
  ::setenv("AWS_SECRET_ACCESS_KEY", access.secret_key.c_str(), 1);
  ::unsetenv("AWS_SESSION_TOKEN");
  ::unsetenv("AWS_REGION");
  ::unsetenv("AWS_DEFAULT_REGION");
}

std::string unique_name(const std::string& start) {
  static std::atomic<int> number = 0;
  return start + "-" + std::to_string(++number);
}

std::string make_bucket(const S3Access& access) {
  const std::string name = unique_name("test-" + std::to_string(::getpid()));
  // Signature version 2, which needs no more than this.
  const std::string script =
      "date=$(LC_ALL=C date -u '+%a, %d %b %Y %H:%M:%S GMT')\n"
      "signature=$(printf 'PUT\\n\\n\\n%s\\n/" +
      name + "' \"$date\" | openssl dgst -sha1 -hmac '" + access.secret_key +
      "' -binary | openssl base64)\n"
      "curl --noproxy '*' -sS -f -m 60 -X PUT -H \"Date: $date\" -H \"Authorization: AWS " +
      access.access_key + ":$signature\" '" + access.endpoint + "/" + name + "'";
  const CommandResult made = run(script);
  if (made.status != 0) throw std::runtime_error("Cannot create a bucket: " + made.output);
  return name;
}

std::string bucket_uri(const S3Access& access, std::string_view bucket) {
  return "s3://" + std::string(bucket) + "/blobs?endpoint=" + access.endpoint;
}

}  // namespace convert::test
