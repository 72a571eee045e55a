// SPDX-License-Identifier: MIT
#include "support/chaos_storage.hpp"

#include <utility>

namespace convert::test {
namespace {

class ChaosReader : public Reader {
 public:
  ChaosReader(std::unique_ptr<Reader> inner, std::shared_ptr<ChaosStorage::Shared> shared)
      : inner_(std::move(inner)), shared_(std::move(shared)) {}

  std::optional<std::uint64_t> size() const override { return inner_->size(); }
  bool seekable() const override { return inner_->seekable(); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    if (shared_->short_reads && into.size() > 1) {
      into = into.first(static_cast<std::size_t>(1 + shared_->faults.up_to(into.size() - 1)));
    }
    return with_faults(shared_->faults, StorageCall::read, [&]() { return inner_->read_at(offset, into); });
  }
  std::optional<int> native_handle() const override {
    return shared_->pass_handles ? inner_->native_handle() : std::nullopt;
  }

 private:
  std::unique_ptr<Reader> inner_;
  std::shared_ptr<ChaosStorage::Shared> shared_;
};

class ChaosWriter : public Writer {
 public:
  ChaosWriter(std::unique_ptr<Writer> inner, std::shared_ptr<ChaosStorage::Shared> shared)
      : inner_(std::move(inner)), shared_(std::move(shared)) {}

  bool seekable() const override { return inner_->seekable(); }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
    const auto fault = shared_->faults.next_fault(StorageCall::write);
    if (!fault) return inner_->write_at(offset, from);
    if (fault->after) {
      if (auto half = inner_->write_at(offset, from.first(from.size() / 2)); !half) return half;
    }
    return fault->error;
  }
  Result<void> commit() override {
    return with_faults(shared_->faults, StorageCall::commit, [&]() { return inner_->commit(); });
  }
  std::optional<int> native_handle() const override {
    return shared_->pass_handles ? inner_->native_handle() : std::nullopt;
  }

 private:
  std::unique_ptr<Writer> inner_;
  std::shared_ptr<ChaosStorage::Shared> shared_;
};

}  // namespace

ChaosStorage::ChaosStorage(std::shared_ptr<Storage> inner, std::uint64_t seed)
    : inner_(std::move(inner)), shared_(std::make_shared<Shared>(seed)) {}

FaultInjector<StorageCall>& ChaosStorage::faults() { return shared_->faults; }
void ChaosStorage::pass_handles(bool pass) { shared_->pass_handles = pass; }
void ChaosStorage::short_reads(bool on) { shared_->short_reads = on; }

Result<std::unique_ptr<Reader>> ChaosStorage::open(const Key& key) {
  auto opened = with_faults(shared_->faults, StorageCall::open, [&]() { return inner_->open(key); });
  if (!opened) return opened;
  return std::make_unique<ChaosReader>(std::move(*opened), shared_);
}
Result<std::unique_ptr<Writer>> ChaosStorage::create(const Key& key) {
  auto created = with_faults(shared_->faults, StorageCall::create, [&]() { return inner_->create(key); });
  if (!created) return created;
  return std::make_unique<ChaosWriter>(std::move(*created), shared_);
}
Result<Blob> ChaosStorage::stat(const Key& key) {
  return with_faults(shared_->faults, StorageCall::stat, [&]() { return inner_->stat(key); });
}
Result<void> ChaosStorage::remove(const Key& key) {
  return with_faults(shared_->faults, StorageCall::remove, [&]() { return inner_->remove(key); });
}
Result<std::vector<Blob>> ChaosStorage::list(std::string_view prefix, const Key& after, std::size_t max) {
  return with_faults(shared_->faults, StorageCall::list, [&]() { return inner_->list(prefix, after, max); });
}
Result<std::string> ChaosStorage::signed_url(const Key& key, std::chrono::milliseconds valid) {
  return inner_->signed_url(key, valid);
}
Result<void> ChaosStorage::copy(const Key& from, const Key& to) {
  return with_faults(shared_->faults, StorageCall::copy, [&]() { return inner_->copy(from, to); });
}

}  // namespace convert::test
