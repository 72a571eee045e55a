// SPDX-License-Identifier: MIT
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <convert/convert.hpp>

#include "support/forward_only.hpp"
#include "support/shell_command.hpp"
#include "support/test_files.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {

/// The content of a folder: relative name -> properties that tests compare.
struct Node {
  std::string kind;     // "file", "folder", "link"
  std::string content;  // target of a link
  unsigned mode = 0;
  std::int64_t modified = 0;     // seconds
  std::int64_t nanoseconds = 0;  // fraction of a second
  bool operator==(const Node&) const = default;
};
using Tree = std::map<std::string, Node>;
Tree read_tree(const std::filesystem::path& folder);
std::ostream& operator<<(std::ostream& out, const Node& node);

/// Makes folders, UTF-8 names, an empty file, a link, modes and times.
void make_tree(const std::filesystem::path& folder);

/// Packs the content of `folder` with the usual program for `format`.
bool pack(const std::string& format, const std::filesystem::path& folder,
          const std::filesystem::path& archive);
/// Verifies the archive with the usual program.
void verify(const std::string& format, const std::filesystem::path& archive);
bool unpack(const std::string& format, const std::filesystem::path& archive,
            const std::filesystem::path& folder);

/// Compressible text, from a fixed seed.
std::string sample_text(std::size_t size, unsigned seed = 1);
/// Incompressible bytes, from a fixed seed.
std::string sample_noise(std::size_t size, unsigned seed = 1);

struct Converted {
  Result<Report> report;
  std::string bytes;
};
/// Converts the content of a Reader into memory.
Converted convert_bytes(Reader& reader, const std::string& name, const OutputSpec& spec,
                        const ConvertOptions& options = {});
Converted convert_text(const std::string& content, const std::string& name, const OutputSpec& spec,
                       const ConvertOptions& options = {});

OutputSpec to_format(std::string format);
OutputSpec entry_of(std::string entry, std::string format = "raw");

inline const std::vector<std::string> kArchives = {"zip",     "7z",     "tar",    "tar.gz",
                                                   "tar.bz2", "tar.xz", "tar.zst"};
inline const std::vector<std::string> kCompressed = {"gz", "bz2", "xz", "zst"};

}  // namespace convert::test
