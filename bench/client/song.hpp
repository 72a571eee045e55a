// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <random>
#include <string>

namespace bench {

/// A file that is uploaded often and each time is another: with a comment of its own in front, an ID3v2 tag.
class Song {
 public:
  explicit Song(const std::filesystem::path& file);
  const std::string& bytes() const { return bytes_; }
  /// The begin of a multipart body with that song, up to the song's own bytes, and its end after them.
  std::string begin(const std::string& format);
  static std::string end();
  static std::string type();

 private:
  std::string bytes_;
  std::mt19937_64 random_{std::random_device{}()};
};

}  // namespace bench
