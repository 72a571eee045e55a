// SPDX-License-Identifier: MIT
#pragma once

#include <convert/library.hpp>

#include "sandbox/protocol/messages.hpp"

/// The first and the last enumerator of what goes over a channel; there are no gaps between them.
namespace convert::sandbox {

template <class Enum>
struct EnumRange;

template <>
struct EnumRange<Errc> {
  static constexpr Errc first = Errc::invalid_argument, last = Errc::forbidden;
};
template <>
struct EnumRange<WarningCode> {
  static constexpr WarningCode first = WarningCode::name_mismatch, last = WarningCode::incomplete;
};
template <>
struct EnumRange<Family> {
  static constexpr Family first = Family::audio, last = Family::archive;
};
template <>
struct EnumRange<ForwardOnlySupport> {
  static constexpr ForwardOnlySupport first = ForwardOnlySupport::complete,
                                      last = ForwardOnlySupport::spooled;
};
template <>
struct EnumRange<StreamKind> {
  static constexpr StreamKind first = StreamKind::audio, last = StreamKind::data;
};
template <>
struct EnumRange<EntryInfo::Kind> {
  static constexpr EntryInfo::Kind first = EntryInfo::Kind::file, last = EntryInfo::Kind::other;
};
template <>
struct EnumRange<StreamAction> {
  static constexpr StreamAction first = StreamAction::copy, last = StreamAction::drop;
};
template <>
struct EnumRange<SampleFormat> {
  static constexpr SampleFormat first = SampleFormat::s16, last = SampleFormat::f32;
};
template <>
struct EnumRange<MetadataPolicy> {
  static constexpr MetadataPolicy first = MetadataPolicy::keep, last = MetadataPolicy::strip;
};
template <>
struct EnumRange<CallRequest::Call> {
  static constexpr CallRequest::Call first = CallRequest::Call::probe, last = CallRequest::Call::convert;
};

}  // namespace convert::sandbox
