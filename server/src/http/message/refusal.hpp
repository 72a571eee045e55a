// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace convert::server::http {

/// Why a request is not served: the status of the answer, a stable code for programs and a sentence for
/// people. The texts are literals: a Refusal may be kept for ever.
struct RequestError {
  unsigned status = 400;
  std::string_view code;
  std::string_view detail;
};

}  // namespace convert::server::http
