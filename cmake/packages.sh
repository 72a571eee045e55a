# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# The Debian 12 packages for each purpose, and need(), which installs those that are missing.
# Sourced by run.sh and test.sh, which set $root (the project's folder).
# With CONVERT_SKIP_PACKAGES=1 in the environment, nothing is installed.

packages_build='g++ cmake ninja-build mold pkg-config
  libavformat-dev libavcodec-dev libavutil-dev libswresample-dev libebur128-dev
  libarchive-dev zlib1g-dev libfmt-dev libboost1.81-dev
  libsqlite3-dev libssl-dev libseccomp-dev libsodium-dev libpq-dev libcurl4-openssl-dev'
packages_demo='curl jq singularity-music'
packages_test='libgtest-dev libgmock-dev binutils
  ffmpeg mpg123 flac opus-tools vorbis-tools
  curl jq unzip zip p7zip-full tar gzip bzip2 xz-utils zstd zzuf python3
  singularity-music asterisk-moh-opsound-wav sound-theme-freedesktop opencv-doc renpy-demo'
packages_backends='postgresql pgbouncer radosgw ceph-mon ceph-osd ceph-common openssl python3-venv'
packages_cluster='iproute2 util-linux haproxy faketime'
packages_check='clang-format'
packages_tidy='clang-tidy'
packages_fuzz='clang libclang-rt-14-dev llvm'
packages_bench='libbenchmark-dev python3-pydub ffmpeg zip p7zip-full'
packages_peers='redis-server redis-tools postgresql'
packages_s3='radosgw ceph-mon ceph-osd ceph-common rclone'
packages_service='nginx wrk python3-flask gunicorn celery python3-celery python3-redis python3-jwt
  python3-pydub redis-server curl'
packages_node='nodejs npm'

# fail MESSAGE: prints it and exits.
fail() {
  echo "$*" >&2
  exit 1
}

# apt ARGUMENT...: apt-get as root, without questions.
apt() {
  # shellcheck disable=SC2086
  $become env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@"
}

# missing_of PACKAGE...: prints those that are not installed.
missing_of() {
  installed=" $(dpkg-query -W -f '${db:Status-Status}:${Package} ' "$@" 2>/dev/null || true)"
  for package in "$@"; do
    case $installed in
      *" installed:$package "*) ;;
      *) printf '%s ' "$package" ;;
    esac
  done
}

# need PURPOSE...: installs the missing packages for these purposes.
need() {
  [ -z "${CONVERT_SKIP_PACKAGES:-}" ] || return 0
  wanted=
  for purpose in "$@"; do
    eval "wanted=\"\$wanted \$packages_$purpose\""
  done
  # shellcheck disable=SC2086
  if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-query >/dev/null 2>&1; then
    fail "This is not Debian, so packages cannot be installed. Install these (names of Debian 12) yourself:
$(printf '%s ' $wanted)
Then set CONVERT_SKIP_PACKAGES=1 and try again."
  fi
  # shellcheck disable=SC2086
  missing=$(missing_of $wanted)
  [ -n "$missing" ] || return 0

  become=
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || fail "Packages are missing, and sudo is not available. Run as root:
apt-get update && apt-get install --no-install-recommends $missing"
    become=sudo
  fi
  echo "Installing missing packages: $missing" >&2
  mkdir -p "$root/build"
  log=$root/build/apt.log
  # shellcheck disable=SC2086
  if ! { apt-cache show $missing >/dev/null 2>&1 &&
    apt install -y --no-install-recommends $missing >"$log" 2>&1; }; then
    # The package lists are missing or outdated.
    { apt update && apt install -y --no-install-recommends $missing; } >"$log" 2>&1 || {
      cat "$log" >&2
      fail "apt-get could not install: $missing
(The names are those of Debian 12; this is $(. /etc/os-release && echo "$PRETTY_NAME").)"
    }
  fi
}

# need_media: small Debian images omit /usr/share/doc, which contains some media for the tests. In that case
# they are unpacked below build/media, and CONVERT_TEST_MEDIA names that folder for the tests.
need_media() {
  sample=usr/share/doc/opencv-doc/opencv4/html/cup.mp4.gz
  [ ! -e "/$sample" ] || return 0
  CONVERT_TEST_MEDIA=$root/build/media
  export CONVERT_TEST_MEDIA
  [ ! -e "$CONVERT_TEST_MEDIA/$sample" ] || return 0
  echo "Unpacking the media of opencv-doc into build/media" >&2
  mkdir -p "$CONVERT_TEST_MEDIA"
  (
    cd "$CONVERT_TEST_MEDIA" && apt-get -qq -o APT::Sandbox::User=root download opencv-doc &&
      dpkg --fsys-tarfile opencv-doc_*.deb | tar -x --wildcards '*.mp4.gz' '*.avi' && rm opencv-doc_*.deb
  ) ||
    echo "Could not unpack them; the tests that need them will be skipped." >&2
}

# need_moto: moto, a simulation of AWS, in a virtual environment below build/. CONVERT_MOTO names its
# interpreter for the tests. Without PyPI, the tests that need it are skipped.
need_moto() {
  CONVERT_MOTO=$root/build/moto/bin/python3
  export CONVERT_MOTO
  pinned=$root/tests/support/moto/requirements.txt
  ! cmp -s "$pinned" "$root/build/moto/installed" || return 0
  echo "Installing moto into build/moto" >&2
  mkdir -p "$root/build"
  if ! { python3 -m venv --clear "$root/build/moto" &&
    "$CONVERT_MOTO" -m pip install --quiet --disable-pip-version-check --no-deps -r "$pinned" &&
    cp "$pinned" "$root/build/moto/installed"; } >"$root/build/moto.log" 2>&1; then
    rm -rf "$root/build/moto"
    echo "Could not install it; the tests that need it will be skipped." >&2
  fi
}
