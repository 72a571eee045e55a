// SPDX-License-Identifier: MIT
// Archive to archive, and files to archives, checked by the usual programs.
#include <clocale>

#include "archive/archive_support.hpp"

namespace convert::test {
namespace {

namespace fs = std::filesystem;

/// The time resolution of a target: zip stores whole seconds, the others fractions.
Tree as_held_by(const std::string& from, const std::string& to, Tree tree) {
  for (auto& [name, node] : tree) {
    if (from == "zip" || to == "zip") node.nanoseconds = 0;
    if (node.kind == "link") node.mode = 0777;
    // unzip and 7z do not set times of links. 7z lists folders last, too late for programs that set times
    // while they unpack.
    if (node.kind == "link" || (node.kind == "folder" && (from == "7z" || to == "7z")))
      node.modified = node.nanoseconds = 0;
  }
  return tree;
}

TEST(EmptyTar, IsAnArchiveWithoutEntries) {
  SKIP_WITHOUT_PROGRAMS("tar", "gzip");
  const TemporaryFolder folder;
  const auto made =
      run("cd " + quoted(folder.path()) + " && tar cf empty.tar -T /dev/null && gzip -k empty.tar");
  ASSERT_EQ(made.status, 0) << made.output;
  const Library library;
  for (const std::string name : {"empty.tar", "empty.tar.gz"}) {
    const auto packed = library.convert_file(folder / name, folder / "out.zip");
    ASSERT_TRUE(packed) << packed.error().message;
    const auto info = library.probe(**open_file(folder / "out.zip"));
    ASSERT_TRUE(info) << info.error().message;
    EXPECT_THAT(info->entries, testing::IsEmpty()) << name;
  }
  // Zeros without the extension .tar are a file.
  fs::copy(folder / "empty.tar", folder / "zeros.bin");
  ASSERT_TRUE(library.convert_file(folder / "zeros.bin", folder / "out.zip"));
  EXPECT_EQ(library.probe(**open_file(folder / "out.zip"))->entries.size(), 1U);
}

class Pairs : public testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(Pairs, KeepNamesContentsModesTimesAndLinks) {
  const auto& [from, to] = GetParam();
  SKIP_WITHOUT_PROGRAMS("zip", "unzip", "7z", "tar", "gzip", "bzip2", "xz", "zstd");
  const TemporaryFolder folder;
  make_tree(folder / "tree");
  ASSERT_TRUE(pack(from, folder / "tree", folder / ("in." + from)));
  const Library library;
  const auto report = library.convert_file(folder / ("in." + from), folder / ("out." + to));
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->outputs.at(0).format, to);
  EXPECT_EQ(report->outputs.at(0).size, fs::file_size(folder / ("out." + to)));
  EXPECT_THAT(report->warnings, testing::IsEmpty());
  verify(to, folder / ("out." + to));
  ASSERT_TRUE(unpack(to, folder / ("out." + to), folder / "back"));
  auto back = as_held_by(from, to, read_tree(folder / "back"));
  EXPECT_EQ(back, as_held_by(from, to, read_tree(folder / "tree")));
}

INSTANTIATE_TEST_SUITE_P(All, Pairs,
                         testing::Combine(testing::ValuesIn(kArchives), testing::ValuesIn(kArchives)),
                         [](const auto& instance) {
                           auto name = std::get<0>(instance.param) + "_to_" + std::get<1>(instance.param);
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

class Targets : public testing::TestWithParam<std::string> {};

TEST_P(Targets, StoreOneFileWithItsTimeAndMode) {
  const auto& to = GetParam();
  SKIP_WITHOUT_PROGRAMS("unzip", "7z", "tar", "gzip", "bzip2", "xz", "zstd");
  const TemporaryFolder folder;
  fs::create_directory(folder / "tree");
  make_tree(folder / "made");
  fs::copy_file(folder / "made/a.txt", folder / "tree/a.txt");
  fs::permissions(folder / "tree/a.txt", fs::perms(0640));
  fs::last_write_time(folder / "tree/a.txt", fs::last_write_time(folder / "made/a.txt"));
  const Library library;
  const auto report = library.convert_file(folder / "tree/a.txt", folder / ("out." + to));
  ASSERT_TRUE(report) << report.error().message;
  verify(to, folder / ("out." + to));
  ASSERT_TRUE(unpack(to, folder / ("out." + to), folder / "back"));
  EXPECT_EQ(as_held_by(to, to, read_tree(folder / "back")), as_held_by(to, to, read_tree(folder / "tree")));
}

TEST_P(Targets, StoreSeveralFilesUnderUniqueNames) {
  const auto& to = GetParam();
  SKIP_WITHOUT_PROGRAMS("unzip", "7z", "tar", "gzip", "bzip2", "xz", "zstd");
  const TemporaryFolder folder;
  const auto first = memory_reader(bytes("first"));
  const auto second = memory_reader(bytes("second"));
  const auto third = memory_reader(bytes(""));
  const std::vector<Input> inputs = {
      {first.get(), "a.txt"}, {second.get(), "a.txt"}, {third.get(), "../../etc/日本 😀"}};
  const Library library;
  const auto outputs = file_output(folder / "out");
  const auto report = library.convert(inputs, *outputs, to_format(to));
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->outputs.at(0).name, "a." + to);
  verify(to, folder / "out");
  ASSERT_TRUE(unpack(to, folder / "out", folder / "back"));
  std::map<std::string, std::string> contents;
  for (const auto& [name, node] : read_tree(folder / "back")) contents[name] = node.content;
  EXPECT_THAT(contents, testing::ElementsAre(testing::Pair("a (2).txt", "second"),
                                             testing::Pair("a.txt", "first"), testing::Pair("日本 😀", "")));
}

TEST_P(Targets, AreListedByProbe) {
  const auto& to = GetParam();
  const auto first = memory_reader(bytes("first"));
  const auto second = memory_reader(bytes("second"));
  const std::vector<Input> inputs = {{first.get(), "a.txt"}, {second.get(), "dir/b.txt"}};
  const Library library;
  std::vector<std::byte> packed;
  const auto outputs = single_output(memory_writer(packed));
  ASSERT_TRUE(library.convert(inputs, *outputs, to_format(to)));
  const auto reader = memory_reader(packed);
  const auto info = library.probe(*reader);
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->format, to);
  EXPECT_EQ(info->family, Family::archive);
  EXPECT_EQ(info->size, packed.size());
  ASSERT_EQ(info->entries.size(), 2U);
  EXPECT_EQ(info->entries[0].name, "a.txt");
  EXPECT_EQ(info->entries[1].name, "dir/b.txt");
  EXPECT_EQ(info->entries[1].size, 6U);
  EXPECT_EQ(info->entries[1].mode, 0644U);
  EXPECT_THAT(info->warnings, testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(All, Targets, testing::ValuesIn(kArchives), [](const auto& instance) {
  auto name = instance.param;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
});

TEST(Archives, KeepsHardLinksInTarAndMakesThemSymbolicElsewhere) {
  SKIP_WITHOUT_PROGRAMS("tar", "unzip");
  const TemporaryFolder folder;
  fs::create_directories(folder / "tree/sub");
  write_file(folder / "tree/a", "same bytes");
  fs::create_hard_link(folder / "tree/a", folder / "tree/sub/b");
  ASSERT_EQ(run("cd " + quoted(folder / "tree") + " && tar -cf ../in.tar a sub").status, 0);
  const Library library;
  const auto to_tar = library.convert_file(folder / "in.tar", folder / "out.tar.gz");
  ASSERT_TRUE(to_tar) << to_tar.error().message;
  EXPECT_THAT(to_tar->warnings, testing::IsEmpty());
  ASSERT_TRUE(unpack("tar", folder / "out.tar.gz", folder / "tar"));
  EXPECT_EQ(fs::hard_link_count(folder / "tar/a"), 2U);
  const auto to_zip = library.convert_file(folder / "in.tar", folder / "out.zip");
  ASSERT_TRUE(to_zip) << to_zip.error().message;
  EXPECT_TRUE(warned(to_zip->warnings, WarningCode::metadata_lost));
  ASSERT_TRUE(unpack("zip", folder / "out.zip", folder / "zip"));
  EXPECT_EQ(fs::read_symlink(folder / "zip/sub/b"), "../a");
  EXPECT_EQ(read_file(folder / "zip/sub/b"), "same bytes");
}

TEST(Archives, SkipsDevicesAndPipesWithAWarning) {
  SKIP_WITHOUT_PROGRAMS("tar", "mkfifo");
  const TemporaryFolder folder;
  fs::create_directory(folder / "tree");
  write_file(folder / "tree/file", "bytes");
  ASSERT_EQ(run("cd " + quoted(folder / "tree") + " && mkfifo pipe && tar -cf ../in.tar file pipe").status,
            0);
  const Library library;
  const auto report = library.convert_file(folder / "in.tar", folder / "out.tar");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(warned(report->warnings, WarningCode::entry_skipped));
  EXPECT_EQ(run("tar -tf " + quoted(folder / "out.tar")).output, "file\n");
}

TEST(Archives, TreatsDocumentsBasedOnZipAsFiles) {
  SKIP_WITHOUT_PROGRAMS("python3", "unzip");
  const TemporaryFolder folder;
  ASSERT_EQ(run("cd " + quoted(folder.path()) + R"( && python3 -c '
import zipfile
for name, parts in (("a.docx", ["word/document.xml", "[Content_Types].xml"]), ("b.epub", ["mimetype", "x"]),
                    ("c.jar", ["META-INF/", "META-INF/MANIFEST.MF"])):
    with zipfile.ZipFile(name, "w") as z:
        for part in parts: z.writestr(part, "content")
')")
                .status,
            0);
  const Library library;
  for (const char* name : {"a.docx", "b.epub", "c.jar"}) {
    const auto report = library.convert_file(folder / name, folder / "out.zip");
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(run("unzip -Z1 " + quoted(folder / "out.zip")).output, std::string(name) + "\n");
  }
  // Unless an entry is requested.
  const auto part = convert_text(read_file(folder / "a.docx"), "a.docx", entry_of("word/document.xml"));
  ASSERT_TRUE(part.report) << part.report.error().message;
  EXPECT_EQ(part.bytes, "content");
}

TEST(Archives, HigherLevelsAreSmallerAndZeroStores) {
  const auto content = sample_text(400'000);
  for (const auto* format : {"zip", "7z", "tar.gz", "tar.xz", "gz", "xz", "zst"}) {
    auto spec = to_format(format);
    spec.level = 1;
    const auto fast = convert_text(content, "a.txt", spec);
    spec.level = 9;
    const auto small = convert_text(content, "a.txt", spec);
    ASSERT_TRUE(fast.report && small.report) << format;
    EXPECT_LT(small.bytes.size(), fast.bytes.size()) << format;
  }
  auto stored = to_format("zip");
  stored.level = 0;
  EXPECT_GT(convert_text(content, "a.txt", stored).bytes.size(), content.size());
}

TEST(Archives, NeitherUseNorChangeTheProcessLocale) {
  // A C++ program starts in the "C" locale, which has ASCII only.
  ASSERT_STREQ(::setlocale(LC_ALL, nullptr), "C");
  const auto zip = convert_text("x", "日本語 😀.txt", to_format("zip"));
  ASSERT_TRUE(zip.report) << zip.report.error().message;
  const auto seven = convert_text(zip.bytes, "in", to_format("7z"));
  ASSERT_TRUE(seven.report) << seven.report.error().message;
  const auto tar = convert_text(seven.bytes, "in", to_format("tar"));
  ASSERT_TRUE(tar.report) << tar.report.error().message;
  EXPECT_THAT(tar.bytes, testing::HasSubstr("日本語 😀.txt"));
  EXPECT_STREQ(::setlocale(LC_ALL, nullptr), "C");
}

TEST(Archives, DecodeZipNamesFromCodePage437) {
  SKIP_WITHOUT_PROGRAMS("python3");
  const TemporaryFolder folder;
  // zipfile writes CP437 names if possible; "caf\x82.txt" is "café.txt" there.
  ASSERT_EQ(run("cd " + quoted(folder.path()) + R"( && python3 -c '
import zipfile
with zipfile.ZipFile("in.zip", "w") as z: z.writestr("cafX.txt", "x")
data = open("in.zip", "rb").read().replace(b"cafX.txt", b"caf\x82.txt")
open("in.zip", "wb").write(data)
')")
                .status,
            0);
  const Library library;
  const auto reader = open_file(folder / "in.zip");
  ASSERT_TRUE(reader);
  const auto tar = convert_bytes(**reader, "in.zip", to_format("tar"));
  ASSERT_TRUE(tar.report) << tar.report.error().message;
  EXPECT_THAT(tar.bytes, testing::HasSubstr("café.txt"));
  EXPECT_TRUE(warned(tar.report->warnings, WarningCode::damaged));
}

}  // namespace
}  // namespace convert::test
