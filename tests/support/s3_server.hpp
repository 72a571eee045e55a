// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

/// What tests need of a real S3 server, whichever it is.
namespace convert::test {

struct S3Access {
  std::string endpoint;  ///< "http://127.0.0.1:PORT"
  std::string access_key;
  std::string secret_key;
};

/// Makes these the credentials of the environment, which `open_storage("s3://...")` uses.
void use_credentials(const S3Access& access);

/// Creates a bucket whose name no other test of this program uses. Throws if it fails.
std::string make_bucket(const S3Access& access);

/// "s3://BUCKET/blobs?endpoint=URL". Append options with "&".
std::string bucket_uri(const S3Access& access, std::string_view bucket);

}  // namespace convert::test
