// SPDX-License-Identifier: MIT
// A worker program whose converter tries to escape: tags.attempt names the attempt, tags.target its target.
#include <convert/worker.hpp>

#include "sandbox/escape_attempts.hpp"

namespace convert::test {
namespace {

constexpr std::string_view kExtensions[] = {"escape"};
constexpr std::string_view kOptions[] = {"tags"};

class EscapeConverter : public Converter {
 public:
  EscapeConverter() {
    format_.name = "escape";
    format_.title = "An attempt to escape";
    format_.family = Family::image;
    format_.extensions = kExtensions;
    format_.mime_type = "application/x-escape";
    format_.writable = true;
    format_.options = kOptions;
    add_system_call_attempts(attempts_);
    add_file_attempts(attempts_);
    add_resource_attempts(attempts_);
    add_protocol_attempts(attempts_);
  }

  std::span<const Format> formats() const override { return {&format_, 1}; }
  int recognize(std::span<const std::byte>) const override { return 0; }
  Result<MediaInfo> probe(const Input&, const ConvertOptions&) const override {
    return Error{Errc::unsupported, "This converter does not probe."};
  }
  Result<Plan> plan(std::span<const Input>, const OutputSpec&, const ConvertOptions&) const override {
    return Plan{};
  }
  Result<Report> convert(std::span<const Input>, Outputs& outputs, const OutputSpec& spec,
                         const ConvertOptions& options) const override {
    const auto attempt = attempts_.find(spec.tags.at("attempt"));
    if (attempt == attempts_.end()) return Error{Errc::invalid_argument, "Unknown attempt."};
    const auto target = spec.tags.find("target");
    Outcome outcome = attempt->second({target == spec.tags.end() ? "" : target->second, outputs, options});
    if (outcome.blocked) return *outcome.blocked;
    return outcome.escaped;
  }

 private:
  Format format_;
  Attempts attempts_;
};

}  // namespace
}  // namespace convert::test

int main() {
  convert::LibraryOptions options;
  options.converters.push_back(std::make_shared<convert::test::EscapeConverter>());
  return convert::worker_main(convert::Library(std::move(options)));
}
