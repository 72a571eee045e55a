// SPDX-License-Identifier: MIT
#pragma once

#include <locale.h>

#include <memory>
#include <type_traits>

namespace convert::archive {

/// The character classes of C.UTF-8: libarchive turns names into the calling thread's character set, and
/// would lose what that one lacks. Loaded once; the process's own locale is never touched.
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

/// Makes it the calling thread's locale for as long as it lives.
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
