// SPDX-License-Identifier: MIT
// A custom Reader that unscrambles a file, and a custom Writer that counts bytes.
// Usage: custom_reader IN OUT FORMAT, where every byte of IN was changed by XOR with 0x5A.
#include <cstdio>
#include <string>

#include <convert/convert.hpp>

namespace {

using convert::Result;

/// Reads a scrambled file. Seekable, so the conversion may read in any order.
class UnscramblingReader : public convert::Reader {
 public:
  explicit UnscramblingReader(std::unique_ptr<convert::Reader> file) : file_(std::move(file)) {}
  std::optional<std::uint64_t> size() const override { return file_->size(); }
  bool seekable() const override { return file_->seekable(); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    auto count = file_->read_at(offset, into);
    if (!count) return count;
    for (auto& byte : into.first(*count)) byte ^= std::byte{0x5A};
    return count;
  }
  // No native_handle(): the descriptor has other bytes than read_at().

 private:
  std::unique_ptr<convert::Reader> file_;
};

/// Forward-only, like a socket: each write starts where the previous one ended.
class CountingWriter : public convert::Writer {
 public:
  CountingWriter(std::FILE* file, std::uint64_t& total) : file_(file), total_(total) {}
  bool seekable() const override { return false; }
  Result<void> write_at(std::uint64_t, std::span<const std::byte> from) override {
    if (std::fwrite(from.data(), 1, from.size(), file_) != from.size()) return failure();
    total_ += from.size();
    return {};
  }
  Result<void> commit() override {
    if (std::fflush(file_) != 0) return failure();
    return {};
  }

 private:
  static convert::Error failure() { return {convert::Errc::io, "The output could not be written to."}; }
  std::FILE* file_;
  std::uint64_t& total_;
};

int fail(const convert::Error& error) {
  std::fprintf(stderr, "%s: %s\n", std::string(to_string(error.code)).c_str(), error.message.c_str());
  return 1;
}

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: custom_reader IN OUT FORMAT\n");
    return 2;
  }
  auto file = convert::open_file(argv[1]);
  if (!file) return fail(file.error());
  UnscramblingReader reader(std::move(file).value());
  const std::unique_ptr<std::FILE, Close> out(std::fopen(argv[2], "wb"));
  if (!out) return fail({convert::Errc::io, "The output could not be created."});

  const convert::Library library;
  std::uint64_t written = 0;
  const auto outputs = convert::single_output(std::make_unique<CountingWriter>(out.get(), written));
  const convert::Input input{&reader, "scrambled"};
  convert::OutputSpec spec;
  spec.format = argv[3];
  const auto report = library.convert({&input, 1}, *outputs, spec);
  if (!report) return fail(report.error());
  std::printf("%s: %llu bytes, %lld samples\n", report->outputs[0].format.c_str(),
              static_cast<unsigned long long>(written), static_cast<long long>(report->outputs[0].samples));
  for (const auto& warning : report->warnings) std::printf("warning: %s\n", warning.message.c_str());
}
