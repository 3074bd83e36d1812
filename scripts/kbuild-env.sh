# shellcheck shell=bash
# kbuild-env.sh - the environment of every kernel build, so that two builds
# give the same bytes. Source it after lib.sh, with SRC (kernel tree) and OBJ
# (object tree) set.
#
# Sets KBUILD_BUILD_{TIMESTAMP,USER,HOST,VERSION}, SOURCE_DATE_EPOCH, KCFLAGS,
# KAFLAGS, ARCH and CC; defines kmake. Honours CC, CROSS_COMPILE and LLVM (by
# default what scripts/toolchain.sh chooses), and NO_CCACHE=1.

release_date=$(sed -n 's/^date=\([0-9]\{4\}-[0-9][0-9]-[0-9][0-9]\)$/\1/p' "$TOP/configs/version")
[ -n "$release_date" ] || die "configs/version: wanted one line 'date=YYYY-MM-DD'"
SOURCE_DATE_EPOCH=$(date -u -d "$release_date" +%s)
KBUILD_BUILD_TIMESTAMP=$(LC_ALL=C date -u -d "$release_date")
KBUILD_BUILD_USER=build
KBUILD_BUILD_HOST=stillwater
KBUILD_BUILD_VERSION=$(our_version)
ARCH=$(arch_of "$PLATFORM")
# shellcheck source=scripts/toolchain.sh
. "$TOP/scripts/toolchain.sh"
choose_toolchain "$ARCH"
# Set, though empty: setlocalversion then adds no "+" for a tree without a tag.
LOCALVERSION=

# Neither debug information nor __FILE__ may name the directory of the build. The
# source is named by its absolute path, or, by ccache, by the one from the objects;
# __FILE__ then is relative to the top of the source, as the kernel has it. The
# object tree often lies inside or beside the source: the longer path comes last,
# since the last matching map wins.
rel=$(realpath -m --relative-to="$OBJ" "$SRC")
prefix_maps="-fmacro-prefix-map=$rel/= -fdebug-prefix-map=$rel=/usr/src/linux"
prefix_maps+=" -fdebug-prefix-map=$SRC=/usr/src/linux -fdebug-prefix-map=$OBJ=/usr/src/linux-obj"
# ccache shortens a/../b in the path of an include directory; so that debug
# information says the same without it. Some drivers outside of our profiles have
# such paths as well.
for map_dir in arch/x86/kernel arch/x86/mm; do
	prefix_maps+=" -fdebug-prefix-map=$SRC/$map_dir/../include=/usr/src/linux/arch/x86/include"
done
KCFLAGS="${KCFLAGS_USER:-} $prefix_maps"
KAFLAGS="$prefix_maps"

kmake_args=()
if [ -n "${LLVM:-}" ]; then
	kmake_args+=("LLVM=$LLVM")
	# As the kernel's Makefile reads it: a suffix, a directory, or neither.
	case $LLVM in
	*/) CC=${CC:-${LLVM}clang} ;;
	-*) CC=${CC:-clang$LLVM} ;;
	*) CC=${CC:-clang} ;;
	esac
else
	CC=${CC:-${CROSS_COMPILE:-}gcc}
fi
if [ -z "${NO_CCACHE:-}" ] && command -v ccache >/dev/null 2>&1; then
	case $CC in ccache*) ;; *) CC="ccache $CC" ;; esac
	# Paths become relative to the directory that holds source and objects,
	# so that stock and patched kernels, and clones in other places, share
	# what is the same. The maps above differ but lead to the same names.
	CCACHE_BASEDIR=$(dirname "$OBJ")
	CCACHE_NOHASHDIR=1
	CCACHE_IGNOREOPTIONS="-fdebug-prefix-map=* -fmacro-prefix-map=*"
	# Part of the hash, as the maps are not: to be changed together with them.
	CCACHE_NAMESPACE=stillwater-maps-2
	CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-20G}
	export CCACHE_BASEDIR CCACHE_NOHASHDIR CCACHE_IGNOREOPTIONS CCACHE_NAMESPACE \
		CCACHE_MAXSIZE
fi
[ -z "${CC:-}" ] || kmake_args+=("CC=$CC")
export LOCALVERSION SOURCE_DATE_EPOCH KBUILD_BUILD_TIMESTAMP KBUILD_BUILD_USER \
	KBUILD_BUILD_HOST KBUILD_BUILD_VERSION ARCH KCFLAGS KAFLAGS

# kmake ARG...: make in the kernel tree SRC with objects in OBJ.
kmake() { make -C "$SRC" O="$OBJ" "${kmake_args[@]}" "$@"; }
