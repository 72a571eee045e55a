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
  std::string user{};  ///< the name, for policies
};

/// A name with this start that no other user, role or bucket of this program has.
std::string unique_name(const std::string& start);

/// Makes these the credentials of the environment, which `open_storage("s3://...")` uses.
void use_credentials(const S3Access& access);

/// Creates a bucket whose name no other test of this program uses. Throws if it fails.
std::string make_bucket(const S3Access& access);

/// "s3://BUCKET/blobs?endpoint=URL". Append options with "&".
std::string bucket_uri(const S3Access& access, std::string_view bucket);

}  // namespace convert::test
