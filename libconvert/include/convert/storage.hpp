// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <convert/export.hpp>
#include <convert/io.hpp>
#include <convert/result.hpp>

namespace convert {

/// A point in time, in milliseconds since 1970 (UTC). Stored, compared and shown; never used to wait.
using Time = std::chrono::sys_time<std::chrono::milliseconds>;

/// What an acknowledgement survives.
enum class Durability : std::uint8_t {
  power,    ///< a loss of power: everything is flushed to the device first
  process,  ///< the death of any process, but not that of the machine: nothing waits for a flush
};

/// The name of a blob: 1 to 512 characters of A-Z a-z 0-9 . _ - in segments with "/" between them; no segment
/// is empty, longer than 255, or begins with a dot. Made by programs; what people call a file stands in the
/// job's record. A key must not be the folder of another ("a" and "a/b"): some backends can't hold both.
using Key = std::string;

/// Whether `key` is one. Thread-safe. Errors: `invalid_argument`.
CONVERT_API Result<void> check_key(std::string_view key);

struct Blob {
  Key key;
  std::uint64_t size = 0;  ///< bytes
  Time time{};             ///< when it was committed or copied, or later: never earlier
};

/// Named blobs, each written once and whole. Thread-safe; may block. One Storage may be used by many
/// processes and hosts at once. Every call may fail with `invalid_argument` (a key that is none), `io`, and
/// `unavailable` (retryable: full, or not reachable for now).
class CONVERT_API Storage {
 public:
  virtual ~Storage() = default;

  /// The blob's bytes; seekable. What is opened stays readable to its end, though the blob be removed
  /// meanwhile. The Reader may outlive neither the Storage nor, for some backends, the network. Errors:
  /// `not_found`.
  virtual Result<std::unique_ptr<Reader>> open(const Key& key) = 0;

  /// A new blob. It does not exist before `commit()` has begun, and is whole from the instant at which it
  /// does; what was there under the same key is replaced in one step. A `commit()` that failed may have made
  /// it (the answer was lost, or its flush failed). What was written through the native handle counts too.
  /// Destroyed without commit, the Writer leaves nothing. Seekable. Errors of `commit()` also: `conflict`
  /// (the key is the folder of another, or the other way round).
  virtual Result<std::unique_ptr<Writer>> create(const Key& key) = 0;

  /// Errors: `not_found`.
  virtual Result<Blob> stat(const Key& key) = 0;

  /// Removes the blob. That there was none is a success.
  virtual Result<void> remove(const Key& key) = 0;

  /// Up to `max` blobs whose keys begin with `prefix` (any text) and are greater than `after`, in ascending
  /// order of bytes. Fewer than `max`: there are no more.
  virtual Result<std::vector<Blob>> list(std::string_view prefix, const Key& after, std::size_t max) = 0;

  /// An address from which anybody may read the blob for so long. Errors: `unsupported` (serve it yourself).
  virtual Result<std::string> signed_url(const Key& key, std::chrono::milliseconds valid) = 0;

  /// Whether blobs could be made and read now. Quick. Asks for a blob that nobody has; backends that know
  /// more override it. Errors: why not.
  virtual Result<void> ready();

  /// Makes `to` a blob with the bytes of `from`, whole or not at all. Copies them; backends that can do it
  /// without override it. Errors: `not_found`.
  virtual Result<void> copy(const Key& from, const Key& to);
};

/// In memory: for tests and for small things. Gone with the object.
CONVERT_API std::shared_ptr<Storage> memory_storage();

struct DiskStorageOptions {
  Durability durability = Durability::power;
};

/// Files below one folder, which is made if it is missing: each key is a path in it. Several processes may
/// share it (on a file system that has atomic links: local ones, NFS). It needs: write permission, room for
/// the blobs, and one open descriptor a Reader or Writer. Unfinished blobs have no name (O_TMPFILE) or, where
/// the file system can't do that, a hidden one in the folder `.unfinished`, from which what is older than a
/// day is removed at start. Errors: `io`, `invalid_argument` (the path is not a folder), naming what to do.
CONVERT_API Result<std::shared_ptr<Storage>> disk_storage(const std::filesystem::path& folder,
                                                          const DiskStorageOptions& options = {});

/// Opens a backend by URI: "memory:", "file:///srv/blobs", "file:blobs" (relative), with options after a "?"
/// ("file:///srv/blobs?durability=process"). Errors: `unsupported` for a scheme or an option that this build
/// does not have (the message lists those it has), and those of the backend.
CONVERT_API Result<std::shared_ptr<Storage>> open_storage(std::string_view uri);

}  // namespace convert
