// SPDX-License-Identifier: MIT
// The worker program of custom_converter. A Sandbox starts it. Adds a converter to the built-in ones.
#include <convert/worker.hpp>

#include "custom_converter/shout.hpp"

int main() {
  convert::LibraryOptions options;
  options.converters.push_back(std::make_shared<Shout>());
  return convert::worker_main(convert::Library(std::move(options)));
}
