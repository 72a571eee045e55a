// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include <convert/converter.hpp>

namespace convert::archive {

/// The built-in Converter for archives and compressed files, based on libarchive.
std::unique_ptr<Converter> make_archive_converter();

}  // namespace convert::archive
