# shellcheck shell=bash
# lib.sh - what every script of this tree shares. Source it, do not run it.
#
#   set -eu
#   . "$(dirname "$0")/lib.sh"
#
# Environment it honours (all optional):
#   BUILD     directory for everything generated   (default: <top>/build)
#   PLATFORM  file below configs/platform          (default: x86)
#   PROFILE   files below configs/profile, joined by '+' (default: vm)
#   JOBS      parallel jobs                         (default: number of CPUs)
# Variables it sets: TOP BUILD PLATFORM PROFILE ARCH JOBS OBJ, all exported.

LC_ALL=C
TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=${BUILD:-$TOP/build}
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
PLATFORM=${PLATFORM:-x86}
PROFILE=${PROFILE:-vm}
JOBS=${JOBS:-$(nproc)}
prog=$(basename "$0")

# note MSG...: progress for a reader, on stderr, so that stdout stays data.
note() { printf '%s: %s\n' "$prog" "$*" >&2; }

# warn MSG...: something a user should look at; does not stop.
warn() { printf '%s: warning: %s\n' "$prog" "$*" >&2; }

# die MSG...: one line that names file, line and cure; exit status 1.
die() { printf '%s: error: %s\n' "$prog" "$*" >&2; exit 1; }

# usage_error MSG...: the call is wrong; exit status 2.
usage_error() { printf '%s: %s; see %s --help\n' "$prog" "$*" "$prog" >&2; exit 2; }

# step N M MSG...: numbered progress with the seconds since the script began.
step() {
	local n=$1 m=$2
	shift 2
	printf '[%s/%s] %4ss %s\n' "$n" "$m" "$SECONDS" "$*" >&2
}

# help_from_head FILE: print the comment block at the head of FILE, the text
# that --help shows. It starts on line 2 and ends at the first other line.
help_from_head() { sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p;}' "$1"; }

# want_help ARG...: if --help or -h is the first argument, print the head
# comment of the running script and exit 0.
want_help() {
	case ${1:-} in
	-h|--help) help_from_head "$0"; exit 0 ;;
	esac
}

# need CMD PACKAGE: die unless CMD is on PATH; name the package that has it.
need() {
	command -v "$1" >/dev/null 2>&1 ||
		die "'$1' is missing; install it: apt-get install $2 (or run: make setup)"
}

# lock_get KEY: print the value of KEY (the rest of its line) in kernel.lock.
# Fails if the key is absent or stands there twice.
lock_get() {
	awk -v k="$1" -v f="$TOP/kernel.lock" '
	$1 == k { sub(/^[^ \t]+[ \t]+/, ""); v = $0; n++ }
	END {
		if (n != 1) {
			printf "%s: key \"%s\" found %d times, wanted once\n", f, k, n > "/dev/stderr"
			exit 1
		}
		print v
	}' "$TOP/kernel.lock"
}

# version_get KEY: print the value of KEY (major, minor) in configs/version.
version_get() {
	local v
	v=$(sed -n "s/^$1=\([0-9][0-9]*\)\$/\1/p" "$TOP/configs/version")
	case $v in
	''|*[!0-9]*) die "configs/version: wanted one line '$1=<number>'" ;;
	esac
	printf '%s\n' "$v"
}

# our_version: print major and minor of configs/version, e.g. 1.0.
our_version() {
	local major minor
	major=$(version_get major) || exit 1
	minor=$(version_get minor) || exit 1
	printf '%s.%s\n' "$major" "$minor"
}

# local_version: print what our releases add to the upstream version, e.g.
# -1.0.stillwater. A platform beside the one that is named as its architecture adds
# its name (-1.0.stillwater.hygon), so that one repository can have both.
local_version() {
	local arch version flavour=''
	arch=$(arch_of "$PLATFORM") || exit 1
	version=$(our_version) || exit 1
	if [ "$PLATFORM" != "$arch" ] && [ -f "$TOP/configs/platform/$arch" ]; then
		flavour=.$PLATFORM
	fi
	printf -- '-%s.stillwater%s\n' "$version" "$flavour"
}

# release_string: print the release, e.g. 6.12.117-1.0.stillwater. `uname -r`
# is the same text.
release_string() {
	local base ours
	base=$(lock_get version) || exit 1
	ours=$(local_version) || exit 1
	printf '%s%s\n' "$base" "$ours"
}

# sha256_of FILE: print the SHA-256 of FILE as 64 hex digits.
sha256_of() { sha256sum <"$1" | cut -c1-64; }

# put FILE: copy stdin to FILE through a temporary name, so that FILE is
# either the old one or the whole new one; its time stamp stays if the content
# is the same.
put() {
	local tmp="$1.tmp.$$"
	cat >"$tmp" || { rm -f "$tmp"; return 1; }
	if cmp -s "$tmp" "$1"; then rm -f "$tmp"; else mv -f "$tmp" "$1"; fi
}

# arch_of PLATFORM: print the kernel's ARCH of a platform, read from the line
# `#@ arch=<name>` in configs/platform/PLATFORM.
arch_of() {
	local f="$TOP/configs/platform/$1" a
	[ -f "$f" ] || die "no platform '$1': configs/platform has: $(cd "$TOP/configs/platform" && echo *)"
	a=$(sed -n 's/^#@ arch=\([a-z0-9]*\)$/\1/p' "$f")
	[ -n "$a" ] || die "configs/platform/$1: the line '#@ arch=<name>' is missing"
	printf '%s\n' "$a"
}

# obj_dir: print the object directory of PLATFORM and PROFILE.
obj_dir() {
	local arch
	arch=$(arch_of "$PLATFORM") || exit 1
	printf '%s/%s-%s-%s\n' "$BUILD" "$arch" "$PLATFORM" "$PROFILE"
}

# left_to_full TOPIC: the runs that `make test` leaves to `make test-full`, by name, on
# one line; "*" is all. In tests/TOPIC/only-full the reason follows each.
left_to_full() {
	[ ! -f "$TOP/tests/$1/only-full" ] || awk '{ printf "%s ", $1 }' "$TOP/tests/$1/only-full"
}

export LC_ALL TOP BUILD PLATFORM PROFILE JOBS
