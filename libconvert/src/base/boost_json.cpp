// SPDX-License-Identifier: MIT
// Compiles Boost.JSON once for the whole library, which then does not link libboost_json.
#include <boost/json/src.hpp>
