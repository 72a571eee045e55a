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

/// Bytes in. Implement it to convert from wherever your bytes are.
/// One thread uses a Reader at a time, but not always the same one.
class Reader {
 public:
  virtual ~Reader() = default;

  /// The number of bytes in all, when it is known. It may be known although `seekable()` is false
  /// (an upload with a Content-Length).
  virtual std::optional<std::uint64_t> size() const = 0;

  /// Whether `read_at` may be called with any offset. If not, each offset is where the last read ended.
  virtual bool seekable() const = 0;

  /// Reads up to `into.size()` bytes at `offset`; may read fewer. 0 means the end of the input.
  /// May block. Errors: whatever the source has, `io` by custom; the conversion fails with it unchanged.
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) = 0;

  /// A file descriptor from which the same bytes can be read at the same offsets, if there is one.
  /// It stays owned by the Reader. Lets a sandboxed process read without a copy.
  virtual std::optional<int> native_handle() const { return {}; }
};

/// Bytes out. Implement it to convert to wherever you want them.
/// One thread uses a Writer at a time, but not always the same one.
///
/// A Writer that can seek shows nothing before `commit()`; destroyed without it, it leaves nothing.
/// A forward-only one (a socket, a pipe) may show bytes at once; destroyed without `commit()` it must
/// end visibly broken, so that nobody takes a part for the whole.
class Writer {
 public:
  virtual ~Writer() = default;

  /// Whether `write_at` may be called with any offset (beyond the end too: the gap reads as zeros).
  /// If not, each offset is where the last write ended.
  virtual bool seekable() const = 0;

  /// Writes all of `from` at `offset`, or fails. May block. Errors: `io`, `limit_exceeded`, or your own.
  virtual Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) = 0;

  /// Makes what was written final and visible. Called once, after the last write; nothing follows it.
  virtual Result<void> commit() = 0;

  /// A file descriptor to which the same bytes can be written at the same offsets, if there is one.
  /// It stays owned by the Writer.
  virtual std::optional<int> native_handle() const { return {}; }
};

/// One input of a conversion: bytes, and the name by which messages and archive entries call them.
/// The name is never trusted to tell the format. `bytes` is borrowed for the length of the call.
struct Input {
  Reader* reader = nullptr;
  std::string name;
  /// The permissions of its entry in an archive, such as 0644. Empty: those of the file behind `bytes`, if
  /// there is one.
  std::optional<std::uint32_t> mode{};
};

/// Where a conversion's outputs go. Most conversions create one; segmented formats will create several.
/// Used by one thread at a time.
class Outputs {
 public:
  virtual ~Outputs() = default;

  /// A new output. `name` is a relative path in UTF-8 without "..", suggested by the conversion
  /// ("song.mp3"); an implementation for a single output may ignore it. The Writer is destroyed
  /// before `convert` returns.
  virtual Result<std::unique_ptr<Writer>> create(std::string_view name) = 0;
};

// --- Ready-made Readers --------------------------------------------------------------------------

/// Opens a file for reading. Errors: `not_found`, `invalid_argument` (a folder), `io`.
CONVERT_API Result<std::unique_ptr<Reader>> open_file(const std::filesystem::path& path);

/// Reads from memory that the caller keeps alive.
CONVERT_API std::unique_ptr<Reader> memory_reader(std::span<const std::byte> bytes);

/// Reads from memory that it owns.
CONVERT_API std::unique_ptr<Reader> memory_reader(std::vector<std::byte>&& bytes);

/// Reads from a descriptor that the caller keeps open; seekable if it is a regular file or a block device,
/// forward-only from its current position otherwise (pipe, socket, terminal).
CONVERT_API std::unique_ptr<Reader> descriptor_reader(int descriptor);

/// `head`, then what `rest` still has: goes on with a forward-only Reader after `probe` or `plan` handed
/// back the bytes they consumed. Forward-only. Borrows `rest`, which has already given out `head`.
CONVERT_API std::unique_ptr<Reader> prefixed_reader(std::vector<std::byte> head, Reader& rest);

// --- Ready-made Writers and Outputs --------------------------------------------------------------

/// Writes a file that appears under its name, whole, at `commit()`, and replaces one that was there.
/// Until then it has no name (or a hidden one beside the target, where the file system cannot do that).
/// Errors: `not_found` (the folder), `invalid_argument`, `io`.
CONVERT_API Result<std::unique_ptr<Writer>> create_file(const std::filesystem::path& path);

/// Writes into memory: `bytes` is assigned at `commit()`. The caller keeps it alive.
CONVERT_API std::unique_ptr<Writer> memory_writer(std::vector<std::byte>& bytes);

/// Writes to a descriptor that the caller keeps open; seekable if it is a regular file (which is then
/// truncated to what was written at `commit()`), forward-only otherwise.
CONVERT_API std::unique_ptr<Writer> descriptor_writer(int descriptor);

/// One output, into the file `path`, whatever name is suggested. As `create_file`. A second output is
/// refused with `invalid_argument`.
CONVERT_API std::unique_ptr<Outputs> file_output(std::filesystem::path path);

/// Each output into the folder `path` under its suggested name. Names that would leave it are refused
/// with `unsafe_path`.
CONVERT_API std::unique_ptr<Outputs> folder_outputs(std::filesystem::path path);

/// One output, through a Writer that the caller made. A second output is refused with `invalid_argument`.
CONVERT_API std::unique_ptr<Outputs> single_output(std::unique_ptr<Writer> writer);

}  // namespace convert
