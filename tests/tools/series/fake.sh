# shellcheck shell=bash
# fake.sh - a tiny copy of this repository with a kernel of seven files, for the
# tests of scripts/source, src, series-check, export and rebase-check. Source it
# after tests/tools/lib.sh. Sets FAKE, the copy, and changes into it.

FAKE=${tmp:?}/top
export BUILD=$FAKE/build USR_SRC=$tmp/usr APT_ETC=$tmp/etc JOBS=2
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
unset KERNEL_SRC PATCHES
me='Stillwater maintainers <maintainers@stillwater.invalid>'

# fake_tree DIR SUBLEVEL: write the kernel tree.
fake_tree() {
	mkdir -p "$1/kernel/sched" "$1/include/linux" "$1/Documentation" "$1/scripts"
	printf 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = %s\n' "$2" >"$1/Makefile"
	printf '*.o\n/*\n!/debian/\n' >"$1/.gitignore"
	seq 1 60 | sed 's/.*/int line_&;/' >"$1/kernel/sched/rt.c"
	printf 'int fork;\n' >"$1/kernel/fork.c"
	printf '#define X 1\n' >"$1/include/linux/x.h"
	printf 'Text.\n' >"$1/Documentation/x.rst"
	printf '#!/bin/sh\n' >"$1/scripts/tool.sh"
	chmod +x "$1/scripts/tool.sh"
}

# fake_pack DIR FILE: make the tarball as the distribution packs it.
fake_pack() { tar -C "$(dirname "$1")" -cJf "$2" "$(basename "$1")"; }

# fake_lock TARBALL [TREE]: write kernel.lock.
fake_lock() {
	cat >"$FAKE/kernel.lock" <<-EOF
	version 6.12.117
	tag v6.12.117
	branch linux-6.12.y
	url file://$tmp/upstream.git
	gitlink adc218676eef25575469234709c2d87185ca223a
	package linux-source-6.12
	srcpackage linux-6.12 linux
	exact debian12
	archive debian12 linux-source-6.12.tar.xz $(stat -c %s "$1") $(sha256sum <"$1" | cut -c1-64)
	EOF
	[ -z "${2:-}" ] || echo "tree debian12 $2" >>"$FAKE/kernel.lock"
}

# commit SUBJECT TOPIC: commit all of build/src with a complete log.
commit() {
	git -C "$BUILD/src" add -A
	git -C "$BUILD/src" -c user.name='Stillwater maintainers' -c user.email=maintainers@stillwater.invalid \
		commit -q -m "$1" -m "Without it nothing is tested." \
		-m "Topic: $2
Patch-mainline: never, a sample
References: none
Signed-off-by: $me"
}

mkdir -p "$FAKE/patches" "$USR_SRC" "$APT_ETC"
cp -a "$TOP/scripts" "$FAKE/scripts"
printf '# The series.\n' >"$FAKE/patches/series"
fake_tree "$tmp/linux-source-6.12" 117
fake_pack "$tmp/linux-source-6.12" "$tmp/good.tar.xz"
cp "$tmp/good.tar.xz" "$USR_SRC/linux-source-6.12.tar.xz"
fake_tree_id=$(cd "$tmp" && git init -q --bare id.git && git --git-dir=id.git --work-tree=linux-source-6.12 add -f -A . &&
	git --git-dir=id.git write-tree)
fake_lock "$tmp/good.tar.xz" "$fake_tree_id"
cd "$FAKE" || exit 1
