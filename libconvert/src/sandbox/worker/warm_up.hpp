// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include <convert/library.hpp>

namespace convert::sandbox {

/// Loads in the zygote what confined workers cannot load, or would each load again: character sets, the time
/// zone, and the code and tables that a conversion initializes on first use. Must live as long as the
/// process.
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
