// SPDX-License-Identifier: MIT
#include "archive/libarchive.hpp"

namespace convert::archive {

Utf8Locale::Utf8Locale() {
  // Debian's libc-bin provides C.UTF-8; other systems may only have country locales.
  for (const char* name : {"C.UTF-8", "C.utf8", "en_US.UTF-8"}) {
    locale_.reset(newlocale(LC_CTYPE_MASK, name, locale_t{}));
    if (locale_) return;
  }
}

LocaleGuard::LocaleGuard(const Utf8Locale& locale)
    : previous_(locale.get() != locale_t{} ? uselocale(locale.get()) : locale_t{}) {}

LocaleGuard::~LocaleGuard() {
  if (previous_ != locale_t{}) uselocale(previous_);
}

}  // namespace convert::archive
