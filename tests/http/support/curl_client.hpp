// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace convert::test {

/// The response that curl received, and how curl ended.
struct CurlResponse {
  int exit = -1;   ///< exit code: 0 success, 18 partial, 28 timeout, 52 empty, 55/56 aborted
  int status = 0;  ///< of the last response; 0: none
  std::vector<std::pair<std::string, std::string>> fields;  ///< of the last response
  std::string body;                                         ///< empty if the arguments have "-o" or "-O"
  std::string errors;                                       ///< error output of curl
  std::optional<std::string> field(std::string_view name) const;
};

/// Runs curl with these arguments, as in a shell ("-F", "file=@song.mp3", url), and waits for its end, at
/// most a minute unless "-m" is given. Uses the proxy named by CONVERT_HTTP_PROXY_FOR_TESTS, which checks
/// responses against the OpenAPI document.
CurlResponse curl(const std::vector<std::string>& arguments);

/// For messages of tests: status, exit code and the start of the body.
std::ostream& operator<<(std::ostream& out, const CurlResponse& response);

/// Whether calls use that proxy. Tests of what a proxy changes (connections, resets, `Expect`) are skipped
/// then.
bool through_proxy();
#define NEED_DIRECT_CONNECTION() \
  if (convert::test::through_proxy()) GTEST_SKIP() << "looks at what a proxy in between alters"

}  // namespace convert::test
