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

/// Each as one line of JSON in UTF-8: members named as the fields, times in seconds, unknown ones left
/// out. Text that is no UTF-8 is repaired with U+FFFD. Thread-safe.
CONVERT_API std::string to_json(const MediaInfo& info);
CONVERT_API std::string to_json(const Plan& plan);
CONVERT_API std::string to_json(const Report& report);
CONVERT_API std::string to_json(const Error& error);
CONVERT_API std::string to_json(std::span<const Format> formats);
/// Without the keys of its blobs.
CONVERT_API std::string to_json(const Job& job);

}  // namespace convert
