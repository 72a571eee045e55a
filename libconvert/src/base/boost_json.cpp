// SPDX-License-Identifier: MIT
// Boost.JSON without its library: the one place where its functions are compiled.
#include <boost/json/src.hpp>
