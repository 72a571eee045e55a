// SPDX-License-Identifier: MIT
// Files of tasks over real sockets: ranges, conditional requests, names, and headers for browsers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "http/support/live_server.hpp"
#include "http/support/raw_connection.hpp"
#include "http/support/task_client.hpp"
#include "support/audio_samples.hpp"
#include "support/test_files.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

using testing::HasSubstr;
using testing::Not;

void runs_nothing(LiveSettings& settings) { settings.starts_engine = false; }

/// Bytes whose values depend on their positions.
std::string counted(std::size_t size) {
  std::string text;
  while (text.size() < size) text += std::to_string(text.size()) + " ";
  text.resize(size);
  return text;
}

/// Creates a task with that input.
class Files : public testing::Test {
 protected:
  void upload(const std::string& content, const std::string& name = "song.wav") {
    text = content;
    input = "/api/tasks/" + ann.task(ann.file(name, content), "mp3") + "/input";
  }
  CurlResponse get(std::vector<std::string> extra_arguments = {}) {
    return ann.api().get(input, std::move(extra_arguments));
  }

  LiveServer server{runs_nothing};
  TaskClient ann{server.url(), "ann"};
  std::string text;
  std::string input;
};

TEST_F(Files, HaveSizeAndETag) {
  upload(counted(100'000));
  const auto whole = get();
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.body, text);
  EXPECT_EQ(whole.field("Content-Length"), "100000");
  EXPECT_EQ(whole.field("Accept-Ranges"), "bytes");
  EXPECT_EQ(whole.field("Content-Type"), "audio/wav");
  EXPECT_TRUE(whole.field("Last-Modified"));
  EXPECT_THAT(whole.field("ETag").value_or(""), testing::StartsWith("\"i-"));
  const auto head = ann.api().request("HEAD", input);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.field("Content-Length"), "100000");
  EXPECT_EQ(head.field("ETag"), whole.field("ETag"));
}

TEST_F(Files, SupportRanges) {
  upload(counted(100'000));
  const auto range = [&](const std::string& requested) { return get({"-H", "Range: bytes=" + requested}); };
  const auto first = range("0-9");
  EXPECT_EQ(first.status, 206);
  EXPECT_EQ(first.body, text.substr(0, 10));
  EXPECT_EQ(first.field("Content-Range"), "bytes 0-9/100000");
  EXPECT_EQ(range("99990-").body, text.substr(99'990));
  EXPECT_EQ(range("-5").body, text.substr(99'995));
  EXPECT_EQ(range("99990-200000").body, text.substr(99'990));
  const auto beyond = range("100000-");
  EXPECT_EQ(beyond.status, 416);
  EXPECT_EQ(beyond.field("Content-Range"), "bytes */100000");
  EXPECT_EQ(range("9-0").status, 200);
  const auto several = range("0-4,50000-50004");
  EXPECT_EQ(several.status, 206);
  EXPECT_THAT(several.field("Content-Type").value_or(""),
              testing::StartsWith("multipart/byteranges; boundary="));
  EXPECT_THAT(several.body, HasSubstr("Content-Range: bytes 0-4/100000\r\n"));
  EXPECT_THAT(several.body, HasSubstr("\r\n\r\n" + text.substr(50'000, 5) + "\r\n"));
}

TEST_F(Files, EvaluateConditions) {
  upload(counted(1'000));
  const std::string tag = get().field("ETag").value_or("");
  EXPECT_EQ(get({"-H", "If-None-Match: " + tag}).status, 304);
  EXPECT_EQ(get({"-H", "If-None-Match: \"other\""}).status, 200);
  EXPECT_EQ(get({"-H", "If-Match: \"other\""}).status, 412);
  EXPECT_EQ(get({"-H", "Range: bytes=0-1", "-H", "If-Range: " + tag}).status, 206);
  EXPECT_EQ(get({"-H", "Range: bytes=0-1", "-H", "If-Range: \"other\""}).status, 200);
}

TEST_F(Files, ResumeAnInterruptedDownload) {
  upload(counted(300'000));
  const TemporaryFolder folder;
  const auto path = folder / "part";
  write_file(path, text.substr(0, 123'456));
  const auto rest = get({"-C", "-", "-o", path.string()});
  EXPECT_EQ(rest.exit, 0) << rest;
  EXPECT_EQ(read_file(path), text);
}

TEST_F(Files, NeverDisplayExecutableContent) {
  for (const std::string name :
       {"page.html", "image.svg", "page.xhtml", "program.exe", "paper.pdf", "style.css"}) {
    SCOPED_TRACE(name);
    upload("<script>alert(1)</script>", name);
    const auto answer = get();
    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(answer.field("Content-Disposition").value_or(""), testing::StartsWith("attachment"));
    EXPECT_THAT(answer.field("Content-Type").value_or(""), Not(testing::StartsWith("text/html")));
    EXPECT_EQ(answer.field("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(answer.field("Content-Security-Policy"), "sandbox; default-src 'none'");
    EXPECT_EQ(answer.field("Cross-Origin-Resource-Policy"), "same-site");
  }
}

TEST_F(Files, AreEmbeddableByOtherSitesWithALink) {
  upload(wav_clip(), "song.wav");
  const auto links = ann.api().request("POST", input.substr(0, input.rfind('/')) + "/links");
  const auto answer = ann.api().get(member(links.body, "input"));
  EXPECT_EQ(answer.status, 200) << links.body;
  EXPECT_EQ(answer.field("Cross-Origin-Resource-Policy"), "cross-origin");
  EXPECT_EQ(get().field("Cross-Origin-Resource-Policy"), "same-site");
}

TEST_F(Files, IgnoreTheContentTypeOfTheClient) {
  const std::string path = ann.file("song.bin", "<script>");
  const auto made = ann.api().request("POST", "/api/tasks",
                                      {"-F", "file=@" + path + ";type=text/html", "-F", "newFormat=mp3"});
  const auto answer = ann.api().get("/api/tasks/" + task_id(made) + "/input");
  EXPECT_EQ(answer.field("Content-Type"), "application/octet-stream");
}

TEST_F(Files, DisplayAudio) {
  upload(counted(10));
  EXPECT_EQ(get().field("Content-Disposition"), "inline; filename=\"song.wav\"");
}

TEST_F(Files, DisplayRasterImages) {
  const std::pair<const char*, const char*> all[] = {
      {"a.png", "image/png"},   {"a.JPG", "image/jpeg"},  {"a.gif", "image/gif"},
      {"a.webp", "image/webp"}, {"a.bmp", "image/bmp"},   {"a.tif", "image/tiff"},
      {"a.avif", "image/avif"}, {"a.heic", "image/heic"}, {"a.mid", "audio/midi"}};
  for (const auto& [name, type] : all) {
    upload("content", name);
    EXPECT_EQ(get().field("Content-Type"), type);
    EXPECT_THAT(get().field("Content-Disposition").value_or(""), testing::StartsWith("inline"));
  }
}

struct Name {
  std::string sent;
  std::string kept;
};

TEST_F(Files, SanitizeNames) {
  const Name names[] = {
      {"plain.bin", "plain.bin"},
      {"with space.bin", "with space.bin"},
      {"ünïcødé 漢字.bin", "ünïcødé 漢字.bin"},
      {"../../etc/passwd.bin", "passwd.bin"},
      {"C:\\\\dir\\\\a.bin", "a.bin"},
      {"/absolute/a.bin", "a.bin"},
      {"semi;colon,comma.bin", "semi;colon,comma.bin"},
      {"per%41cent.bin", "per%41cent.bin"},
      {std::string(300, 'x') + ".bin", std::string(251, 'x') + ".bin"},
  };
  const std::string path = ann.file("content", "bytes");
  for (const Name& name : names) {
    SCOPED_TRACE(name.sent);
    const auto made =
        ann.api().request("POST", "/api/tasks",
                          {"-F", "file=@" + path + ";filename=\"" + name.sent + "\"", "-F", "newFormat=mp3"});
    ASSERT_EQ(made.status, 200) << made;
    // How another client reads the header.
    const TemporaryFolder folder;
    const auto got = ann.api().get("/api/tasks/" + task_id(made) + "/input",
                                   {"-O", "-J", "--output-dir", folder.path().string()});
    EXPECT_EQ(got.exit, 0) << got;
    EXPECT_EQ(member(made.body, "name"), name.kept);
    ASSERT_EQ(folder.names().size(), 1u);
    const auto shown = got.field("Content-Disposition").value_or("");
    EXPECT_THAT(shown, testing::StartsWith("attachment; filename=\""));
    EXPECT_EQ(shown.find_first_of("\r\n"), std::string::npos);
  }
}

TEST_F(Files, AreFoundByNameNewestFirst) {
  upload("old", "a.wav");
  upload("new", "a.wav");
  EXPECT_EQ(ann.api().get("/api/files/a.wav").body, "new");
  upload("spaces", "a b & c.wav");
  EXPECT_EQ(ann.api().get("/api/files/a%20b%20%26%20c.wav").body, "spaces");
  expect_problem(ann.api().get("/api/files/b.wav"), 404, "not_found");
  expect_problem(ann.api().get("/api/files/..%2Fa.wav"), 400, "bad_request");
}

TEST(FilesByName, ReturnsTheNewestContent) {
  const LiveServer server;
  const TaskClient ann(server.url(), "ann");
  const std::string content = wav(0.2, 1);
  const std::string old = ann.task(ann.file("song.wav", content), "mp3");
  ASSERT_EQ(ann.ended(old), "PROCESSED");
  const std::string id = ann.task(ann.file("song.mp3", content), "flac");
  ASSERT_EQ(ann.ended(id), "PROCESSED");
  EXPECT_EQ(ann.api().get("/api/files/song.mp3").body, content) << "an upload after the conversion";
  ASSERT_EQ(
      ann.api()
          .request("PUT", "/api/tasks/" + old, {"-d", "newFormat=mp3", "-d", "options={\"bitrate\":96000}"})
          .status,
      200);
  ASSERT_EQ(ann.ended(old), "PROCESSED");
  EXPECT_EQ(ann.api().get("/api/files/song.mp3").body, ann.api().get("/api/tasks/" + old + "/output").body)
      << "a conversion after the upload";
}

TEST(FilesByName, SelectsOriginalOrResultByWhich) {
  const LiveServer server;
  const TaskClient ann(server.url(), "ann");
  const std::string content = wav(0.2, 1);
  const std::string id = ann.task(ann.file("song.wav", content), "flac");
  ASSERT_EQ(ann.ended(id), "PROCESSED");
  const std::string result = ann.api().get("/api/tasks/" + id + "/output").body;
  EXPECT_EQ(ann.api().get("/api/files/song.wav").body, content);
  EXPECT_EQ(ann.api().get("/api/files/song.wav?which=converted").body, result);
  EXPECT_EQ(ann.api().get("/api/files/song.flac?which=original").body, content);
  EXPECT_EQ(ann.api().get("/api/files/song").body, result) << "without an extension";
  EXPECT_EQ(ann.api().get("/api/files/song?which=original").body, content);
  expect_problem(ann.api().get("/api/files/son"), 404, "not_found");
  expect_problem(ann.api().get("/api/files/song?which=both"), 400, "invalid_argument");
}

TEST(FilesByName, DownloadsTheOriginalAsAttachment) {
  const LiveServer server([](LiveSettings& settings) { settings.starts_engine = false; });
  const TaskClient ann(server.url(), "ann");
  const std::string id = ann.task(ann.file("song.wav", wav(0.2, 1)), "flac");
  EXPECT_THAT(ann.api().get("/api/download/" + id).field("Content-Disposition").value_or(""),
              testing::StartsWith("attachment;"));
  EXPECT_THAT(ann.api().get("/api/tasks/" + id + "/input").field("Content-Disposition").value_or(""),
              testing::StartsWith("inline;"));
}

TEST_F(Files, AreReadableToTheEndAfterDeletion) {
  NEED_DIRECT_CONNECTION();
  upload(counted(20'000'000));
  RawConnection wire(server.port(), 4'096);
  wire.send("GET " + input + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + ann.api().token() +
            "\r\n\r\n");
  ASSERT_TRUE(wire.head());
  EXPECT_EQ(wire.read(1'000), text.substr(0, 1'000));
  const std::string task = input.substr(0, input.rfind('/'));
  EXPECT_EQ(ann.api().request("DELETE", task).status, 200);
  EXPECT_EQ(blobs(server), 0u);
  EXPECT_TRUE(wire.read(text.size() - 1'000) == text.substr(1'000));
}

TEST(Outputs, UseTheirHashAsETagUntilTheyExpire) {
  LiveServer server([](LiveSettings& settings) {
    settings.engine.retention.outputs = std::chrono::seconds(0);
    settings.engine.cleanup_interval = std::chrono::hours(1);
  });
  const TaskClient ann(server.url(), "ann");
  const std::string id = ann.task(ann.file("song.wav", wav(0.2, 1)), "flac");
  ASSERT_EQ(ann.ended(id), "PROCESSED");
  const std::string task = "/api/tasks/" + id;
  const auto output = ann.api().get(task + "/output");
  EXPECT_EQ(output.field("ETag"), "\"" + member(ann.api().get(task).body, "sha256") + "\"");
  EXPECT_EQ(output.field("Content-Type"), "audio/flac");
  EXPECT_THAT(output.field("Content-Disposition").value_or(""), HasSubstr("song.flac"));
  ASSERT_TRUE(server.engine().sweep());
  expect_problem(ann.api().get(task + "/output"), 404, "expired");
  expect_problem(ann.api().get(task + "/outputs/song.flac"), 404, "expired");
  expect_problem(ann.api().get("/api/files/song.flac"), 404, "not_found");
}

}  // namespace
}  // namespace convert::test
