#!/bin/sh
# SPDX-License-Identifier: MIT
# media.sh [FOLDER]: creates the media of the benchmarks in build/bench-media, from music of the Debian
# package singularity-music. Existing files are kept.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$root/build/bench-media}
music=/usr/share/games/singularity/music/Nebula.ogg

fail() {
  echo "$*" >&2
  exit 1
}

# make NAME OPTION...: runs ffmpeg and renames its output when it is complete.
make() {
  name=$1
  shift
  [ -e "$folder/$name" ] && return
  echo "Creating $name" >&2
  ffmpeg -nostdin -v error -y "$@" "$folder/.part-$name" || fail "ffmpeg could not make $name."
  mv "$folder/.part-$name" "$folder/$name"
}

command -v ffmpeg >/dev/null || fail "media.sh needs the program ffmpeg: apt-get install ffmpeg"
mkdir -p "$folder/out"

if [ -r "$music" ]; then
  make song.wav -i "$music" -t 186 -ac 2 -ar 44100 -c:a pcm_s16le -map_metadata -1 -metadata title=Nebula
else
  echo "singularity-music is not installed: noise and tones instead of music" >&2
  make song.wav -f lavfi -i \
    'anoisesrc=d=186:c=pink:a=0.2:r=44100,asplit[a][b];[b]tremolo=f=3:d=0.8,lowpass=900[c];'\
'[a][c]join=inputs=2' \
    -ac 2 -c:a pcm_s16le -metadata title=Nebula
fi
make song.mp3 -i "$folder/song.wav" -c:a libmp3lame -b:a 128k
make song.m4a -i "$folder/song.wav" -c:a aac -b:a 128k
make song.flac -i "$folder/song.wav" -c:a flac
make song.ogg -i "$folder/song.wav" -c:a libvorbis -q:a 4
make song.opus -i "$folder/song.wav" -c:a libopus -b:a 96k
make second.wav -ss 60 -i "$folder/song.wav" -t 1 -c:a pcm_s16le
make second.mp3 -i "$folder/second.wav" -c:a libmp3lame -b:a 128k
make blink.wav -ss 60 -i "$folder/song.wav" -t 0.05 -c:a pcm_s16le
make clip.mp4 -f lavfi -i testsrc=d=120:s=480x272:r=25 -i "$folder/song.wav" -shortest \
  -c:v mpeg4 -b:v 160k -c:a aac -b:a 128k -movflags +faststart

# The files for archives: text, a compressed song, and PCM audio.
if [ ! -e "$folder/files" ]; then
  rm -rf "$folder/.part-files"
  mkdir "$folder/.part-files"
  headers=$(find /usr/include/c++ -path '*/bits/*.h' -type f | sort | head -n 150)
  [ -n "$headers" ] || fail "There are no C++ headers below /usr/include/c++ to make an archive of."
  echo "$headers" | while IFS= read -r file; do
    cp "$file" "$folder/.part-files/$(echo "$file" | tr / _)"
  done
  cp "$folder/song.mp3" "$folder/.part-files/song.mp3"
  head -c 6000000 "$folder/song.wav" >"$folder/.part-files/part.wav"
  mv "$folder/.part-files" "$folder/files"
fi
