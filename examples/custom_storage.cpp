// SPDX-License-Identifier: MIT
// An Engine with a custom Storage: scrambled blobs in a map.
// Usage: custom_storage IN FORMAT OUT
#include <algorithm>
#include <cstdio>
#include <map>
#include <mutex>
#include <string>

#include <convert/convert.hpp>

namespace {

using convert::Blob;
using convert::Key;
using convert::Result;
using Bytes = std::vector<std::byte>;

Bytes scrambled(Bytes bytes) {
  for (auto& byte : bytes) byte ^= std::byte{0x5A};
  return bytes;
}

/// A Storage has six functions. All must be thread-safe.
class MapStorage : public convert::Storage {
 public:
  Result<std::unique_ptr<convert::Reader>> open(const Key& key, std::stop_token) override {
    const std::scoped_lock lock(mutex_);
    const auto found = blobs_.find(key);
    if (found == blobs_.end()) return missing(key);
    return convert::memory_reader(scrambled(found->second.bytes));
  }

  Result<std::unique_ptr<convert::Writer>> create(const Key& key, std::stop_token) override {
    if (auto valid = convert::check_key(key); !valid) return valid.error();
    return std::unique_ptr<convert::Writer>(std::make_unique<MapWriter>(*this, key));
  }

  Result<Blob> stat(const Key& key) override {
    const std::scoped_lock lock(mutex_);
    const auto found = blobs_.find(key);
    if (found == blobs_.end()) return missing(key);
    return Blob{key, found->second.bytes.size(), found->second.time};
  }

  Result<void> remove(const Key& key) override {
    const std::scoped_lock lock(mutex_);
    blobs_.erase(key);
    return {};
  }

  Result<std::vector<Blob>> list(std::string_view prefix, const Key& after, std::size_t max) override {
    const std::scoped_lock lock(mutex_);
    std::vector<Blob> found;
    for (auto at = blobs_.lower_bound(std::max(Key(prefix), after)); at != blobs_.end(); ++at) {
      if (!at->first.starts_with(prefix) || found.size() == max) break;
      if (at->first > after) found.push_back({at->first, at->second.bytes.size(), at->second.time});
    }
    return found;
  }

  Result<std::string> signed_url(const Key&, const convert::DownloadUrl&) override {
    return convert::Error{convert::Errc::unsupported, "These blobs have no address."};
  }

  std::size_t written() const {
    const std::scoped_lock lock(mutex_);
    return written_;
  }

 private:
  struct StoredBlob {
    Bytes bytes;
    convert::Time time;
  };

  /// Collects the bytes in memory. `commit` adds them to the map.
  class MapWriter : public convert::Writer {
   public:
    MapWriter(MapStorage& storage, Key key) : storage_(storage), key_(std::move(key)) {}
    bool seekable() const override { return true; }
    Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
      bytes_.resize(std::max<std::size_t>(bytes_.size(), offset + from.size()));
      std::copy(from.begin(), from.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(offset));
      return {};
    }
    Result<void> commit() override {
      storage_.store_blob(key_, scrambled(std::move(bytes_)));
      return {};
    }

   private:
    MapStorage& storage_;
    Key key_;
    Bytes bytes_;
  };

  void store_blob(const Key& key, Bytes bytes) {
    const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const std::scoped_lock lock(mutex_);
    written_ += bytes.size();
    blobs_[key] = {std::move(bytes), now};
  }

  static convert::Error missing(const Key& key) {
    return {convert::Errc::not_found, "There is no blob " + key + "."};
  }

  mutable std::mutex mutex_;
  std::map<Key, StoredBlob> blobs_;
  std::size_t written_ = 0;
};

int fail(const convert::Error& error) {
  std::fprintf(stderr, "%s\n", error.message.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: custom_storage IN FORMAT OUT\n");
    return 2;
  }
  const auto storage = std::make_shared<MapStorage>();
  convert::EngineOptions options;
  options.storage = storage;  // defaults: jobs in memory, conversions in a Sandbox
  convert::Engine engine(options);
  if (auto started = engine.start(); !started) return fail(started.error());

  auto in = convert::open_file(argv[1]);
  if (!in) return fail(in.error());
  const convert::Input input{in->get(), argv[1]};
  convert::JobRequest request;
  request.spec.format = argv[2];
  const auto submitted = engine.submit(std::move(request), {&input, 1});
  if (!submitted) return fail(submitted.error());

  const convert::Job job = engine.finished(submitted->id).get();
  if (job.error) return fail(*job.error);
  auto made = engine.open(job.outputs.at(0));
  if (!made) return fail(made.error());
  Bytes bytes(job.outputs.at(0).size);
  if (const auto read = (*made)->read_at(0, bytes); !read) return fail(read.error());
  auto out = convert::create_file(argv[3]);
  if (!out) return fail(out.error());
  if (auto written = (*out)->write_at(0, bytes); !written) return fail(written.error());
  if (auto done = (*out)->commit(); !done) return fail(done.error());
  std::printf("%s: %zu bytes went through the storage\n", job.outputs.at(0).name.c_str(), storage->written());
}
