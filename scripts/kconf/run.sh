# shellcheck shell=bash
# run.sh - build and run kconf. Source it after lib.sh, then call kconf_setup.
# The one place that knows how the kernel's scripts/kconfig is built, and
# in which environment it runs.

# kconf_setup [SRCDIR [OBJDIR]]: set SRC (default: build/src, else the variable
# SRC) and OBJ (default: obj_dir; made if missing), and the build environment.
kconf_setup() {
	local d=${1:-}
	[ -n "$d" ] || { [ -d "$BUILD/src" ] && d=$BUILD/src; } || d=${SRC:-}
	[ -n "$d" ] || die "no kernel tree: run 'make src', or say --src DIR"
	[ -f "$d/scripts/kconfig/confdata.c" ] || die "$d is not a kernel tree"
	SRC=$(cd "$d" && pwd)
	OBJ=${2:-$(obj_dir)}
	mkdir -p "$OBJ"
	OBJ=$(cd "$OBJ" && pwd)
	# shellcheck source=scripts/kbuild-env.sh
	. "$TOP/scripts/kbuild-env.sh"
}

# profile_needs NAME: print the profile that NAME stands on (`#@ needs=`), or
# nothing if NAME is complete in itself.
profile_needs() {
	local f="$TOP/configs/profile/$1"
	[ -f "$f" ] || die "no profile '$1': configs/profile has: $(cd "$TOP/configs/profile" && echo *)"
	sed -n 's/^#@ needs=\([a-z0-9-]*\)$/\1/p' "$f"
}

# config_layers: print the layers of PLATFORM and PROFILE below TOP, one a
# line, lowest first. If no profile named is complete, the one that the first
# needs comes before them. configs/extra/PLATFORM/<profile> comes after its profile.
config_layers() {
	local p needs='' complete='' arch=$ARCH
	local -a names
	case +$PROFILE+ in *++*) die "PROFILE=$PROFILE: an empty name; join profiles with one +" ;; esac
	IFS=+ read -ra names <<<"$PROFILE"
	for p in "${names[@]}"; do
		needs=$(profile_needs "$p") || exit 1
		[ -n "$needs" ] || complete=1
	done
	if [ -z "$complete" ]; then
		needs=$(profile_needs "${names[0]}") || exit 1
		[ -z "$(profile_needs "$needs")" ] ||
			die "configs/profile/${names[0]}: needs=$needs is not a complete profile"
		names=("$needs" "${names[@]}")
	fi
	printf '%s\n' configs/base "configs/arch/$arch" "configs/platform/$PLATFORM"
	for p in "${names[@]}"; do
		printf '%s\n' "configs/profile/$p"
		[ ! -f "$TOP/configs/extra/$PLATFORM/$p" ] ||
			printf '%s\n' "configs/extra/$PLATFORM/$p"
	done
}

# check_names DIR: die unless each architecture that an only= names in a layer below DIR
# (configs) is one of DIR/arch, and each DIR/extra/PLATFORM/PROFILE is for a platform and a
# profile that are there: a misspelt name would leave out what follows without a word.
check_names() {
	local f of name
	awk -v dir="$1" '
	/^#@/ && match($0, / only=[^ ]*/) {
		n = split(substr($0, RSTART + 6, RLENGTH - 6), names, ",")
		for (i = 1; i <= n; i++) {
			f = dir "/arch/" names[i]
			if (names[i] != "" && (getline line < f) >= 0) { close(f); continue }
			printf "%s:%d: only=: no architecture \"%s\": configs/arch has no such file\n",
				FILENAME, FNR, names[i] > "/dev/stderr"
			bad = 1
		}
	}
	END { exit bad }' "$1"/base "$1"/{arch,platform,profile}/* "$1"/extra/*/* || exit 1
	for f in "$1"/extra/*/*; do
		name=${f##*/} of=${f%/*}
		of=${of##*/}
		[ -f "$1/platform/$of" ] || die "$f: no platform '$of' in $1/platform"
		[ -f "$1/profile/$name" ] || die "$f: no profile '$name' in $1/profile"
	done
}

# kconf_bin: print the path of kconf, built first if it is not there yet for
# these sources and this tree's scripts/kconfig. With SANITIZE=1 our half has
# ASan and UBSan.
kconf_bin() {
	local here="$TOP/scripts/kconf" hash bin k="$OBJ/scripts/kconfig" o objs=()
	local flags=(-std=c11 -O2 -g -Wall -Wextra -Werror)
	hash=$(cat "$here"/*.[ch] "$SRC"/scripts/kconfig/*.[chly] \
		"$SRC"/scripts/include/*.h | sha256sum | cut -c1-12)
	bin=$BUILD/tools/kconf-$hash
	if [ -n "${SANITIZE:-}" ]; then
		flags+=("-fsanitize=address,undefined" -fno-sanitize-recover=all)
		bin=$bin.san
	fi
	if [ ! -x "$bin" ]; then
		need flex flex
		need bison bison
		mkdir -p "$BUILD/tools"
		kmake -s --no-print-directory build_config >&2 ||
			die "$SRC: scripts/kconfig does not build"
		for o in lexer.lex parser.tab confdata expr menu preprocess symbol util; do
			objs+=("$k/$o.o")
		done
		"${HOSTCC:-gcc}" "${flags[@]}" \
			-isystem "$SRC/scripts/include" -isystem "$SRC/scripts/kconfig" \
			-o "$bin.tmp.$$" "$here"/*.c "${objs[@]}" ||
			die "scripts/kconf does not build against $SRC/scripts/kconfig"
		mv "$bin.tmp.$$" "$bin"
	fi
	printf '%s\n' "$bin"
}

# kconf_run ARG...: run kconf in the object tree, in exactly the environment
# that the kernel's Makefile makes for its own conf: compiler probes then give
# the same answers. That environment is had from the Makefile itself, which is
# told that `env` is its configuration program.
kconf_run() {
	local bin dump="$OBJ/scripts/kconfig/show-env" var vars=()
	mkdir -p "$OBJ/scripts/kconfig"
	bin=$(kconf_bin)
	put "$dump" <<-'EOF'
	#!/bin/sh
	exec env -0 >"$0.out"
	EOF
	chmod +x "$dump"
	kmake -s --no-print-directory config config-prog=show-env >&2 ||
		die "$SRC: its Makefile fails for a configuration target"
	while IFS= read -r -d '' var; do
		vars+=("$var")
	done <"$dump.out"
	(cd "$OBJ" && exec env -i "${vars[@]}" "$bin" "$@")
}

# release_layer: write the layer that carries the release string and print its
# path. configs/version is its only source.
release_layer() {
	local f="$OBJ/release.layer"
	put "$f" <<-EOF
	#@ level=mandatory why="the release string, from configs/version"
	CONFIG_LOCALVERSION="$(local_version)"
	EOF
	printf '%s\n' "$f"
}
