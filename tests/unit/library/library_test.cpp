// SPDX-License-Identifier: MIT
#include <convert/library.hpp>

#include <gmock/gmock.h>

#include <new>
#include <stdexcept>

#include <convert/version.hpp>

#include "support/forward_only.hpp"
#include "unit/library/fake_converters.hpp"

namespace convert {
namespace {

using namespace test;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::string_view name(const Format* format) { return format == nullptr ? "none" : format->name; }

TEST(Library, HasTheFormatsOfAllConverters) {
  const TestLibrary bench;
  const Library library = bench.library();
  ASSERT_THAT(library.formats(), SizeIs(4));
  EXPECT_EQ(name(library.find_format("TXT")), "text");
  EXPECT_EQ(name(library.find_format(".box")), "box");
  EXPECT_EQ(name(library.find_format("mp4")), "none");
  EXPECT_EQ(name(library.format_for_file_name("folder.box/a.txt")), "text");
  EXPECT_EQ(name(library.format_for_file_name("a.tx")), "none");
}

TEST(Library, TheFirstConverterProvidesAFormat) {
  auto mine = std::make_shared<TextConverter>();
  auto other = std::make_shared<TextConverter>();
  mine->format.title = "Mine";
  other->on_convert = [](auto&&...) { return Error{Errc::internal, "the wrong one"}; };
  LibraryOptions options;
  options.converters = {mine, other};
  options.built_in = false;
  const Library library(std::move(options));
  ASSERT_THAT(library.formats(), SizeIs(1));
  EXPECT_EQ(library.formats().front().title, "Mine");
  TestLibrary bench;
  EXPECT_TRUE(bench.convert(library, *memory_reader(bytes("TEXT"))));
}

TEST(Library, ConvertsMemory) {
  TestLibrary bench;
  const auto report = bench.convert("TEXT to copy");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(text(bench.target), "TEXT to copy");
  ASSERT_THAT(report->outputs, SizeIs(1));
  EXPECT_EQ(report->outputs[0].format, "text");
}

TEST(Library, PassesTheCanonicalFormatName) {
  TestLibrary bench;
  ASSERT_TRUE(bench.convert("TEXT", to(".TXT")));
  bench.text_converter->on_convert = [](auto, Outputs&, const OutputSpec& spec, auto&) {
    return Error{Errc::conflict, spec.format};
  };
  EXPECT_EQ(bench.convert("TEXT", to(".TXT")).error().message, "text");
}

TEST(Library, RejectsFormatsThatItCannotWrite) {
  TestLibrary bench;
  const Library library = bench.library();
  const auto source = memory_reader(bytes("TEXT"));
  const auto unknown = bench.convert(library, *source, to("texd"));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Errc::unsupported);
  EXPECT_THAT(unknown.error().message, AllOf(HasSubstr("\"texd\""), HasSubstr("Did you mean \"text\"?"),
                                             HasSubstr("writes text, box, raw.")));
  const auto read_only = bench.convert(library, *source, to("old"));
  ASSERT_FALSE(read_only);
  EXPECT_EQ(read_only.error().code, Errc::unsupported);
  EXPECT_THAT(read_only.error().message, HasSubstr("can be read, but not written"));

  const Input input{source.get(), "a"};
  const auto outputs = single_output(memory_writer(bench.target));
  EXPECT_EQ(library.plan(std::span(&input, 1), OutputSpec{}).error().code, Errc::invalid_argument);
  EXPECT_EQ(library.convert(std::span(&input, 1), *outputs, OutputSpec{}).error().code,
            Errc::invalid_argument);
}

TEST(Library, ValidatesTheSpecAgainstTheFormat) {
  TestLibrary bench;
  OutputSpec spec = to("text");
  spec.audio_bitrate = 128'000;
  const auto refused = bench.convert("TEXT", spec);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("bitrate"));
}

TEST(Library, RejectsMissingInputs) {
  TestLibrary bench;
  const Library library = bench.library();
  const auto outputs = single_output(memory_writer(bench.target));
  EXPECT_EQ(library.convert({}, *outputs, to("text")).error().code, Errc::invalid_argument);
  EXPECT_EQ(library.plan({}, to("text")).error().code, Errc::invalid_argument);
  const Input nothing;
  EXPECT_EQ(library.convert(std::span(&nothing, 1), *outputs, to("text")).error().code,
            Errc::invalid_argument);
  EXPECT_EQ(library.probe(nothing).error().code, Errc::invalid_argument);
}

TEST(Library, ProbesByContentAndWarnsOfAWrongName) {
  const TestLibrary bench;
  const Library library = bench.library();
  const auto reader = memory_reader(bytes("TEXT"));
  const auto info = library.probe(Input{reader.get(), "a.box"});
  ASSERT_TRUE(info);
  EXPECT_EQ(info->format, "text");
  EXPECT_EQ(info->title, "Text");
  EXPECT_EQ(info->size, 4U);
  EXPECT_THAT(info->consumed, IsEmpty());
  ASSERT_THAT(info->warnings, SizeIs(1));
  EXPECT_EQ(info->warnings[0].code, WarningCode::name_mismatch);
  EXPECT_THAT(library.probe(Input{reader.get(), "a.txt"})->warnings, IsEmpty());
}

TEST(Library, PrefersTheConverterWithTheHighestCertainty) {
  TestLibrary bench;
  auto surer = std::make_shared<TextConverter>();
  surer->format.name = "surer";
  bench.text_converter->certainty = 50;
  LibraryOptions options;
  options.converters = {bench.text_converter, surer};
  options.built_in = false;
  const Library library(std::move(options));
  const auto reader = memory_reader(bytes("TEXT"));
  EXPECT_EQ(library.probe(*reader)->format, "surer");
  surer->on_probe = [](auto&&...) { return Error{Errc::unrecognized_input, "not mine after all"}; };
  EXPECT_EQ(library.probe(*reader)->format, "text");
  surer->on_probe = [](auto&&...) { return Error{Errc::corrupt_input, "mine, but broken"}; };
  EXPECT_EQ(library.probe(*reader).error().code, Errc::corrupt_input);
}

TEST(Library, ReportsEmptyAndUnknownInputs) {
  TestLibrary bench;
  const Library library = bench.library();
  const auto empty = library.probe(Input{memory_reader(bytes("")).get(), "a.text"});
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().code, Errc::empty_input);
  EXPECT_THAT(empty.error().message, HasSubstr("\"a.text\" is empty"));
  const auto strange = library.probe(*memory_reader(bytes("?????")));
  ASSERT_FALSE(strange);
  EXPECT_EQ(strange.error().code, Errc::unrecognized_input);
  EXPECT_THAT(strange.error().message, HasSubstr("The input has no format that this build reads (text, box"));
  EXPECT_EQ(bench.convert("").error().code, Errc::empty_input);
  EXPECT_TRUE(bench.convert("", to("box")));  // an archive can hold an empty file
}

TEST(Library, NamesTheFormatOfAnInputOfTheWrongFamily) {
  TestLibrary bench;
  const auto packed = bench.convert("BOX!a=TEXT");
  ASSERT_FALSE(packed);
  EXPECT_EQ(packed.error().code, Errc::unrecognized_input);
  EXPECT_THAT(packed.error().message, AllOf(HasSubstr("is a Box archive, not audio"), HasSubstr("(box, raw)"),
                                            HasSubstr("entry=NAME")));
  OutputSpec spec = to("raw");
  spec.entry = "a";
  const auto audio = bench.convert("TEXT", spec);
  ASSERT_FALSE(audio);
  EXPECT_THAT(audio.error().message,
              AllOf(HasSubstr("is Text, not an archive"), HasSubstr("leave out entry")));

  ForwardReader pipe("BOX!a=" + std::string(200'000, 'x'));
  const auto forward = bench.convert(bench.library(), pipe);
  ASSERT_FALSE(forward);
  EXPECT_THAT(forward.error().message, HasSubstr("is an archive, not audio"));
}

TEST(Library, ReportsAnUnknownInputTheSameInEveryCall) {
  TestLibrary bench;
  const auto strange = memory_reader(bytes("?????"));
  const auto probed = bench.library().probe(Input{strange.get(), "input.text"});
  ASSERT_FALSE(probed);
  EXPECT_THAT(probed.error().message, HasSubstr("according to its content"));
  const auto converted = bench.convert(bench.library(), *strange);
  ASSERT_FALSE(converted);
  EXPECT_EQ(converted.error().message, probed.error().message);
}

TEST(Library, ReturnsTheConsumedBytesOfAForwardReader) {
  const TestLibrary bench;
  const Library library = bench.library();
  const std::string whole = "TEXT" + std::string(100'000, 'x');
  ForwardReader probed(whole);
  probed.know_size();
  auto info = library.probe(probed);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->size, whole.size());
  EXPECT_EQ(info->consumed.size(), probed.given());
  EXPECT_LT(probed.given(), whole.size());
  EXPECT_EQ(content(*prefixed_reader(info->consumed, probed)).value(), whole);

  ForwardReader planned(whole);
  const std::vector<Input> inputs{{&planned, "a"}};
  auto plan = library.plan(inputs, to("text"));
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->format, "text");
  ASSERT_THAT(plan->consumed, SizeIs(1));
  EXPECT_EQ(content(*prefixed_reader(plan->consumed[0], planned)).value(), whole);
}

TEST(Library, ConvertsAForwardReader) {
  TestLibrary bench;
  ForwardReader reader("TEXT" + std::string(100'000, 'x'));
  ASSERT_TRUE(bench.convert(bench.library(), reader));
  EXPECT_EQ(bench.target.size(), 100'004U);
}

TEST(Library, ConvertsAnEntryOfAnArchive) {
  TestLibrary bench;
  OutputSpec spec = to("text");
  spec.entry = "song";
  std::vector<double> fractions;
  ConvertOptions options;
  options.progress = [&](const Progress& progress) { fractions.push_back(progress.fraction.value_or(-1)); };
  const auto report = bench.convert("BOX!song=TEXT inside", spec, options);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(text(bench.target), "TEXT inside");
  EXPECT_EQ(report->outputs[0].name, "song");
  ASSERT_THAT(report->warnings, SizeIs(1));
  EXPECT_EQ(report->warnings[0].message, "from the box");
  EXPECT_THAT(fractions, ElementsAre(-1, 1));  // the extraction reports no fraction

  spec.entry = "other";
  EXPECT_EQ(bench.convert("BOX!song=TEXT", spec).error().code, Errc::not_found);
  spec.entry = "song";
  EXPECT_EQ(bench.convert("BOX!song=", spec).error().code, Errc::empty_input);
  const auto not_packed = bench.convert("TEXT", spec);
  ASSERT_FALSE(not_packed);
  EXPECT_THAT(not_packed.error().message, HasSubstr("not an archive"));
}

TEST(Library, PlansForAnEntry) {
  const TestLibrary bench;
  OutputSpec spec = to("text");
  spec.entry = "song";
  ForwardReader reader("BOX!song=TEXT inside");
  const Input input{&reader, "a.box"};
  const auto plan = bench.library().plan(std::span(&input, 1), spec);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_TRUE(plan->spools_input);
  EXPECT_EQ(text(plan->consumed.at(0)), "BOX!song=TEXT inside");
}

TEST(Library, FillsInTheOptions) {
  TestLibrary bench;
  ConvertOptions seen;
  bench.text_converter->on_convert = [&](auto, Outputs&, auto&, const ConvertOptions& options) {
    seen = options;
    return Error{Errc::conflict, "seen"};
  };
  Limits limits;
  limits.streams = 7;
  limits.wall_time = std::chrono::hours(1);
  const auto before = std::chrono::steady_clock::now();
  ASSERT_FALSE(bench.convert("TEXT", {}, {}, limits));
  EXPECT_EQ(seen.limits->streams, 7);
  EXPECT_EQ(seen.threads, 3U);
  EXPECT_FALSE(seen.temporary_folder->empty());
  EXPECT_GE(*seen.deadline, before + std::chrono::hours(1));
  EXPECT_LT(*seen.deadline, before + std::chrono::hours(2));
  EXPECT_TRUE(seen.progress && seen.warning);

  ConvertOptions own;
  own.limits = Limits{};
  own.limits->wall_time = std::chrono::nanoseconds::max();
  own.threads = 1;
  own.deadline = before + std::chrono::minutes(1);
  ASSERT_FALSE(bench.convert("TEXT", {}, own, limits));
  EXPECT_EQ(seen.limits->streams, Limits{}.streams);
  EXPECT_EQ(seen.threads, 1U);
  EXPECT_EQ(seen.deadline, own.deadline);
}

TEST(Library, StopsOnRequestAndAtTheDeadline) {
  TestLibrary bench;
  std::stop_source stop;
  ConvertOptions options;
  options.stop = stop.get_token();
  bench.text_converter->on_convert = [&](auto, Outputs& outputs, auto&, auto&) -> Result<Report> {
    EXPECT_TRUE(write_output(outputs, "a", "x"));
    stop.request_stop();  // which this Converter ignores
    return Report{};
  };
  EXPECT_EQ(bench.convert("TEXT", {}, options).error().code, Errc::cancelled);
  EXPECT_THAT(bench.target, IsEmpty());
  EXPECT_EQ(bench.convert("TEXT", {}, options).error().code, Errc::cancelled);  // before it starts

  ConvertOptions late;
  late.deadline = std::chrono::steady_clock::now();
  EXPECT_EQ(bench.convert("TEXT", {}, late).error().code, Errc::deadline_exceeded);
  Limits limits;
  limits.wall_time = std::chrono::nanoseconds(0);
  EXPECT_EQ(bench.convert("TEXT", {}, {}, limits).error().code, Errc::deadline_exceeded);
  EXPECT_EQ(bench.library(limits).probe(*memory_reader(bytes("TEXT"))).error().code, Errc::deadline_exceeded);
}

TEST(Library, TurnsExceptionsIntoErrors) {
  TestLibrary bench;
  bench.text_converter->on_convert = [](auto, Outputs& outputs, auto&, auto&) -> Result<Report> {
    EXPECT_TRUE(write_output(outputs, "a", "x"));
    throw std::runtime_error("a bug");
  };
  const auto thrown = bench.convert("TEXT");
  ASSERT_FALSE(thrown);
  EXPECT_EQ(thrown.error().code, Errc::internal);
  EXPECT_THAT(thrown.error().message, HasSubstr("a bug"));
  EXPECT_THAT(bench.target, IsEmpty());
  bench.text_converter->on_probe = [](auto&&...) -> Result<MediaInfo> { throw std::bad_alloc(); };
  const auto no_memory = bench.library().probe(*memory_reader(bytes("TEXT")));
  ASSERT_FALSE(no_memory);
  EXPECT_EQ(no_memory.error().code, Errc::unavailable);
  EXPECT_TRUE(no_memory.error().retryable);
}

TEST(ConvertFile, DerivesTheFormatFromTheFileName) {
  TemporaryFolder folder;
  const TestLibrary bench;
  const Library library = bench.library();
  write_file(folder / "in", "TEXT to copy");
  ASSERT_TRUE(library.convert_file(folder / "in", folder / "out.txt"));
  EXPECT_EQ(read_file(folder / "out.txt"), "TEXT to copy");
  ASSERT_TRUE(library.convert_file(folder / "in", folder / "out", to("box")));
  EXPECT_EQ(read_file(folder / "out"), "BOX!in=TEXT to copy");
  const auto unknown = library.convert_file(folder / "in", folder / "out.xyz");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Errc::invalid_argument);
  EXPECT_THAT(unknown.error().message, AllOf(HasSubstr("out.xyz"), HasSubstr("text, box")));
  EXPECT_EQ(library.convert_file(folder / "no", folder / "out.txt").error().code, Errc::not_found);
}

TEST(ConvertFile, CanOverwriteItsInput) {
  TemporaryFolder folder;
  const TestLibrary bench;
  write_file(folder / "same.text", "TEXT");
  ASSERT_TRUE(bench.library().convert_file(folder / "same.text", folder / "same.text", to("box")));
  EXPECT_EQ(read_file(folder / "same.text"), "BOX!same.text=TEXT");
}

TEST(ConvertFile, AFailureChangesNothing) {
  TemporaryFolder folder;
  const TestLibrary bench;
  write_file(folder / "in", "?????");
  write_file(folder / "out.text", "precious");
  EXPECT_FALSE(bench.library().convert_file(folder / "in", folder / "out.text"));
  EXPECT_EQ(read_file(folder / "out.text"), "precious");
  EXPECT_THAT(folder.names(), SizeIs(2));
}

TEST(ConvertFile, ExtractsAnEntryUnderAnyName) {
  TemporaryFolder folder;
  const TestLibrary bench;
  write_file(folder / "in.box", "BOX!notes=some words");
  OutputSpec spec;
  spec.entry = "notes";
  ASSERT_TRUE(bench.library().convert_file(folder / "in.box", folder / "notes", spec));
  EXPECT_EQ(read_file(folder / "notes"), "some words");
}

TEST(Version, HasThreeNumbers) {
  EXPECT_THAT(std::string(version()), testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
}

}  // namespace
}  // namespace convert
