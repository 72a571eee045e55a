// SPDX-License-Identifier: MIT
#include <unistd.h>

#include <fmt/format.h>

#include "media/media_support.hpp"

namespace convert::test {
namespace fs = std::filesystem;
namespace {

const std::string kMusic = "'/usr/share/games/singularity/music/Media Threat.ogg'";
const std::string kCalm = "'/usr/share/games/singularity/music/Nebula.ogg'";
const std::string kPhone = "/usr/share/asterisk/moh/macroform-cold_day.wav";
const std::string kDemo = "/usr/share/games/renpy/demo/game/";
// Root of packages that were unpacked instead of installed; usually not set, so that it expands to nothing.
const std::string kDoc = "\"$CONVERT_TEST_MEDIA\"/usr/share/doc/opencv-doc/";
const std::string kClips = kDoc + "opencv4/html/";

// The length is not a multiple of any codec's frame size.
const std::string kExcerpt = "-ss 30 -t 10.007 -i " + kMusic;
const std::string kFfmpeg = "ffmpeg -v error -y ";

/// How each sample is made; "{}" is the file to write.
const std::map<std::string, std::string>& recipes() {
  static const std::map<std::string, std::string> all = {
      {"music.wav", kFfmpeg + kExcerpt + " -ac 2 -ar 44100 -map_metadata -1 -c:a pcm_s16le {}"},
      {"short.wav", kFfmpeg + "-ss 60 -t 3.001 -i " + kMusic + " -map_metadata -1 -c:a pcm_s16le {}"},
      {"long.wav", kFfmpeg + "-t 100 -i " + kMusic + " -map_metadata -1 -c:a pcm_s16le {}"},
      {"phone.wav", kFfmpeg + "-ss 20 -t 10.0071 -i " + kPhone + " -map_metadata -1 -c:a pcm_s16le {}"},
      {"studio.wav", kFfmpeg + kExcerpt + " -ar 96000 -map_metadata -1 -c:a pcm_s24le {}"},
      {"float.wav", kFfmpeg + kExcerpt + " -map_metadata -1 -c:a pcm_f32le {}"},
      {"surround.wav", kFfmpeg + kExcerpt + " -ss 40 -t 10.007 -i " + kCalm +
                           " -filter_complex '[0:a][1:a]amerge=inputs=2,"
                           "pan=5.1|FL=.5*c0|FR=.5*c1|FC=.4*c2|LFE=.1*c3|BL=.3*c1|BR=.3*c2,"
                           "aresample=48000' -map_metadata -1 -c:a pcm_s16le {}"},
      {"quiet.wav",
       kFfmpeg + "-ss 30 -t 15 -i " + kCalm + " -af volume=-20dB -map_metadata -1 -c:a pcm_f32le {}"},
      {"loud.wav", kFfmpeg + "-ss 30 -t 15 -i " + kMusic +
                       " -af 'volume=14dB,alimiter=limit=0.97:level=0' -map_metadata -1 -c:a pcm_s16le {}"},
      {"cup.mp4", "gzip -dc " + kClips + "cup.mp4.gz > {}"},
      {"box.mp4", "gzip -dc " + kClips + "box.mp4.gz > {}"},
      {"launch.webm", "cp " + kDemo + "oa4_launch.webm {}"},
      {"punch.opus", "cp " + kDemo + "punch.opus {}"},
      {"vtest.avi", "head -c 1000000 " + kDoc + "examples/data/vtest.avi > {}"},
  };
  return all;
}

}  // namespace

fs::path sample(const std::string& name) {
  const auto recipe = recipes().find(name);
  if (recipe == recipes().end()) return {};
  const fs::path folder = CONVERT_SAMPLES;
  const auto made = folder / fmt::format("{:x}-{}", std::hash<std::string>()(recipe->second), name);
  if (fs::exists(made)) return made;
  fs::create_directories(folder);
  // Tests run in parallel: each makes its own file, and the last one is kept.
  const auto part = folder / fmt::format("{}-{}", ::getpid(), name);
  const auto ran = run(fmt::format(fmt::runtime(recipe->second), quoted(part)));
  std::error_code failure;
  if (ran.status != 0 || !fs::exists(part) || fs::file_size(part) < 1000) {
    fs::remove(part, failure);
    return {};
  }
  fs::rename(part, made, failure);
  return failure ? fs::path() : made;
}

}  // namespace convert::test
