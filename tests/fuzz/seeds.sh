# SPDX-License-Identifier: MIT
# Sourced by run.sh: seeds TARGET FOLDER fills a folder with small inputs to start from.
# Every program is optional: what cannot be made is left out.

seeds_spec() {
  printf '{"format":"m4a","codec":"aac","bitrate":192000,"sample_rate":"44.1k","channels":"stereo"}' >"$1/sound.json"
  printf '{"start":1.5,"end":"1:02.5","loudness":-16,"true_peak":"-1 dBTP","sample_format":"s24"}' >"$1/times.json"
  printf '{"metadata":"replace","tags":{"Title":"A \\"song\\"\\n","artist":"Zo\\u00eb \\ud83d\\ude00"}}' >"$1/tags.json"
  printf '{"format":"tar.zst","level":19,"entry":"folder/file.txt","track":0}' >"$1/archive.json"
  printf 'bitrate=1.5M\nstart=500ms\nend=1:02:03.25\nvolume=-6 dB\ntags.title=Song\n' >"$1/words"
  printf 'quality=6.5\nloudness=-16 LUFS\nchannels=5.1\ncodec=copy\nmetadata=strip\n' >"$1/more-words"
}

# tone FILE [FFMPEG OPTION...]: a fifth of a second of a tone, twice, with two of the eight control bytes in
# front that say to probe.cpp and audio.cpp how to read it and what to make.
tone() {
  file=$1
  shift
  ffmpeg -nostdin -v error -y -f lavfi -i sine=frequency=440:sample_rate=16000:duration=0.2 -ac 1 "$@" \
    "$scratch/$file" </dev/null >/dev/null 2>&1 || return 0
  turn=$(((turn + 1) % 4))
  for control in $turn $((7 - turn)); do
    { printf "\\00$control"; cat "$scratch/$file"; } >"$folder/$control-$file"
  done
}

seeds_media() {
  folder=$1 turn=0
  command -v ffmpeg >/dev/null || {
    echo "ffmpeg is missing: no seeds for media" >&2
    return 0
  }
  tags='-metadata title=Song -metadata artist=Somebody -metadata track=3'
  for form in mp3 flac ogg opus m4a wma mka wav aiff; do
    case $form in
      ogg) codec='-c:a libvorbis' ;;
      *) codec= ;;
    esac
    # shellcheck disable=SC2086  # several words each
    tone "plain.$form" $codec -map_metadata -1
    # shellcheck disable=SC2086
    tone "tagged.$form" $codec $tags
  done
  tone plain.aac
  tone plain.ac3 -ar 32000
  tone alac.m4a -c:a alac
  tone fragmented.m4a -movflags +frag_keyframe+empty_moov
  tone 8k.wav -ar 8000 -c:a pcm_u8
  tone float.wav -ar 8000 -c:a pcm_f32le
  tone id3v1.mp3 -write_id3v1 1 -metadata title=Song
  tone pcm.mka -c:a pcm_s16le
  picture='-f lavfi -i color=size=32x32:rate=5:duration=0.2'
  # shellcheck disable=SC2086
  tone video.mp4 $picture -c:v mpeg4 -c:a aac
  # shellcheck disable=SC2086
  tone video.avi $picture -c:v mpeg4 -c:a mp3
  # shellcheck disable=SC2086
  tone video.webm $picture -c:v libvpx -c:a libopus
  printf '\0#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1/a.mp3\n' >"$folder/playlist.m3u8"
  printf "\\0ffconcat version 1.0\nfile '/etc/passwd'\n" >"$folder/concat.txt"
}

seeds_probe() { seeds_media "$1"; }
seeds_audio() { seeds_media "$1"; }

seeds_archive() {
  folder=$(cd "$1" && pwd)
  (
    cd "$scratch" && mkdir -p tree/folder && printf 'hello\n' >tree/a.txt &&
      head -c 2000 /dev/zero >tree/folder/zeros && ln -sf a.txt tree/link || exit 0
    tar -cf "$folder/small.tar" tree
    tar -C tree -cf "$folder/ustar.tar" --format=ustar a.txt
    for pair in gzip:gz bzip2:bz2 xz:xz zstd:zst; do
      program=${pair%:*} suffix=${pair#*:}
      command -v "$program" >/dev/null || continue
      "$program" -c <tree/a.txt >"$folder/a.txt.$suffix"
      "$program" -c <"$folder/small.tar" >"$folder/small.tar.$suffix"
    done
    if command -v zip >/dev/null; then
      zip -qry "$folder/small.zip" tree
      zip -qr0 "$folder/stored.zip" tree
      zip -qr -P secret "$folder/encrypted.zip" tree
      zip -qr - tree | cat >"$folder/streamed.zip"
    fi
    if command -v 7z >/dev/null; then
      7z a -bd -y "$folder/small.7z" tree >/dev/null
      7z a -bd -y -psecret -mhe=on "$folder/encrypted.7z" tree >/dev/null
    fi
  )
}

# A kind (see wire.cpp; 0: over a socket), and a message of that kind.
seeds_channel() {
  printf '\0\3\1\1x\4\2\0yz\4\2\1yz' >"$1/packets"
  printf '\2\7\0\0\0\6\0\0\0folder' >"$1/ready"
  printf '\10\5\0\0\0a.mp3' >"$1/create"
  printf '\11\0\0\0\0\1\0\0\0\0\0\0\0\20\0\0\0' >"$1/read"
  printf '\12\0\0\0\0\1\0\0\0\0\0\0\0\3\0\0\0abc' >"$1/write"
  printf '\15\1\4\0\0\0text' >"$1/warning"
  printf '\16\0\5\4\0\0\0text\0' >"$1/finished-error"
  head -c 120 /dev/zero | sed '1s/^/\x0e\x01/' >"$1/finished-probe"
  head -c 120 /dev/zero | sed '1s/^/\x0e\x02/' >"$1/finished-plan"
  printf '\16\3\0\0\0\0\0\0\0\0\0\0\0\0' >"$1/finished-report"
}

# seeds TARGET FOLDER
seeds() {
  mkdir -p "$2"
  scratch=$(mktemp -d) || return 1
  "seeds_$1" "$2"
  rm -rf "$scratch"
}
