// SPDX-License-Identifier: MIT
// Blobs in the memory of this process.
//
// Permissions: none. Space: the bytes of all blobs, of those that are being written or suspended, and of
// removed ones that a Reader still has open. A copy shares its bytes with its source.
#include <convert/storage.hpp>

#include <cstdint>
#include <map>
#include <mutex>
#include <new>

#include "base/try.hpp"
#include "storage/suspended_blob.hpp"

namespace convert {
namespace {

using Bytes = std::vector<std::byte>;

struct StoredBlob {
  std::shared_ptr<const Bytes> bytes;
  Time time;
};

struct SuspendedBlob {
  Key key;
  std::shared_ptr<const Bytes> bytes;
  Time time;
};

Time time_of_memory() {
  return std::chrono::time_point_cast<Time::duration>(std::chrono::system_clock::now());
}

/// Shared with the Writers, which may outlive their Storage.
struct BlobTable {
  std::mutex mutex;
  std::map<Key, StoredBlob, std::less<>> stored;
  std::map<std::string, SuspendedBlob, std::less<>> suspended;  // by token
  std::uint64_t last_token = 0;

  void put(const Key& key, std::shared_ptr<const Bytes> bytes) {
    const Time now = time_of_memory();
    const std::lock_guard lock(mutex);
    stored.insert_or_assign(key, StoredBlob{std::move(bytes), now});
  }

  std::string suspend(const Key& key, std::shared_ptr<const Bytes> bytes) {
    const Time now = time_of_memory();
    const std::lock_guard lock(mutex);
    std::string token = std::to_string(++last_token);
    suspended.insert_or_assign(token, SuspendedBlob{key, std::move(bytes), now});
    return token;
  }

  void forget(std::string_view token) {
    const std::lock_guard lock(mutex);
    if (const auto found = suspended.find(token); found != suspended.end()) suspended.erase(found);
  }
};

Error no_blob_in_memory(const Key& key) {
  return Error{Errc::not_found, "There is no blob \"" + key + "\" in this storage."};
}

class BlobReader : public Reader {
 public:
  explicit BlobReader(std::shared_ptr<const Bytes> bytes)
      : bytes_(std::move(bytes)), reader_(memory_reader(*bytes_)) {}

  std::optional<std::uint64_t> size() const override { return reader_->size(); }
  bool seekable() const override { return true; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    return reader_->read_at(offset, into);
  }

 private:
  std::shared_ptr<const Bytes> bytes_;
  std::unique_ptr<Reader> reader_;
};

class BlobWriter : public Writer {
 public:
  BlobWriter(std::shared_ptr<BlobTable> blobs, Key key)
      : blobs_(std::move(blobs)), key_(std::move(key)), writer_(memory_writer(bytes_)) {}

  /// Continues a suspended blob.
  BlobWriter(std::shared_ptr<BlobTable> blobs, Key key, std::string_view token)
      : BlobWriter(std::move(blobs), std::move(key)) {
    token_ = token;
  }

  bool seekable() const override { return token_.empty(); }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override try {
    if (offset != end_) in_order_ = false;
    if (!in_order_ && !seekable()) return Error{Errc::internal, "A forward-only output cannot seek."};
    CONVERT_TRY(writer_->write_at(offset, from));
    if (in_order_) end_ += from.size();
    return {};
  } catch (const std::bad_alloc&) {
    return Error{Errc::unavailable, "The memory is full. Try again later, or store blobs on disk.", true};
  }
  Result<void> commit() override {
    CONVERT_TRY(writer_->commit());
    blobs_->put(key_, std::make_shared<const Bytes>(std::move(bytes_)));
    blobs_->forget(token_);
    return {};
  }
  Result<std::string> suspend() override {
    if (!in_order_) {
      return Error{Errc::unsupported, "An output that was not written in order cannot be continued later."};
    }
    CONVERT_TRY(writer_->commit());
    std::string token = blobs_->suspend(key_, std::make_shared<const Bytes>(std::move(bytes_)));
    blobs_->forget(token_);
    return token;
  }

 private:
  std::shared_ptr<BlobTable> blobs_;
  Key key_;
  std::string token_;  // that this one continues
  Bytes bytes_;
  std::unique_ptr<Writer> writer_;
  std::uint64_t end_ = 0;
  bool in_order_ = true;
};

class MemoryStorage : public Storage {
 public:
  Result<std::unique_ptr<Reader>> open(const Key& key, std::stop_token /*stop*/) override {
    return find(key).transform([](StoredBlob&& stored) -> std::unique_ptr<Reader> {
      return std::make_unique<BlobReader>(stored.bytes);
    });
  }
  Result<std::unique_ptr<Writer>> create(const Key& key, std::stop_token /*stop*/) override {
    CONVERT_TRY(check_key(key));
    return std::make_unique<BlobWriter>(blobs_, key);
  }
  Result<ResumedWriter> resume(const Key& key, std::string_view token, std::stop_token stop) override;
  Result<void> discard(const Key& key, std::string_view token) override {
    CONVERT_TRY(check_key(key));
    if (find_suspended(key, token)) blobs_->forget(token);
    return {};
  }
  Result<std::size_t> remove_unfinished(std::chrono::milliseconds age) override {
    const Time now = time_of_memory();
    const Time before = age < now.time_since_epoch() ? now - age : Time();
    const std::lock_guard lock(blobs_->mutex);
    return std::erase_if(blobs_->suspended, [&](const auto& row) { return row.second.time <= before; });
  }
  Result<Blob> stat(const Key& key) override {
    return find(key).transform([&key](StoredBlob&& stored) {
      return Blob{key, stored.bytes->size(), stored.time};
    });
  }
  Result<void> remove(const Key& key) override {
    CONVERT_TRY(check_key(key));
    const std::lock_guard lock(blobs_->mutex);
    blobs_->stored.erase(key);
    return {};
  }
  Result<std::vector<Blob>> list(std::string_view prefix, const Key& after, std::size_t max) override;
  Result<std::string> signed_url(const Key& key, const DownloadUrl& /*request*/) override {
    CONVERT_TRY(check_key(key));
    return Error{Errc::unsupported, "Blobs in memory have no URL. Serve them yourself."};
  }
  Result<void> copy(const Key& from, const Key& to, std::stop_token /*stop*/) override {
    CONVERT_TRY(check_key(to));
    CONVERT_TRY_ASSIGN(auto source, find(from));
    blobs_->put(to, std::move(source.bytes));
    return {};
  }

 private:
  std::shared_ptr<const Bytes> find_suspended(const Key& key, std::string_view token) const {
    const std::lock_guard lock(blobs_->mutex);
    const auto found = blobs_->suspended.find(token);
    return found != blobs_->suspended.end() && found->second.key == key ? found->second.bytes : nullptr;
  }

  Result<StoredBlob> find(const Key& key) {
    CONVERT_TRY(check_key(key));
    const std::lock_guard lock(blobs_->mutex);
    const auto found = blobs_->stored.find(key);
    if (found == blobs_->stored.end()) return no_blob_in_memory(key);
    return found->second;
  }

  std::shared_ptr<BlobTable> blobs_ = std::make_shared<BlobTable>();
};

Result<ResumedWriter> MemoryStorage::resume(const Key& key, std::string_view token,
                                            std::stop_token /*stop*/) {
  CONVERT_TRY(check_key(key));
  const auto bytes = find_suspended(key, token);
  if (!bytes) return storage::no_suspended_blob(key);
  ResumedWriter resumed{std::make_unique<BlobWriter>(blobs_, key, token), bytes->size()};
  CONVERT_TRY(resumed.writer->write_at(0, *bytes));
  return resumed;
}

Result<std::vector<Blob>> MemoryStorage::list(std::string_view prefix, const Key& after, std::size_t max) {
  std::vector<Blob> found;
  const std::lock_guard lock(blobs_->mutex);
  auto at = prefix > after ? blobs_->stored.lower_bound(prefix) : blobs_->stored.upper_bound(after);
  for (; at != blobs_->stored.end() && found.size() < max && at->first.starts_with(prefix); ++at) {
    found.push_back(Blob{at->first, at->second.bytes->size(), at->second.time});
  }
  return found;
}

}  // namespace

std::shared_ptr<Storage> memory_storage() { return std::make_shared<MemoryStorage>(); }

}  // namespace convert
