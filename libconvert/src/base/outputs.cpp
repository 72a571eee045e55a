// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <set>
#include <utility>

#include <convert/io.hpp>

#include "base/try.hpp"
#include "base/writers.hpp"

namespace convert {
namespace fs = std::filesystem;
namespace {

Error more_than_one_output(std::string_view name) {
  return Error{Errc::invalid_argument,
               fmt::format("The target takes one output, but the conversion makes another (\"{}\"). Use "
                           "a folder.",
                           name)};
}

class FileOutput : public Outputs {
 public:
  explicit FileOutput(fs::path path) : path_(std::move(path)) {}
  Result<std::unique_ptr<Writer>> create(std::string_view name) override {
    if (std::exchange(used_, true)) return more_than_one_output(name);
    return create_file(path_);
  }

 private:
  fs::path path_;
  bool used_ = false;
};

class SingleOutput : public Outputs {
 public:
  explicit SingleOutput(std::unique_ptr<Writer> writer) : writer_(std::move(writer)) {}
  Result<std::unique_ptr<Writer>> create(std::string_view name) override {
    if (!writer_) return more_than_one_output(name);
    return std::move(writer_);
  }

 private:
  std::unique_ptr<Writer> writer_;
};

class FolderOutputs : public Outputs {
 public:
  explicit FolderOutputs(fs::path path) : path_(std::move(path)) {}

  Result<std::unique_ptr<Writer>> create(std::string_view name) override {
    CONVERT_TRY_ASSIGN(auto relative, checked_relative_path(name));
    if (!names_.insert(relative.lexically_normal().string()).second) {
      return Error{Errc::invalid_argument, fmt::format("Two outputs have the same name: \"{}\".", name)};
    }
    const fs::path target = path_ / relative;
    std::error_code failure;
    if (!fs::is_directory(path_, failure)) {
      return Error{
          Errc::not_found,
          fmt::format("The folder \"{}\" for the outputs does not exist. Create it first.", path_.string())};
    }
    if (fs::is_directory(target, failure)) {
      return Error{Errc::invalid_argument,
                   fmt::format("\"{}\" is a folder; a file cannot have its name.", target.string())};
    }
    return base::create_file_in(path_, target);
  }

 private:
  Result<fs::path> checked_relative_path(std::string_view name) const {
    const fs::path relative(name);
    bool safe = !name.empty() && relative.is_relative() && relative.has_filename() &&
                name.find('\0') == std::string_view::npos;
    fs::path folder = path_;
    for (const fs::path& part : relative) {
      // A symbolic link to a folder may lead out of the output folder. One in the file's place is replaced.
      std::error_code failure;
      safe = safe && part != ".." && part != "." && (folder == path_ || !fs::is_symlink(folder, failure));
      folder /= part;
    }
    if (safe) return relative;
    return Error{
        Errc::unsafe_path,
        fmt::format("The name \"{}\" would leave the folder for the outputs, so it is refused.", name)};
  }

  fs::path path_;
  std::set<std::string> names_;
};

}  // namespace

std::unique_ptr<Outputs> file_output(fs::path path) { return std::make_unique<FileOutput>(std::move(path)); }

std::unique_ptr<Outputs> folder_outputs(fs::path path) {
  return std::make_unique<FolderOutputs>(std::move(path));
}

std::unique_ptr<Outputs> single_output(std::unique_ptr<Writer> writer) {
  return std::make_unique<SingleOutput>(std::move(writer));
}

}  // namespace convert
