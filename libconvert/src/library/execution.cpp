// SPDX-License-Identifier: MIT
#include <convert/execution.hpp>

#include <utility>

namespace convert {
namespace {

class InProcess : public Execution {
 public:
  explicit InProcess(std::shared_ptr<const Library> library) : library_(std::move(library)) {}

  std::span<const Format> formats() const noexcept override { return library_->formats(); }
  Result<MediaInfo> probe(const Input& input, const ConvertOptions& options) const override {
    return library_->probe(input, options);
  }
  Result<Plan> plan(std::span<const Input> inputs, const OutputSpec& spec,
                    const ConvertOptions& options) const override {
    return library_->plan(inputs, spec, options);
  }
  Result<Report> convert(std::span<const Input> inputs, Outputs& outputs, const OutputSpec& spec,
                         const ConvertOptions& options) const override {
    return library_->convert(inputs, outputs, spec, options);
  }

 private:
  std::shared_ptr<const Library> library_;
};

}  // namespace

std::shared_ptr<Execution> in_process_execution(std::shared_ptr<const Library> library) {
  return std::make_shared<InProcess>(std::move(library));
}

}  // namespace convert
