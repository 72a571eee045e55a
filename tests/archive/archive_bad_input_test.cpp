// SPDX-License-Identifier: MIT
// Damaged, encrypted or malicious inputs: each has its own error.
#include "archive/archive_support.hpp"

namespace convert::test {
namespace {

namespace fs = std::filesystem;

Errc code_of(const std::string& content, const std::string& format = "zip",
             const ConvertOptions& options = {}) {
  const auto converted = convert_text(content, "in", to_format(format), options);
  EXPECT_FALSE(converted.report);
  EXPECT_TRUE(converted.bytes.empty());
  if (converted.report) return Errc::internal;
  EXPECT_THAT(converted.report.error().message, testing::EndsWith("."));
  return converted.report.error().code;
}

/// A tar written by Python's tarfile, which accepts any names.
std::string python_tar(const std::string& statements) {
  const TemporaryFolder folder;
  const auto ran =
      run("cd " + quoted(folder.path()) +
          " && python3 -c '\nimport tarfile, io\nt = tarfile.open(\"x.tar\", \"w\")\n" +
          "def add(name, kind=tarfile.REGTYPE, link=\"\", data=b\"\"):\n" +
          "    i = tarfile.TarInfo(name); i.type = kind; i.linkname = link; i.size = len(data)\n" +
          "    t.addfile(i, io.BytesIO(data))\n" + statements + "\nt.close()\n'");
  EXPECT_EQ(ran.status, 0) << ran.output;
  return read_file(folder / "x.tar");
}

TEST(BadInput, RejectsEmptyAndUnknownFiles) {
  EXPECT_EQ(code_of(""), Errc::empty_input);
  const Library library;
  const auto noise = sample_noise(5000);
  const auto reader = memory_reader(bytes(noise));
  const auto info = library.probe(*reader);
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().code, Errc::unrecognized_input);
  const auto entry = convert_text(noise, "in", entry_of("a"));
  ASSERT_FALSE(entry.report);
  EXPECT_EQ(entry.report.error().code, Errc::unrecognized_input);
}

TEST(BadInput, RejectsPathsThatEscape) {
  SKIP_WITHOUT_PROGRAMS("python3");
  for (const char* name : {"../evil", "/etc/evil", "a/../../evil", "C:/evil", "C:evil", "..\\\\evil",
                           "a\\\\..\\\\..\\\\evil", "\\\\evil"}) {
    const auto tar = python_tar(std::string("add(\"fine\")\nadd(\"") + name + "\")");
    const auto converted = convert_text(tar, "in.tar", to_format("zip"));
    ASSERT_FALSE(converted.report) << name;
    EXPECT_EQ(converted.report.error().code, Errc::unsafe_path) << name;
    EXPECT_THAT(converted.report.error().message, testing::HasSubstr("evil")) << name;
    const Library library;
    const auto reader = memory_reader(bytes(tar));
    const Input input{reader.get(), "in.tar"};
    const auto plan = library.plan(std::span(&input, 1), to_format("zip"));
    ASSERT_FALSE(plan) << name;
    EXPECT_EQ(plan.error().code, Errc::unsafe_path) << name;
  }
}

TEST(BadInput, RejectsLinksThatEscape) {
  SKIP_WITHOUT_PROGRAMS("python3");
  const auto link = [](const std::string& name, const std::string& target) {
    return "add(\"" + name + "\", tarfile.SYMTYPE, \"" + target + "\")\n";
  };
  for (const auto& bad :
       {link("l", "/etc/passwd"), link("l", "../x"), link("a/l", "../../x"), link("l", "a/../../x"),
        link("l", "C:\\\\x"), std::string("add(\"h\", tarfile.LNKTYPE, \"../../etc/passwd\")"),
        std::string("add(\"h\", tarfile.LNKTYPE, \"/etc/passwd\")"),
        // Each entry is harmless alone; together the second one is written outside, or points there.
        link("l", ".") + link("l/m", "../x"), link("l", "a") + "add(\"l/file\")",
        link("d/s", "..") + link("y", "d/s/../x")}) {
    EXPECT_EQ(code_of(python_tar(bad), "tar"), Errc::unsafe_path) << bad;
  }
  for (const auto& good :
       {link("l", "a"), link("a/l", "../x"), link("a/l", "b/../../x"), link("l", "a/..")}) {
    const auto converted = convert_text(python_tar(good), "in", to_format("tar"));
    EXPECT_TRUE(converted.report) << good << converted.report.error().message;
  }
}

TEST(BadInput, NormalisesHarmlessOddNames) {
  SKIP_WITHOUT_PROGRAMS("python3", "tar");
  const auto tar = python_tar("add(\"./a//b/./c\", data=b\"x\")\nadd(\"dots..name\")\nadd(\"...\")");
  const auto converted = convert_text(tar, "in", to_format("tar"));
  ASSERT_TRUE(converted.report) << converted.report.error().message;
  const TemporaryFolder folder;
  write_file(folder / "x.tar", converted.bytes);
  EXPECT_EQ(run("tar -tf " + quoted(folder / "x.tar")).output, "a/b/c\ndots..name\n...\n");
}

TEST(BadInput, RejectsEncryptedArchives) {
  SKIP_WITHOUT_PROGRAMS("zip", "7z");
  const TemporaryFolder folder;
  write_file(folder / "a.txt", "secret");
  const auto in = "cd " + quoted(folder.path()) + " && ";
  ASSERT_EQ(run(in + "zip -q -P pw z.zip a.txt && 7z a -ppw c.7z a.txt && 7z a -ppw -mhe=on h.7z a.txt && "
                     "7z a -tzip -ppw -mem=AES256 aes.zip a.txt")
                .status,
            0);
  for (const char* name : {"z.zip", "c.7z", "h.7z", "aes.zip"}) {
    EXPECT_EQ(code_of(read_file(folder / name), "tar"), Errc::encrypted_input) << name;
  }
}

TEST(BadInput, NamesTheEntryWithAWrongChecksum) {
  SKIP_WITHOUT_PROGRAMS("zip", "7z");
  const TemporaryFolder folder;
  write_file(folder / "first.txt", "first");
  write_file(folder / "second.txt", sample_noise(3000));
  const auto in = "cd " + quoted(folder.path()) + " && ";
  ASSERT_EQ(run(in + "zip -q0 x.zip first.txt second.txt && 7z a -mx0 x.7z first.txt second.txt").status, 0);
  const auto needle = read_file(folder / "second.txt").substr(1000, 50);
  for (const char* name : {"x.zip", "x.7z"}) {
    auto archive = read_file(folder / name);
    archive[archive.find(needle)] ^= 1;
    const auto converted = convert_text(archive, name, to_format("tar"));
    ASSERT_FALSE(converted.report) << name;
    EXPECT_EQ(converted.report.error().code, Errc::corrupt_input) << name << converted.report.error().message;
    EXPECT_THAT(converted.report.error().message, testing::HasSubstr("second.txt"));
  }
}

TEST(BadInput, RejectsDamagedCompression) {
  SKIP_WITHOUT_PROGRAMS("zstd");
  const TemporaryFolder folder;
  const auto content = sample_text(200'000);
  write_file(folder / "a", content);
  ASSERT_EQ(run("zstd -q " + quoted(folder / "a")).status, 0);
  for (const auto& format : kCompressed) {
    // The zstd program adds a checksum; libarchive 3.6 does not.
    auto packed =
        format == "zst" ? read_file(folder / "a.zst") : convert_text(content, "a", to_format(format)).bytes;
    packed[packed.size() / 2] ^= 0x55;
    EXPECT_EQ(code_of(packed, "raw"), Errc::corrupt_input) << format;
  }
}

TEST(BadInput, ConvertsTheCompletePartOfTruncatedArchives) {
  SKIP_WITHOUT_PROGRAMS("zip", "tar", "gzip", "bzip2", "xz", "zstd");
  const TemporaryFolder folder;
  fs::create_directory(folder / "tree");
  write_file(folder / "tree/1", sample_noise(100'000, 1));
  write_file(folder / "tree/2", sample_noise(1'500'000, 2));
  write_file(folder / "tree/3", sample_noise(1'500'000, 3));
  for (const std::string format : {"zip", "tar", "tar.gz", "tar.bz2", "tar.xz", "tar.zst"}) {
    ASSERT_EQ(
        run("cd " + quoted(folder / "tree") + " && " +
            (format == "zip" ? std::string("zip -q ../x.zip 1 2 3") : "tar -caf ../x." + format + " 1 2 3"))
            .status,
        0);
    const auto whole = read_file(folder / ("x." + format));
    const auto cut = convert_text(whole.substr(0, whole.size() * 3 / 4), "x." + format, to_format("tar"));
    ASSERT_TRUE(cut.report) << format << ": " << cut.report.error().message;
    EXPECT_TRUE(warned(cut.report->warnings, WarningCode::truncated)) << format;
    for (const char* name : {"1", "2"}) {
      const auto entry = convert_text(cut.bytes, "x", entry_of(name));
      ASSERT_TRUE(entry.report) << format << ": " << entry.report.error().message;
      EXPECT_EQ(entry.bytes, read_file(folder / "tree" / name)) << format;
    }
    const auto code = code_of(whole.substr(0, 600), "tar");
    EXPECT_EQ(code, Errc::truncated_input) << format;
  }
}

TEST(BadInput, ReportsATruncatedSevenZip) {
  SKIP_WITHOUT_PROGRAMS("7z");
  const TemporaryFolder folder;
  write_file(folder / "a", sample_noise(10'000));
  ASSERT_EQ(run("cd " + quoted(folder.path()) + " && 7z a x.7z a").status, 0);
  const auto whole = read_file(folder / "x.7z");
  EXPECT_EQ(code_of(whole.substr(0, whole.size() / 2), "tar"), Errc::truncated_input);
  EXPECT_EQ(code_of(whole.substr(0, whole.size() - 1), "tar"), Errc::truncated_input);
}

TEST(BadInput, ConvertsTheStartOfATruncatedCompressedFile) {
  const auto content = sample_noise(3'000'000);
  for (const auto& format : kCompressed) {
    const auto packed = convert_text(content, "a", to_format(format)).bytes;
    const auto cut = convert_text(packed.substr(0, packed.size() * 3 / 4), "a", to_format("raw"));
    ASSERT_TRUE(cut.report) << format << ": " << cut.report.error().message;
    EXPECT_TRUE(warned(cut.report->warnings, WarningCode::truncated)) << format;
    EXPECT_GT(cut.bytes.size(), content.size() / 3) << format;
    EXPECT_TRUE(content.starts_with(cut.bytes)) << format;
    EXPECT_EQ(code_of(packed.substr(0, 12), "raw"), Errc::truncated_input) << format;
  }
  // gzip returns every available byte.
  const auto text = sample_text(5000);
  const auto packed = convert_text(text, "a", to_format("gz")).bytes;
  EXPECT_GT(convert_text(packed.substr(0, packed.size() - 9), "a", to_format("raw")).bytes.size(), 4000U);
}

TEST(BadInput, RejectsGarbageAfterAMagicNumber) {
  const auto noise = sample_noise(4000);
  for (const auto& magic : {std::string("PK\3\4", 4), std::string("7z\xBC\xAF\x27\x1C\0\4", 8),
                            std::string("\x1F\x8B\x08\0", 4), std::string("BZh91AY&SY"),
                            std::string("\xFD"
                                        "7zXZ\0",
                                        6),
                            std::string("\x28\xB5\x2F\xFD", 4)}) {
    const auto converted = convert_text(magic + noise, "in", to_format("tar"));
    ASSERT_FALSE(converted.report) << magic;
    EXPECT_THAT(converted.report.error().code, testing::AnyOf(Errc::corrupt_input, Errc::truncated_input))
        << magic << ": " << converted.report.error().message;
  }
}

}  // namespace
}  // namespace convert::test
