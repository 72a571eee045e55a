// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <convert/export.hpp>
#include <convert/result.hpp>

namespace convert {

/// A source of bytes. Implement it to convert from your own storage. One thread at a time uses a Reader, but
/// not always the same thread; only `cancel` may be called at the same time as other calls.
class Reader {
 public:
  virtual ~Reader() = default;

  /// The total number of bytes, if known. May be known although `seekable()` is false (an upload with a
  /// Content-Length).
  virtual std::optional<std::uint64_t> size() const = 0;

  /// Whether `read_at` accepts any offset. If not, each offset must be where the last read ended.
  virtual bool seekable() const = 0;

  /// Reads up to `into.size()` bytes at `offset`; may read fewer. 0 means the end of the input. May block.
  /// Any error; `io` by convention. The conversion returns it unchanged.
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) = 0;

  /// A file descriptor with the same bytes at the same offsets, if there is one. The Reader keeps ownership.
  /// Lets a sandboxed process read without a copy.
  virtual std::optional<int> native_handle() const { return {}; }

  /// Makes a pending `read_at` and all later ones fail with `cancelled` within a second. Returns at once.
  /// Called from any thread, any number of times, not during or after destruction. The default does nothing:
  /// override it if a read may wait for a network.
  virtual void cancel() noexcept {}
};

/// A destination of bytes. Implement it to convert to your own storage. One thread at a time uses a Writer,
/// but not always the same thread; only `cancel` may be called at the same time as other calls.
///
/// A seekable Writer, and every Writer of a Storage, publishes nothing before `commit()`; destroyed without
/// it, it leaves nothing. Another forward-only Writer (a socket, a pipe) may publish bytes at once; destroyed
/// without `commit()`, it must end visibly broken, so that a consumer cannot mistake a part for the whole.
class Writer {
 public:
  virtual ~Writer() = default;

  /// Whether `write_at` accepts any offset, also beyond the end (the gap reads as zeros). If not, each offset
  /// must be where the last write ended.
  virtual bool seekable() const = 0;

  /// Writes all of `from` at `offset`, or fails. May block. Errors: `io`, `limit_exceeded`, or your own.
  virtual Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) = 0;

  /// Publishes what was written. Called once, after the last write; no call follows.
  virtual Result<void> commit() = 0;

  /// A file descriptor that writes the same bytes at the same offsets, if there is one. The Writer keeps
  /// ownership.
  virtual std::optional<int> native_handle() const { return {}; }

  /// Instead of `commit`: keeps what was written from the start, unpublished, to be continued in this or
  /// another process by `Storage::resume`. Only for what was written in order. No call follows but
  /// destruction. Returns a token of 1 to 1024 printable ASCII characters without spaces. Errors:
  /// `unsupported` (not a Writer of a Storage, or written out of order), those of `write_at`.
  virtual Result<std::string> suspend() {
    return Error{Errc::unsupported, "This output cannot be continued later; write it again from the start."};
  }

  /// Makes a pending call and all later ones fail with `cancelled` within a second. Returns at once. Called
  /// from any thread, any number of times, not during or after destruction. A `commit` that was cancelled may
  /// have published. Destruction after it does not wait for a network either. The default does nothing:
  /// override it if a call may wait for a network.
  virtual void cancel() noexcept {}
};

/// One input of a conversion.
struct Input {
  Reader* reader = nullptr;  ///< borrowed for the duration of the call
  std::string name;          ///< for messages and archive entries; not used to detect the format
  /// The permissions of its archive entry, such as 0644. Empty: those of the file behind `reader`, if there
  /// is one.
  std::optional<std::uint32_t> mode{};
};

/// Creates the outputs of a conversion. Most conversions create one; segmented formats will create several.
/// One thread at a time uses it.
class Outputs {
 public:
  virtual ~Outputs() = default;

  /// Creates an output. `name` is a suggested relative path in UTF-8 without ".." ("song.mp3"); an
  /// implementation with a single output may ignore it. The Writer is destroyed before `convert` returns.
  virtual Result<std::unique_ptr<Writer>> create(std::string_view name) = 0;
};

// --- Readers -------------------------------------------------------------------------------------

/// Opens a file for reading. Errors: `not_found`, `invalid_argument` (a folder), `io`.
CONVERT_API Result<std::unique_ptr<Reader>> open_file(const std::filesystem::path& path);

/// Reads from memory that the caller keeps alive.
CONVERT_API std::unique_ptr<Reader> memory_reader(std::span<const std::byte> bytes);

/// Reads from memory that it owns.
CONVERT_API std::unique_ptr<Reader> memory_reader(std::vector<std::byte>&& bytes);

/// Reads from a descriptor that the caller keeps open. Seekable if it is a regular file or a block device;
/// forward-only from its current position otherwise (pipe, socket, terminal).
CONVERT_API std::unique_ptr<Reader> descriptor_reader(int descriptor);

/// Reads `head`, then the rest of `rest`. Continues with a forward-only Reader after `probe` or `plan`
/// returned the bytes that they consumed. Forward-only. Borrows `rest`, from which `head` was read.
CONVERT_API std::unique_ptr<Reader> prefixed_reader(std::vector<std::byte> head, Reader& rest);

// --- Writers and Outputs -------------------------------------------------------------------------

/// Writes a file. `commit()` publishes it under its name in one step and replaces an existing file. Until
/// then it has no name, or a hidden one in the same folder where the file system does not support unnamed
/// files. Errors: `not_found` (the folder), `invalid_argument`, `io`.
CONVERT_API Result<std::unique_ptr<Writer>> create_file(const std::filesystem::path& path);

/// Writes into memory: `commit()` assigns `bytes`, which the caller keeps alive.
CONVERT_API std::unique_ptr<Writer> memory_writer(std::vector<std::byte>& bytes);

/// Writes to a descriptor that the caller keeps open. Seekable if it is a regular file, which `commit()`
/// truncates to what was written; forward-only otherwise.
CONVERT_API std::unique_ptr<Writer> descriptor_writer(int descriptor);

/// One output, into the file `path`, as `create_file`; ignores the suggested name. Refuses a second output
/// with `invalid_argument`.
CONVERT_API std::unique_ptr<Outputs> file_output(std::filesystem::path path);

/// Each output into the folder `path` under its suggested name. Refuses names that leave the folder with
/// `unsafe_path`.
CONVERT_API std::unique_ptr<Outputs> folder_outputs(std::filesystem::path path);

/// One output, through the caller's Writer. Refuses a second output with `invalid_argument`.
CONVERT_API std::unique_ptr<Outputs> single_output(std::unique_ptr<Writer> writer);

}  // namespace convert
