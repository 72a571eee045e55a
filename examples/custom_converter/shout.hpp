// SPDX-License-Identifier: MIT
#pragma once

#include <array>

#include <convert/convert.hpp>

/// A custom converter: changes plain text to upper case. Used by the program and by its worker.
class Shout : public convert::Converter {
 public:
  std::span<const convert::Format> formats() const override { return formats_; }

  int recognize(std::span<const std::byte> head) const override {
    for (const auto byte : head) {
      if (std::to_integer<unsigned>(byte) - ' ' > '~' - ' ' && byte != std::byte{'\n'}) return 0;
    }
    return head.empty() ? 0 : 20;  // low: other formats are text too
  }

  convert::Result<convert::MediaInfo> probe(const convert::Input&,
                                            const convert::ConvertOptions&) const override {
    convert::MediaInfo info;
    info.format = "shout";
    info.title = "Loud text";
    return info;
  }

  convert::Result<convert::Plan> plan(std::span<const convert::Input>, const convert::OutputSpec&,
                                      const convert::ConvertOptions&) const override {
    return convert::Plan{};
  }

  convert::Result<convert::Report> convert(std::span<const convert::Input> inputs, convert::Outputs& outputs,
                                           const convert::OutputSpec& spec,
                                           const convert::ConvertOptions& options) const override {
    auto writer = outputs.create(inputs.front().name + ".shout");
    if (!writer) return writer.error();
    std::array<std::byte, 65'536> block{};
    std::uint64_t size = 0;
    for (;;) {
      if (auto checked = options.check_cancellation(); !checked)
        return checked.error();  // cancelled, or past the deadline
      const auto count = inputs.front().reader->read_at(size, block);
      if (!count) return count.error();
      if (*count == 0) break;
      for (auto& byte : std::span(block).first(*count)) {
        if (byte >= std::byte{'a'} && byte <= std::byte{'z'}) byte &= std::byte{0xDF};
      }
      if (auto done = (*writer)->write_at(size, std::span(block).first(*count)); !done) return done.error();
      size += *count;
    }
    if (auto done = (*writer)->commit(); !done) return done.error();
    convert::Report report;
    convert::OutputReport& output = report.outputs.emplace_back();
    output.name = inputs.front().name + ".shout";
    output.format = spec.format;
    output.mime_type = "text/plain";
    output.size = size;
    return report;
  }

 private:
  static constexpr std::array<std::string_view, 1> kExtensions{"shout"};

  static convert::Format row() {
    convert::Format format;
    format.name = "shout";
    format.title = "Loud text";
    format.extensions = kExtensions;
    format.mime_type = "text/plain";
    format.readable = true;
    format.writable = true;
    return format;
  }

  const std::array<convert::Format, 1> formats_{row()};
};
