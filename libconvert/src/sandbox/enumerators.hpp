// SPDX-License-Identifier: MIT
#pragma once

#include <convert/library.hpp>

#include "sandbox/messages.hpp"

/// The first and the last enumerator of what goes over a channel; there are no gaps between them.
namespace convert::sandbox {

template <class Enum>
struct Enumerators;

template <>
struct Enumerators<Errc> {
  static constexpr Errc first = Errc::invalid_argument, last = Errc::forbidden;
};
template <>
struct Enumerators<WarningCode> {
  static constexpr WarningCode first = WarningCode::name_mismatch, last = WarningCode::incomplete;
};
template <>
struct Enumerators<Family> {
  static constexpr Family first = Family::audio, last = Family::archive;
};
template <>
struct Enumerators<Forward> {
  static constexpr Forward first = Forward::complete, last = Forward::spooled;
};
template <>
struct Enumerators<StreamKind> {
  static constexpr StreamKind first = StreamKind::audio, last = StreamKind::data;
};
template <>
struct Enumerators<EntryInfo::Kind> {
  static constexpr EntryInfo::Kind first = EntryInfo::Kind::file, last = EntryInfo::Kind::other;
};
template <>
struct Enumerators<Action> {
  static constexpr Action first = Action::copy, last = Action::drop;
};
template <>
struct Enumerators<SampleFormat> {
  static constexpr SampleFormat first = SampleFormat::s16, last = SampleFormat::f32;
};
template <>
struct Enumerators<MetadataPolicy> {
  static constexpr MetadataPolicy first = MetadataPolicy::keep, last = MetadataPolicy::strip;
};
template <>
struct Enumerators<Work::Call> {
  static constexpr Work::Call first = Work::Call::probe, last = Work::Call::convert;
};

}  // namespace convert::sandbox
