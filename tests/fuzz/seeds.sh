# SPDX-License-Identifier: MIT
# Sourced by run.sh: seeds TARGET FOLDER fills a folder with small inputs to start from.
# Every program is optional: what cannot be made is left out.

seeds_spec() {
  printf '{"format":"m4a","codec":"aac","bitrate":192000,"sample_rate":"44.1k","channels":"stereo"}' \
    >"$1/audio.json"
  printf '{"start":1.5,"end":"1:02.5","loudness":-16,"true_peak":"-1 dBTP","sample_format":"s24"}' \
    >"$1/times.json"
  printf '{"metadata":"replace","tags":{"Title":"A \\"song\\"\\n","artist":"Zo\\u00eb \\ud83d\\ude00"}}' \
    >"$1/tags.json"
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
  tags='-metadata title=Song -metadata artist=Artist -metadata track=3'
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

# A kind (see messages.cpp; 0: over a socket), and a message of that kind.
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

# A byte that says how the rest is cut into pieces, and a header.
seeds_http_head() {
  printf '\1GET / HTTP/1.1\r\nHost: localhost:8080\r\nConnection: keep-alive, close\r\n\r\n' >"$1/get"
  printf '\2POST /a?b=c HTTP/1.1\r\nHost: [::1]\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello' \
    >"$1/length"
  printf '\3PUT http://a/b HTTP/1.1\r\nhost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n' >"$1/chunked"
  printf '\4\r\nGET / HTTP/1.0\r\n\r\n' >"$1/old"
  printf '\5POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\nContent-Length: 5, 5\r\n\r\n' \
    >"$1/both"
  printf '\6GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n' >"$1/folded"
}

seeds_chunks() {
  printf '\0015\r\nhello\r\nA;name=value;b\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\nGET' >"$1/all"
  printf '\0020\r\n\r\n' >"$1/empty"
  printf '\003ffffffffffffffff\r\nx' >"$1/huge"
}

# The boundary is B.
seeds_multipart() {
  {
    printf '\1--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    printf -- '--B\r\nContent-Disposition: form-data; name="file"; filename="a.mp3"\r\n'
    printf 'Content-Type: audio/mpeg\r\n\r\n\r\n--\r\r\n\r\n--B--\r\nend'
  } >"$1/two"
  printf '\2before\r\n--B \r\n\r\n--B--' >"$1/empty"
  printf '\3--B\r\nContent-Transfer-Encoding: base64\r\n\r\n' >"$1/encoded"
}

# A byte for the size, a line for Range and If-Match, one for If-Range and If-None-Match, the rest a date.
seeds_range() {
  printf '\2bytes=0-9,20-,-5\n"tag"\nSun, 06 Nov 1994 08:49:37 GMT' >"$1/parts"
  printf '\3bytes=5000-5009, 0-0\nW/"tag", "b"\nSunday, 06-Nov-94 08:49:37 GMT' >"$1/weak"
  printf '\4*\nSun Nov  6 08:49:37 1994\n' >"$1/star"
}

# A byte for the method, and a target.
seeds_router() {
  printf '\0/a/b%%20c/b/%%C3%%A9?x=1&y=%%41' >"$1/parameters"
  printf '\0http://localhost:8080/m/deep/x?q' >"$1/absolute"
  printf '\6*' >"$1/asterisk"
  printf '\0/a/%%2e%%2E/%%2F' >"$1/dots"
}

seeds_form() {
  printf 'a=1&b=x+y%%2B&c&=d&%%C3%%A9=' >"$1/form"
  printf 'multipart/form-data; boundary="a b"; charset=utf-8' >"$1/type"
  printf 'gzip;q=0.5, *;q=0, identity;q=1.000, "a,b"' >"$1/codings"
  printf '[::1]:8080' >"$1/host"
}

seeds_disposition() {
  printf 'form-data; name="file"; filename="C:\\a\\b \"c\".mp3"' >"$1/quoted"
  printf "form-data; name=a; filename=x; filename*=UTF-8'en'%%e2%%82%%ac.mp3" >"$1/extended"
  printf "form-data; filename*=ISO-8859-1''caf%%E9" >"$1/latin"
  printf '../../con .tar.gz..' >"$1/path"
  printf 'lpt3%252s(live)' '' >"$1/long-device"
  printf '%300s%s' '' abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz | tr ' ' . >"$1/long-dots"
}

seeds_event_id() {
  printf '1234567890123456789' >"$1/id"
  printf '{"id":1}\ndata: x\r\n\r\nevent: y\r' >"$1/lines"
}

# A byte that says what the fields are about, and a JSON object, a form or a multipart body (boundary xyz).
seeds_aliases() {
  printf '\0{"nombre":"a","email":"a@b.c","password":"x","password_confirmation":"x"}' >"$1/signup.json"
  {
    printf '\5{"newFormat":"mp3","options":{"bitrate":128000,"tags":{"title":"\\u00e9"}},'
    printf '"priority":-1.5e3,"x":null}'
  } >"$1/task.json"
  printf '\5extension_convertir=mp3&nombre=a.wav&newFormat=mp3' >"$1/task"
  printf '\6max_tasks=5&max=6&order=1' >"$1/list"
  printf '\1--xyz\r\nContent-Disposition: form-data; name="user"\r\n\r\nme\r\n--xyz--\r\n' >"$1/login.parts"
}

# A byte and a place, then another byte: see token.cpp. The second is a token of the form that others make.
seeds_token() {
  printf '\0\5x' >"$1/changed"
  printf '\0eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJhIiwiZXhwIjo5OTk5OTk5OTk5fQ.' >"$1/none"
  {
    printf '\0eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImEifQ.'
    printf 'eyJpc3MiOiJjb252ZXJ0ZCIsInN1YiI6ImEiLCJpYXQiOjEsImV4cCI6OTk5OTk5OTk5OSwidmVyIjoxfQ.AAAA'
  } >"$1/forged"
}

# A byte for the kind, then XML, a URL, a date, a file of profiles, a failure of S3 or the URI of a bucket:
# see answers_fuzz.cpp.
seeds_answers() {
  printf '\0<?xml version="1.0"?><L xmlns="x"><C><Key>a&amp;&#233;</Key></C><!-- --><s:C/><![CDATA[<]]></L>' \
    >"$1/list.xml"
  printf '\1https://[::1]:9000/a%%20b/?list-type=2&prefix=%%2F+' >"$1/url"
  printf '\2Sun, 06 Nov 1994 08:49:37 GMT' >"$1/date"
  printf '\0022030-01-01T01:00:00.000Z' >"$1/iso"
  printf '\3[default]\naws_access_key_id = a\n[profile "b c"]\nrole_arn=x\ns3 =\n  y = z\n# c\n' \
    >"$1/profiles"
  printf '\4\3<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code><Message>a\tb.</Message></Error>' \
    >"$1/denied"
  printf '\4\0  <Error><Code>SlowDown</Code><Region>eu-west-1</Region></Error>' >"$1/slow"
  printf '\5s3://bucket/a/b?endpoint=http://[::1]:9000&region=eu-west-1&path_style=true&sse=aws:kms&kms_key=a' \
    >"$1/bucket"
  printf '\5s3-1.0123456789abcdef.0123456789abcdef.1.2.3.0123456789abcdef.id' >"$1/token"
}

# seeds TARGET FOLDER
seeds() {
  mkdir -p "$2"
  scratch=$(mktemp -d) || return 1
  "seeds_$1" "$2"
  rm -rf "$scratch"
}
