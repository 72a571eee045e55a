// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace convert::test {

/// What the program curl got, and how it ended.
struct CurlResponse {
  int exit = -1;   ///< curl's own: 0 good, 18 cut short, 28 too slow, 52 no answer, 55/56 broken
  int status = 0;  ///< of the last answer; 0: none came
  std::vector<std::pair<std::string, std::string>> fields;  ///< of the last answer
  std::string body;                                         ///< empty if the arguments have "-o" or "-O"
  std::string errors;                                       ///< what curl says
  std::optional<std::string> field(std::string_view name) const;
};

/// Runs curl with these arguments, as one would write them in a shell ("-F", "file=@song.mp3", url), and
/// waits for its end, a minute at most unless "-m" says otherwise. Goes through the proxy that
/// CONVERT_HTTP_PROXY_FOR_TESTS names, if it does: that is how answers are held against the document.
CurlResponse curl(const std::vector<std::string>& arguments);

/// For messages of tests: status, exit and the begin of the body.
std::ostream& operator<<(std::ostream& out, const CurlResponse& answer);

/// Whether calls go through that proxy. Tests of what a proxy alters (connections, resets, `Expect`) skip
/// then.
bool through_proxy();
#define NEED_DIRECT_CONNECTION() \
  if (convert::test::through_proxy()) GTEST_SKIP() << "looks at what a proxy in between alters"

}  // namespace convert::test
