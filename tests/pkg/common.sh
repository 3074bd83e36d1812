# shellcheck shell=bash
# common.sh - what deb.test and rpm.test share: verdicts, a scratch root to
# install into, and the checks on an installed kernel. Source it.
#
# Sets ROOT (the scratch root), WORK (a scratch directory), and from pkg_open
# OBJ SRC REL PKG_VERSION PKG_RELEASE PKG_FLAVOUR.

# The root is written as root: a user name space gives that to anyone.
if [ "$(id -u)" != 0 ] && [ -z "${PKG_TEST_NS:-}" ]; then
	PKG_TEST_NS=1 exec unshare -rm "$0" "$@"
fi

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"
# shellcheck source=scripts/pkg-lib.sh
. "$TOP/scripts/pkg-lib.sh"
PATH=$PATH:/usr/sbin:/sbin
umask 022
pkg_open
mkdir -p "$BUILD/pkg-test"
WORK=$(mktemp -d "$BUILD/pkg-test/${prog%.test}.XXXXXX")
ROOT=$WORK/root
trap 'rm -rf "$WORK"' EXIT

count=0 failed=0

# t NAME CMD...: one test; CMD must return 0. What it prints is shown as
# diagnosis if it does not.
t() {
	local name=$1 ret=0
	shift
	count=$((count + 1))
	# In a subshell with -e, so that the first failing line of CMD counts.
	set +e
	( set -e; "$@" ) >"$WORK/log" 2>&1
	ret=$?
	set -e
	if [ $ret -eq 0 ]; then
		echo "ok $count $name"
	else
		failed=$((failed + 1))
		tail -n 20 "$WORK/log" | sed 's/^/# /'
		echo "not ok $count $name"
	fi
}

# plan N: the number of tests. finish: exit with the verdict.
plan() {
	echo "ktap version 1"
	echo "1..$1"
	planned=$1
}
finish() {
	[ $count -eq "$planned" ] || { echo "# planned $planned tests, ran $count"; exit 1; }
	[ $failed -eq 0 ]
}

# fail MSG...: end a test with a reason.
fail() { echo "$*"; return 1; }

# refused TEXT CMD...: CMD must fail with one line that contains TEXT.
refused() {
	local text=$1 out
	shift
	if out=$("$@" 2>&1 >/dev/null); then fail "not refused: $*"; return; fi
	printf '%s\n' "$out"
	[ "$(printf '%s\n' "$out" | grep -c 'error:')" = 1 ] && printf '%s\n' "$out" | grep -qF -- "$text"
}

# source_clean: packing left nothing in the source tree, ignored files included.
source_clean() {
	[ -z "$(git -C "$SRC" status --porcelain --ignored)" ]
}

# add_program PROGRAM...: copy programs of this machine, with the libraries
# that they need, into the scratch root.
add_program() {
	local p f
	for p; do
		p=$(command -v "$p") || return 1
		mkdir -p "$ROOT$(dirname "$p")"
		cp -L "$p" "$ROOT$p"
		ldd "$p" 2>/dev/null | grep -o '/[^ )]*' | while read -r f; do
			[ -e "$ROOT$f" ] || { mkdir -p "$ROOT$(dirname "$f")"; cp -L "$f" "$ROOT$f"; }
		done
	done
}

# make_root: a root in which maintainer scripts can run: the shell and the few
# programs that they use, depmod, and a uname that says what $ROOT/uname says.
make_root() {
	mkdir -p "$ROOT"/{usr/bin,usr/sbin,usr/lib,usr/lib64,boot,etc,var/lib,var/tmp,tmp,dev}
	local d
	for d in bin sbin lib lib64; do ln -s "usr/$d" "$ROOT/$d"; done
	add_program sh rm rmdir cp cmp mkdir cat ls depmod "$@"
	echo 'an older kernel' >"$ROOT/uname"
	printf '#!/bin/sh\ncat /uname\n' >"$ROOT/usr/bin/uname"
	chmod 755 "$ROOT/usr/bin/uname"
	: >"$ROOT/dev/null"
	chmod 666 "$ROOT/dev/null"
}

# list_root FILE: write all paths of the scratch root to FILE, but the package
# database and what test hooks and shells left.
list_root() {
	(cd "$ROOT" && find . -path ./var/lib -prune -o -path ./dev -prune -o ! -path ./hooks.log -print | sort) >"$1"
}

# check_depmod: every symbol that a module needs is there, and every module
# has the release in its vermagic.
check_depmod() {
	local ko
	depmod -b "$ROOT" -e -F "$1" "$REL" 2>"$WORK/depmod"
	[ ! -s "$WORK/depmod" ] || { cat "$WORK/depmod"; fail "depmod is not silent"; }
	[ -s "$ROOT/lib/modules/$REL/modules.dep" ] || fail "no modules.dep"
	find "$ROOT/lib/modules/$REL/kernel" -name '*.ko*' | while read -r ko; do
		[ "$(modinfo -F vermagic "$ko" | cut -d' ' -f1)" = "$REL" ] || fail "$ko: vermagic"
	done
	[ "$(find "$ROOT/lib/modules/$REL/kernel" -name '*.ko*' | wc -l)" = "$(wc -l <"$OBJ/modules.order")" ] ||
		fail "not all modules are packaged"
}

# build_hello DEVEL: build the hello module against the installed DEVEL tree,
# in an environment that knows nothing of this repository.
build_hello() {
	cp -r "$TOP/tests/pkg/hello" "$WORK/"
	env -i PATH="$PATH" HOME=/nonexistent make -C "$1" M="$WORK/hello" modules
	[ -f "$WORK/hello/hello.ko" ]
}

# check_hello DEVEL: hello carries the release, and for every symbol it uses
# the version that the package's Module.symvers gives.
check_hello() {
	local crc name n=0
	[ "$(modinfo -F vermagic "$WORK/hello/hello.ko" | cut -d' ' -f1)" = "$REL" ] || fail "vermagic"
	if grep -q '^CONFIG_MODVERSIONS=y' "$1/.config"; then
		modprobe --dump-modversions "$WORK/hello/hello.ko" >"$WORK/versions"
		while read -r crc name; do
			n=$((n + 1))
			awk -v c="$crc" -v s="$name" '$2 == s { found = $1 == sprintf("0x%08x", 0) || $1 == c } END { exit !found }' \
				"$1/Module.symvers" || fail "$name: version $crc is not the package's"
		done <"$WORK/versions"
		[ $n -ge 3 ] || fail "hello has $n symbol versions"
	fi
}

# no_build_path DIR...: no file names the directory it was built in.
no_build_path() {
	[ -d "$1" ]
	! grep -rlF -e "$OBJ" -e "$SRC" "$@"
}

# check_debuginfo IMAGE: the packaged vmlinux is that of the image and has
# debug information, and a packaged module's is found by its build id.
check_debuginfo() {
	local ko id vmlinux=$ROOT/usr/lib/debug/lib/modules/$REL/vmlinux
	"$TOP/scripts/pkg-same-build" "$1" "$vmlinux" "$SRC"
	readelf -SW "$vmlinux" | grep -q ' \.debug_info ' || fail "vmlinux has no .debug_info"
	id=$(readelf -n "$vmlinux" | sed -n 's/^ *Build ID: //p')
	cmp "$ROOT/usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug" "$vmlinux"
	ko=$(find "$ROOT/lib/modules/$REL/kernel" -name '*.ko' -print -quit)
	if readelf -SW "$ko" | grep -q ' \.debug_info '; then fail "$ko is not stripped"; fi
	id=$(readelf -n "$ko" | sed -n 's/^ *Build ID: //p')
	readelf -SW "$ROOT/usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug" | grep -q ' \.debug_info ' ||
		fail "$ko: no debug information by build id"
	# crash and gdb need lines, not only names
	if command -v gdb >/dev/null; then
		gdb -batch -nx -ex 'info line start_kernel' "$vmlinux" 2>&1 | grep 'Line [0-9]* of .*init/main\.c'
	fi
}

# other_vmlinux: a vmlinux whose build id differs in one byte must be found.
other_vmlinux() {
	local vmlinux=$ROOT/usr/lib/debug/lib/modules/$REL/vmlinux at id
	cp "$vmlinux" "$WORK/other"
	id=$(readelf -n "$vmlinux" | sed -n 's/^ *Build ID: //p')
	at=$(LC_ALL=C grep -obUaP "\\x${id:0:2}\\x${id:2:2}\\x${id:4:2}\\x${id:6:2}\\x${id:8:2}" "$WORK/other" | head -n 1 | cut -d: -f1)
	printf '\125\252' | dd of="$WORK/other" bs=1 seek="$at" conv=notrunc status=none
	refused "has build id" "$TOP/scripts/pkg-same-build" "$1" "$WORK/other" "$SRC"
	rm -f "$WORK/other"
}

# boot_installed IMAGE: boot the installed image with hello and a packaged
# module (and what that one needs) loaded; every verdict must be ok.
boot_installed() {
	local dep=$ROOT/lib/modules/$REL/modules.dep main list=() args=() m id programs
	main=$(grep -oE '^[^:]*/virtio[^:/]*\.ko(|\.[a-z]+):' "$dep" | head -n 1 | tr -d :)
	[ -n "$main" ] || main=$(head -n 1 "$dep" | cut -d: -f1)
	case $main in
	*.ko) ;;
	'') fail "the image package has no module" ;;
	*) fail "$main: compressed modules cannot be loaded by the test's init" ;;
	esac
	# modules.dep names the deepest need last
	read -ra list <<<"$(sed -n "s|^$main:||p" "$dep")"
	for ((m = ${#list[@]} - 1; m >= 0; m--)); do args+=(--module "$ROOT/lib/modules/$REL/${list[m]}"); done
	args+=(--module "$ROOT/lib/modules/$REL/$main" --module "$WORK/hello/hello.ko")
	id=$(readelf -n "$ROOT/usr/lib/debug/lib/modules/$REL/vmlinux" | sed -n 's/^ *Build ID: //p')
	programs=$("$TOP/scripts/test-programs" pkg --src "$SRC")
	echo "packaged module: $main"
	"$TOP/scripts/boot" --quiet --name "pkg-${prog%.test}" --image "$1" "${args[@]}" --src "$SRC" \
		--program "$programs/pkg_boot" --timeout 180 \
		--append "pkg.release=$REL pkg.buildid=$id pkg.module=$(basename "$main" .ko)"
}

# kabi_list: the symbols that the kABI of this platform and profile promises, one
# a line, sorted; nothing if it promises none.
kabi_list() {
	local listed=$TOP/kabi/$PLATFORM/$PROFILE/whitelist
	[ -f "$listed" ] || return 0
	{
		echo module_layout
		sed 's/#.*//;/^\[/d;s/[ \t]*//g;/^$/d' "$listed"
	} | sort -u
}

# check_kabi_devel DIR: the headers in DIR carry the list, if there is one.
check_kabi_devel() {
	if [ -n "$(kabi_list)" ]; then
		cmp "$TOP/kabi/$PLATFORM/$PROFILE/whitelist" "$1/kabi/whitelist"
	else
		[ ! -e "$1/kabi" ]
	fi
}

# check_kabi_provides: the provides of the rpm on stdin are those of the list, each
# with the CRC of the kernel that was built.
check_kabi_provides() {
	sed -n 's/^kernel(\([A-Za-z_].*\)) = 0x/\1 0x/p' | sort >"$WORK/promised"
	kabi_list | while read -r s; do
		awk -v s="$s" '$2 == s { print s, $1 }' "$OBJ/Module.symvers"
	done | diff - "$WORK/promised"
	kabi_list | diff - <(cut -d' ' -f1 "$WORK/promised")
}
