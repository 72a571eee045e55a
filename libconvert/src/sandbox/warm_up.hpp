// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include <convert/library.hpp>

namespace convert::sandbox {

/// What the zygote loads before it forks, since it can't be loaded once confined, or would be by each worker
/// anew: character sets, the time zone, and whatever code and tables a conversion makes on first use.
/// What it holds has to live as long as the process.
class Warmth {
 public:
  explicit Warmth(const Library& library);
  ~Warmth();
  Warmth(const Warmth&) = delete;
  Warmth& operator=(const Warmth&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace convert::sandbox
