// SPDX-License-Identifier: MIT
#include "archive/archive_support.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <random>

namespace convert::test {
namespace fs = std::filesystem;

Tree read_tree(const fs::path& folder) {
  Tree tree;
  for (const auto& item : fs::recursive_directory_iterator(folder)) {
    struct stat status {};
    EXPECT_EQ(::lstat(item.path().c_str(), &status), 0);
    Node node;
    node.mode = status.st_mode & 07777;
    node.modified = status.st_mtim.tv_sec;
    node.nanoseconds = status.st_mtim.tv_nsec;
    if (item.is_symlink()) {
      node.kind = "link";
      node.content = fs::read_symlink(item.path()).string();
    } else if (item.is_directory()) {
      node.kind = "folder";
    } else {
      node.kind = "file";
      node.content = read_file(item.path());
    }
    tree[item.path().lexically_relative(folder).string()] = node;
  }
  return tree;
}

std::ostream& operator<<(std::ostream& out, const Node& node) {
  return out << node.kind << " of " << node.content.size() << " bytes, mode " << std::oct << node.mode
             << std::dec << ", time " << node.modified << '.' << node.nanoseconds;
}

namespace {

void set_time(const fs::path& path, std::int64_t seconds, long nanoseconds) {
  const std::array<timespec, 2> times = {{{seconds, nanoseconds}, {seconds, nanoseconds}}};
  EXPECT_EQ(::utimensat(AT_FDCWD, path.c_str(), times.data(), AT_SYMLINK_NOFOLLOW), 0);
}

}  // namespace

void make_tree(const fs::path& folder) {
  fs::create_directories(folder / "sub/空");
  write_file(folder / "a.txt", sample_text(300'000));
  write_file(folder / "empty", "");
  write_file(folder / "sub/noise.bin", sample_noise(200'000));
  write_file(folder / "日本語.txt", "konnichiwa");
  write_file(folder / "sub/smile 😀 é.txt", "smile");
  fs::create_symlink("noise.bin", folder / "sub/link");  // 7z reports "../a.txt" as dangerous
  ::chmod((folder / "a.txt").c_str(), 0640);
  ::chmod((folder / "sub/noise.bin").c_str(), 0755);
  ::chmod((folder / "sub/空").c_str(), 0700);
  // Even seconds, the resolution of ZIP's own time, and fractions that tar and 7z keep.
  std::int64_t seconds = 1'600'000'000;
  for (const char* name :
       {"a.txt", "empty", "sub/noise.bin", "日本語.txt", "sub/smile 😀 é.txt", "sub/link", "sub/空", "sub"}) {
    set_time(folder / name, seconds += 2, 123'456'700);
  }
}

bool pack(const std::string& format, const fs::path& folder, const fs::path& archive) {
  const auto in = "cd " + quoted(folder) + " && LC_ALL=C.UTF-8 ";
  const auto to = quoted(archive);
  if (format == "zip") return run(in + "zip -qry " + to + " .").status == 0;
  if (format == "7z") return run(in + "7z a -bd -snl -y " + to + " .").status == 0;
  static const std::map<std::string, std::string> flags = {
      {"tar", ""}, {"tar.gz", "--gzip"}, {"tar.bz2", "--bzip2"}, {"tar.xz", "--xz"}, {"tar.zst", "--zstd"}};
  return run(in + "tar --format=pax -c " + flags.at(format) + " -f " + to + " .").status == 0;
}

void verify(const std::string& format, const fs::path& archive) {
  const auto file = quoted(archive);
  static const std::map<std::string, std::string> tests = {{"zip", "LC_ALL=C.UTF-8 unzip -tq "},
                                                           {"7z", "7z t -bd "},
                                                           {"tar", "tar -tvf "},
                                                           {"tar.gz", "gzip -t < "},
                                                           {"tar.bz2", "bzip2 -t < "},
                                                           {"tar.xz", "xz -t < "},
                                                           {"tar.zst", "zstd -qt < "},
                                                           {"gz", "gzip -t < "},
                                                           {"bz2", "bzip2 -t < "},
                                                           {"xz", "xz -t < "},
                                                           {"zst", "zstd -qt < "}};
  const auto ran = run(tests.at(format) + file);
  EXPECT_EQ(ran.status, 0) << format << ": " << ran.output;
  if (format.starts_with("tar")) {
    const auto listed = run("tar -tvf " + file);
    EXPECT_EQ(listed.status, 0) << listed.output;
  }
}

bool unpack(const std::string& format, const fs::path& archive, const fs::path& folder) {
  fs::create_directories(folder);
  const auto file = quoted(archive);
  const auto to = quoted(folder);
  if (format == "zip") return run("LC_ALL=C.UTF-8 unzip -q " + file + " -d " + to).status == 0;
  if (format == "7z") return run("LC_ALL=C.UTF-8 7z x -bd -y " + file + " -o" + to).status == 0;
  return run("tar -xpf " + file + " -C " + to).status == 0;
}

std::string sample_text(std::size_t size, unsigned seed) {
  std::minstd_rand random(seed);
  std::string text;
  while (text.size() < size) text += "line " + std::to_string(random() % 100'000) + " of the sample\n";
  text.resize(size);
  return text;
}

std::string sample_noise(std::size_t size, unsigned seed) {
  std::mt19937_64 random(seed);
  std::string noise;
  noise.reserve(size + 8);
  while (noise.size() < size) {
    auto word = random();
    for (int i = 0; i < 8; ++i, word >>= 8) noise += static_cast<char>(word & 0xFF);
  }
  noise.resize(size);
  return noise;
}

Converted convert_bytes(Reader& reader, const std::string& name, const OutputSpec& spec,
                        const ConvertOptions& options) {
  const Library library;
  std::vector<std::byte> bytes;
  const auto outputs = single_output(memory_writer(bytes));
  const Input input{&reader, name};
  auto report = library.convert(std::span(&input, 1), *outputs, spec, options);
  return {std::move(report), text(bytes)};
}

Converted convert_text(const std::string& content, const std::string& name, const OutputSpec& spec,
                       const ConvertOptions& options) {
  const auto reader = memory_reader(bytes(content));
  return convert_bytes(*reader, name, spec, options);
}

OutputSpec to_format(std::string format) {
  OutputSpec spec;
  spec.format = std::move(format);
  return spec;
}

OutputSpec entry_of(std::string entry, std::string format) {
  auto spec = to_format(std::move(format));
  spec.entry = std::move(entry);
  return spec;
}

}  // namespace convert::test
