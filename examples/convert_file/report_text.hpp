// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <convert/convert.hpp>

namespace convert_file {

/// For people; each ends with a line break.
std::string text_of(const convert::MediaInfo& info, std::string_view name);
std::string text_of(const convert::Plan& plan, std::span<const std::string> inputs, std::string_view output);
std::string text_of(std::span<const convert::Format> formats);

}  // namespace convert_file
