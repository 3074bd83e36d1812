# shellcheck shell=bash
# pkg-lib.sh - what scripts/deb, scripts/rpm and scripts/pkg-stage share.
# Source it after lib.sh.

# pkg_open: find the built kernel of PLATFORM and PROFILE. Sets OBJ (object
# tree), SRC (its source tree), REL (kernel release, `uname -r`),
# PKG_VERSION (upstream version, x.y.z), PKG_RELEASE (major.minor) and PKG_FLAVOUR
# (.platform, or nothing: see local_version), PACKAGES (where they go: packages of two
# profiles have the same names), and the build environment. Dies if the tree is not built.
# shellcheck disable=SC2034 # the sourcing script uses them
pkg_open() {
	local f
	OBJ=$(obj_dir)
	for f in vmlinux System.map .config include/config/kernel.release source/Makefile; do
		[ -s "$OBJ/$f" ] ||
			die "$OBJ/$f is missing, the kernel is not built; run: make kernel PLATFORM=$PLATFORM PROFILE=$PROFILE"
	done
	SRC=$(readlink -f "$OBJ/source")
	REL=$(cat "$OBJ/include/config/kernel.release")
	PKG_VERSION=${REL%%-*}
	PKG_RELEASE=$(printf '%s\n' "$REL" | sed -n 's/^[0-9.]*-\([0-9]*\.[0-9]*\)\.stillwater\(\.[a-z0-9-]*\)\{0,1\}$/\1/p')
	PKG_FLAVOUR=${REL##*.stillwater}
	[ -n "$PKG_RELEASE" ] ||
		die "$OBJ/include/config/kernel.release: '$REL' is not <x.y.z>-<major>.<minor>.stillwater[.<platform>]; run: make kernel"
	PACKAGES=$BUILD/packages/$PLATFORM-$PROFILE
	# shellcheck source=scripts/kbuild-env.sh
	. "$TOP/scripts/kbuild-env.sh"
}

# pkg_is_set SYMBOL: true if the kernel has SYMBOL=y.
pkg_is_set() { grep -q "^$1=y" "$OBJ/include/config/auto.conf"; }

# pkg_key: print a hash of all that a package is made from. Files of the
# build count by size and time, as make counts them (of the file behind a link:
# make renews arch/x86_64/boot/bzImage each time); our scripts by content;
# the source (its headers are packaged) by commit. Takes 0.1 s, where a hash
# of all contents would take as long as packing.
pkg_key() {
	{
		(
			cd "$OBJ" || exit 1
			shopt -s nullglob
			printf '%s\n' .config vmlinux System.map arch/*/boot/*Image* arch/*/boot/*.efi
			if [ -f modules.order ]; then
				echo Module.symvers
				sed 's/\.o$/.ko/' modules.order
			fi
		) | (cd "$OBJ" && xargs -d '\n' stat -L -c '%n %s %.9Y')
		git -C "$SRC" rev-parse HEAD 2>/dev/null || echo "no commit"
		sha256sum "$TOP"/scripts/pkg-* "$TOP/scripts/deb" "$TOP/scripts/rpm" \
			"$TOP/scripts/kbuild-env.sh"
		[ ! -d "$TOP/kabi/$PLATFORM/$PROFILE" ] || sha256sum "$TOP/kabi/$PLATFORM/$PROFILE"/*
		printf '%s\n' "$OBJ" "$REL" "$SOURCE_DATE_EPOCH" "${KDEB_COMPRESS:-}"
	} | sha256sum | cut -c1-64
}

# pkg_fresh STAMP KEY: true if STAMP was written for KEY and the packages that
# it lists are whole. Prints their paths.
pkg_fresh() {
	[ -f "$1" ] && [ "$(head -n 1 "$1")" = "$2" ] &&
		(cd "$PACKAGES" && tail -n +2 "$1" | sha256sum --quiet --status -c -) &&
		tail -n +2 "$1" | sed "s|^[0-9a-f]*  |$PACKAGES/|"
}

# pkg_publish STAMP KEY DIR: move the packages in DIR to PACKAGES, drop
# those that the former STAMP lists and are not made any more, write STAMP and
# print the paths.
pkg_publish() {
	local sums
	sums=$(cd "$3" && sha256sum -- *)
	mkdir -p "$PACKAGES"
	if [ -f "$1" ]; then
		(cd "$PACKAGES" && tail -n +2 "$1" | sed 's/^[0-9a-f]*  //' | xargs -r -d '\n' rm -f --)
	fi
	rm -f "$1"
	mv -f "$3"/* "$PACKAGES/"
	printf '%s\n' "$2" "$sums" | put "$1"
	pkg_fresh "$1" "$2"
}
