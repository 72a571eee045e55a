// SPDX-License-Identifier: MIT
// Playlists, manifests and scripts refer to other files and addresses. None is ever opened.
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

#include "media/media_support.hpp"

namespace convert::test {
namespace {

/// A descriptor that becomes readable when a client connects.
class Watch {
 public:
  explicit Watch(int descriptor) : descriptor_(descriptor) {}
  ~Watch() { ::close(descriptor_); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  int get() const { return descriptor_; }
  bool somebody_came() const {
    pollfd one{descriptor_, POLLIN, 0};
    return ::poll(&one, 1, 0) > 0;
  }

 private:
  int descriptor_;
};

/// A listening socket on this machine; `port` is its port.
int listen_somewhere(int& port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  EXPECT_EQ(::bind(descriptor, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(::listen(descriptor, 4), 0);
  EXPECT_EQ(::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size), 0);
  port = ntohs(address.sin_port);
  return descriptor;
}

/// `{file}` and `{address}` are replaced.
struct List {
  std::string name;
  std::string content;
  Errc code = Errc::external_reference;
};
std::ostream& operator<<(std::ostream& out, const List& list) { return out << list.name; }

class References : public testing::TestWithParam<List> {};

TEST_P(References, AreNotOpened) {
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  const auto secret = folder / "secret.wav";
  std::filesystem::copy(music, secret);
  const Watch file(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  ASSERT_GE(::inotify_add_watch(file.get(), secret.c_str(), IN_OPEN | IN_ACCESS), 0);
  int port = 0;
  const Watch socket(listen_somewhere(port));

  const auto content = fmt::format(fmt::runtime(GetParam().content), fmt::arg("file", secret.string()),
                                   fmt::arg("address", fmt::format("http://127.0.0.1:{}/a.wav", port)),
                                   fmt::arg("port", port));
  for (const std::string& name : {GetParam().name, std::string("song.mp3")}) {
    write_file(folder / name, content);
    const auto report = convert(folder / name, folder / "out.wav");
    ASSERT_FALSE(report) << name;
    expect_error(report.error(), GetParam().code);
    EXPECT_FALSE(std::filesystem::exists(folder / "out.wav"));
    auto reader = open_file(folder / name);
    ASSERT_TRUE(reader);
    const auto info = Library().probe({reader->get(), name});
    ASSERT_FALSE(info) << name;
    expect_error(info.error(), GetParam().code);
  }
  EXPECT_FALSE(file.somebody_came()) << "the named file was opened";
  EXPECT_FALSE(socket.somebody_came()) << "the named address was called";
}

INSTANTIATE_TEST_SUITE_P(
    Lists, References,
    testing::Values(
        List{"hls.m3u8",
             "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{address}\n#EXT-X-ENDLIST\n"},
        List{"hls_file.m3u8",
             "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile://{file}\n#EXT-X-ENDLIST\n"},
        List{"ffconcat.txt", "ffconcat version 1.0\nfile '{file}'\nfile '{address}'\n"},
        List{"concat.txt", "file '{file}'\nfile '{address}'\n"},
        List{"comment.txt", "# a list for the concat demuxer\nfile '{file}'\n"},
        List{"unquoted.txt", "file {file}\nfile {file}\n"},
        List{"list.m3u", "#EXTM3U\n#EXTINF:3,Song\n{file}\n{address}\n"},
        List{"plain.m3u", "{address}\n{file}\n"},
        List{"paths.m3u", "{file}\n{file}\n", Errc::unrecognized_input},
        List{"list.pls", "[playlist]\nFile1={address}\nFile2={file}\nNumberOfEntries=2\nVersion=2\n"},
        List{
            "dash.mpd",
            "<?xml version=\"1.0\"?>\n<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\"><Period><AdaptationSet>"
            "<Representation><BaseURL>{address}</BaseURL></Representation></AdaptationSet></Period></MPD>\n"},
        List{"call.sdp",
             "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio {port} RTP/AVP 0\n"},
        List{"disc.cue",
             "PERFORMER \"Somebody\"\nFILE \"{file}\" WAVE\n  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n"},
        List{"list.asx", "<asx version=\"3.0\"><entry><ref href=\"{address}\"/></entry></asx>\n"},
        List{"list.xspf",
             "<?xml version=\"1.0\"?><playlist xmlns=\"http://xspf.org/ns/0/\"><trackList><track><location>"
             "{address}</location></track></trackList></playlist>\n"}),
    [](const auto& list) {
      auto name = list.param.name;
      std::replace(name.begin(), name.end(), '.', '_');
      return name;
    });

// QuickTime can store its samples in another file.
TEST(DataReference, InAMovieIsNotOpened) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  const auto movie = folder / "a.mov";
  ASSERT_EQ(run("ffmpeg -v error -i " + quoted(music) + " " + quoted(movie)).status, 0);
  auto content = read_file(movie);
  // Replaces the self-contained reference ("url ", flags 1) by one to a file (flags 0).
  const auto place = content.find(std::string("url \0\0\0\1", 8));
  ASSERT_NE(place, std::string::npos);
  content[place + 7] = 0;
  write_file(movie, content);
  int port = 0;
  const Watch socket(listen_somewhere(port));
  const auto report = convert(movie, folder / "out.wav");
  EXPECT_FALSE(socket.somebody_came());
  if (!report) expect_error(report.error(), report.error().code);
}

}  // namespace
}  // namespace convert::test
