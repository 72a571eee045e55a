// SPDX-License-Identifier: MIT
// Targets and sources with a single file, and single entries.
#include "archive/archive_support.hpp"

namespace convert::test {
namespace {

namespace fs = std::filesystem;

class Single : public testing::TestWithParam<std::string> {};

TEST_P(Single, IsReadByItsProgramAndRoundTrips) {
  const auto& format = GetParam();
  SKIP_WITHOUT_PROGRAMS("gzip", "bzip2", "xz", "zstd");
  const TemporaryFolder folder;
  const auto content = sample_text(700'000) + sample_noise(100'000);
  const auto packed = convert_text(content, "song.wav", to_format(format));
  ASSERT_TRUE(packed.report) << packed.report.error().message;
  EXPECT_EQ(packed.report->outputs.at(0).name, "song.wav." + format);
  write_file(folder / ("x." + format), packed.bytes);
  verify(format, folder / ("x." + format));
  static const std::map<std::string, std::string> programs = {
      {"gz", "gzip -dc <"}, {"bz2", "bzip2 -dc <"}, {"xz", "xz -dc <"}, {"zst", "zstd -qdc <"}};
  EXPECT_EQ(
      run(programs.at(format) + quoted(folder / ("x." + format)) + " >" + quoted(folder / "back")).status, 0);
  EXPECT_EQ(read_file(folder / "back"), content);
  const auto raw = convert_text(packed.bytes, "song.wav." + format, to_format("raw"));
  ASSERT_TRUE(raw.report) << raw.report.error().message;
  EXPECT_EQ(raw.report->outputs.at(0).name, "song.wav");
  EXPECT_EQ(raw.bytes, content);
}

TEST_P(Single, BecomesAnArchiveOfOneEntry) {
  const auto& format = GetParam();
  const auto packed = convert_text("some text", "song.wav", to_format(format));
  ASSERT_TRUE(packed.report);
  const Library library;
  const auto reader = memory_reader(bytes(packed.bytes));
  const auto info = library.probe({reader.get(), "song.wav." + format});
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->format, format);
  ASSERT_EQ(info->entries.size(), 1U);
  EXPECT_EQ(info->entries[0].name, "song.wav");
  for (const auto& to : kArchives) {
    const auto archive = convert_text(packed.bytes, "song.wav." + format, to_format(to));
    ASSERT_TRUE(archive.report) << to << ": " << archive.report.error().message;
    const auto entry = convert_text(archive.bytes, "in", entry_of("song.wav"));
    ASSERT_TRUE(entry.report) << to << ": " << entry.report.error().message;
    EXPECT_EQ(entry.bytes, "some text") << to;
  }
}

TEST_P(Single, IsRejectedForSeveralFiles) {
  const auto& format = GetParam();
  const auto one = memory_reader(bytes("1"));
  const auto two = memory_reader(bytes("2"));
  const std::vector<Input> inputs = {{one.get(), "a"}, {two.get(), "b"}};
  const Library library;
  std::vector<std::byte> packed;
  const auto tar = single_output(memory_writer(packed));
  ASSERT_TRUE(library.convert(inputs, *tar, to_format("tar.gz")));
  const auto several = convert_text(text(packed), "in.tar.gz", to_format(format));
  ASSERT_FALSE(several.report);
  EXPECT_EQ(several.report.error().code, Errc::invalid_argument);
  EXPECT_THAT(several.report.error().message, testing::HasSubstr("2 files"));
  EXPECT_THAT(several.report.error().message, testing::HasSubstr("entry="));
  EXPECT_TRUE(several.bytes.empty());
  const auto output = single_output(memory_writer(packed));
  const auto direct = library.convert(inputs, *output, to_format(format));
  ASSERT_FALSE(direct);
  EXPECT_EQ(direct.error().code, Errc::invalid_argument);
}

INSTANTIATE_TEST_SUITE_P(All, Single, testing::ValuesIn(kCompressed), [](const auto& i) { return i.param; });

TEST(SinglePairs, ConvertEveryCompressionToEveryOther) {
  const auto content = sample_text(50'000);
  for (const auto& from : kCompressed) {
    const auto packed = convert_text(content, "a.txt", to_format(from));
    ASSERT_TRUE(packed.report);
    for (const auto& to : kCompressed) {
      const auto again = convert_text(packed.bytes, "a.txt." + from, to_format(to));
      ASSERT_TRUE(again.report) << from << " to " << to << ": " << again.report.error().message;
      EXPECT_EQ(again.report->outputs.at(0).name, "a.txt." + to);
      EXPECT_EQ(convert_text(again.bytes, "x", to_format("raw")).bytes, content) << from << " to " << to;
    }
  }
}

TEST(Gzip, KeepsNameAndTime) {
  SKIP_WITHOUT_PROGRAMS("gzip", "stat");
  const TemporaryFolder folder;
  write_file(folder / "naïve 名.txt", "content");
  ASSERT_EQ(run("touch -d '2019-05-06 07:08:09 UTC' " + quoted(folder / "naïve 名.txt")).status, 0);
  const Library library;
  ASSERT_TRUE(library.convert_file(folder / "naïve 名.txt", folder / "x.gz"));
  ASSERT_EQ(run("cd " + quoted(folder.path()) + " && rm naïve* && gzip -dN x.gz && stat -c %Y naïve*").output,
            "1557126489\n");
  EXPECT_EQ(read_file(folder / "naïve 名.txt"), "content");
  ASSERT_EQ(run("gzip -N " + quoted(folder / "naïve 名.txt")).status, 0);
  const auto packed = read_file(folder / "naïve 名.txt.gz");
  const auto reader = memory_reader(bytes(packed));
  const auto info = library.probe({reader.get(), "other.gz"});
  ASSERT_TRUE(info);
  EXPECT_EQ(info->entries.at(0).name, "naïve 名.txt");
  EXPECT_EQ(info->entries.at(0).modified.time_since_epoch().count(), 1557126489);
}

TEST(Gzip, ReadsSeveralMembersAndVerifiesTheirChecksums) {
  const auto one = convert_text("first ", "a", to_format("gz"));
  const auto two = convert_text("second", "a", to_format("gz"));
  const auto both = convert_text(one.bytes + two.bytes, "a.gz", to_format("raw"));
  ASSERT_TRUE(both.report) << both.report.error().message;
  EXPECT_EQ(both.bytes, "first second");
  auto damaged = one.bytes;
  damaged[damaged.size() - 8] ^= 1;
  const auto refused = convert_text(damaged, "a.gz", to_format("raw"));
  ASSERT_FALSE(refused.report);
  EXPECT_EQ(refused.report.error().code, Errc::corrupt_input);
}

TEST(Gzip, RemovesOneLayerOfNestedGzip) {
  const auto inner = convert_text("text", "a.txt", to_format("gz"));
  const auto outer = convert_text(inner.bytes, "in.bin", to_format("bz2"));
  const auto once = convert_text(outer.bytes, "a.txt.gz.bz2", to_format("raw"));
  ASSERT_TRUE(once.report) << once.report.error().message;
  EXPECT_EQ(once.bytes, "text");  // gz to bz2 recompresses the file: formats are converted, not nested
  const auto reader = memory_reader(bytes(inner.bytes));
  const auto spare = memory_reader(bytes(""));
  const std::vector<Input> inputs = {{reader.get(), "a.gz"}, {spare.get(), "b"}};
  const Library library;
  std::vector<std::byte> packed;
  const auto output = single_output(memory_writer(packed));
  ASSERT_TRUE(library.convert(inputs, *output, to_format("tar.gz")));
  const auto entry = convert_text(text(packed), "in.tar.gz", entry_of("a.gz"));
  ASSERT_TRUE(entry.report) << entry.report.error().message;
  EXPECT_EQ(entry.bytes, inner.bytes);
}

class Entries : public testing::TestWithParam<std::string> {};

TEST_P(Entries, AreExtractedUnchangedByTheirExactName) {
  const auto& format = GetParam();
  SKIP_WITHOUT_PROGRAMS("zip", "7z", "tar", "gzip", "bzip2", "xz", "zstd");
  const TemporaryFolder folder;
  make_tree(folder / "tree");
  ASSERT_TRUE(pack(format, folder / "tree", folder / ("in." + format)));
  const auto archive = read_file(folder / ("in." + format));
  for (const char* name : {"sub/smile 😀 é.txt", "./日本語.txt", "sub/noise.bin", "empty"}) {
    const auto entry = convert_text(archive, "in." + format, entry_of(name));
    ASSERT_TRUE(entry.report) << name << ": " << entry.report.error().message;
    EXPECT_EQ(entry.bytes, read_file(folder / "tree" / name)) << name;
    EXPECT_EQ(entry.report->outputs.at(0).name, fs::path(name).filename());
  }
  const auto packed = convert_text(archive, "in", entry_of("a.txt", "zip"));
  ASSERT_TRUE(packed.report);
  EXPECT_EQ(convert_text(packed.bytes, "in", to_format("raw")).bytes, read_file(folder / "tree/a.txt"));
}

TEST_P(Entries, ExplainMissingEntriesAndNonFiles) {
  const auto& format = GetParam();
  SKIP_WITHOUT_PROGRAMS("zip", "7z", "tar", "gzip", "bzip2", "xz", "zstd");
  const TemporaryFolder folder;
  make_tree(folder / "tree");
  ASSERT_TRUE(pack(format, folder / "tree", folder / ("in." + format)));
  const auto archive = read_file(folder / ("in." + format));
  const auto missing = convert_text(archive, "in", entry_of("NOISE.bin"));
  ASSERT_FALSE(missing.report);
  EXPECT_EQ(missing.report.error().code, Errc::not_found);
  EXPECT_THAT(missing.report.error().message, testing::HasSubstr("sub/noise.bin"));
  const auto a_folder = convert_text(archive, "in", entry_of("sub"));
  ASSERT_FALSE(a_folder.report);
  EXPECT_EQ(a_folder.report.error().code, Errc::invalid_argument);
  const auto link = convert_text(archive, "in", entry_of("sub/link"));
  ASSERT_FALSE(link.report);
  EXPECT_THAT(link.report.error().message, testing::HasSubstr("noise.bin"));
}

INSTANTIATE_TEST_SUITE_P(All, Entries, testing::ValuesIn(kArchives), [](const auto& instance) {
  auto name = instance.param;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
});

}  // namespace
}  // namespace convert::test
