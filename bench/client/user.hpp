// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <random>
#include <string>

namespace bench {

/// A file that is uploaded often and each time is another: with a comment of its own in front, an ID3v2 tag.
class UploadFile {
 public:
  explicit UploadFile(const std::filesystem::path& file);
  const std::string& bytes() const { return bytes_; }
  /// The begin of a multipart body with that song, up to the song's own bytes, and its end after them.
  std::string body_prefix(const std::string& format);
  static std::string body_suffix();
  static std::string content_type();

 private:
  std::string bytes_;
  std::mt19937_64 random_{std::random_device{}()};
};

}  // namespace bench
