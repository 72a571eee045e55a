// SPDX-License-Identifier: MIT
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

#include <memory>
#include <type_traits>

namespace convert::archive {

struct ReadHandleDeleter {
  void operator()(::archive* handle) const noexcept { archive_read_free(handle); }
};
struct WriteHandleDeleter {
  void operator()(::archive* handle) const noexcept { archive_write_free(handle); }
};
struct EntryHandleDeleter {
  void operator()(::archive_entry* handle) const noexcept { archive_entry_free(handle); }
};

using ReadHandle = std::unique_ptr<::archive, ReadHandleDeleter>;
using WriteHandle = std::unique_ptr<::archive, WriteHandleDeleter>;
using EntryHandle = std::unique_ptr<::archive_entry, EntryHandleDeleter>;

/// libarchive's text for its last failure; never null.
inline const char* last_error(::archive* handle) noexcept {
  const char* text = archive_error_string(handle);
  return text != nullptr ? text : "no reason given";
}

/// The character classes of C.UTF-8. libarchive converts names to the character set of the calling thread and
/// loses characters that it lacks. Does not change the process's locale.
class Utf8Locale {
 public:
  Utf8Locale();
  locale_t get() const noexcept { return locale_.get(); }

 private:
  struct LocaleDeleter {
    void operator()(locale_t locale) const noexcept { freelocale(locale); }
  };
  std::unique_ptr<std::remove_pointer_t<locale_t>, LocaleDeleter> locale_;
};

/// Sets the calling thread's locale during its lifetime.
class LocaleGuard {
 public:
  explicit LocaleGuard(const Utf8Locale& locale);
  ~LocaleGuard();
  LocaleGuard(const LocaleGuard&) = delete;
  LocaleGuard& operator=(const LocaleGuard&) = delete;

 private:
  locale_t previous_;
};

}  // namespace convert::archive
