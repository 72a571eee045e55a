// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>

#include <convert/export.hpp>
#include <convert/format.hpp>
#include <convert/job.hpp>
#include <convert/media_info.hpp>
#include <convert/plan.hpp>
#include <convert/result.hpp>

namespace convert {

/// One line of JSON in UTF-8. Times are in seconds; unknown values are left out; invalid UTF-8 is replaced by
/// U+FFFD. Member names are stable; some differ from the C++ field names. Thread-safe.
CONVERT_API std::string to_json(const MediaInfo& info);
CONVERT_API std::string to_json(const Plan& plan);
CONVERT_API std::string to_json(const Report& report);
CONVERT_API std::string to_json(const Error& error);
CONVERT_API std::string to_json(std::span<const Format> formats);
/// Does not include the keys of its blobs.
CONVERT_API std::string to_json(const Job& job);

}  // namespace convert
