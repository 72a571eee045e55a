// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include <convert/library.hpp>

namespace convert::sandbox {

/// What the zygote loads before it forks, since it can't be loaded once confined, or would be by each worker
/// anew: character sets, the time zone, and whatever code and tables a conversion makes on first use.
/// What it holds has to live as long as the process.
class WarmUp {
 public:
  explicit WarmUp(const Library& library);
  ~WarmUp();
  WarmUp(const WarmUp&) = delete;
  WarmUp& operator=(const WarmUp&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace convert::sandbox
