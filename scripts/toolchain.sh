# shellcheck shell=bash
# toolchain.sh - the compiler of an architecture, chosen here and nowhere else.
# Source it after lib.sh, then call choose_toolchain.

# native_arch: print the kernel's name of the architecture we run on.
native_arch() {
	case $(uname -m) in
	x86_64|i?86) echo x86 ;;
	aarch64) echo arm64 ;;
	loongarch64) echo loongarch ;;
	*) uname -m ;;
	esac
}

# cross_prefix ARCH: print the prefix of the GNU tools for ARCH as Debian names them;
# nothing for the architecture we run on, and for one that is not known.
cross_prefix() {
	case $1 in
	"$(native_arch)") ;;
	x86) echo x86_64-linux-gnu- ;;
	arm64) echo aarch64-linux-gnu- ;;
	loongarch) echo loongarch64-linux-gnu- ;;
	esac
}

# choose_toolchain ARCH: set and export CROSS_COMPILE or LLVM for kernels of ARCH,
# unless the caller's environment has one of them. Debian 12 has no gcc for
# LoongArch: there it is clang 19; CROSS_COMPILE=loongarch64-linux-gnu- takes gcc.
choose_toolchain() {
	local program package
	if [ -z "${CROSS_COMPILE:-}${LLVM:-}" ] && [ "$1" != "$(native_arch)" ]; then
		case $1 in
		x86|arm64) CROSS_COMPILE=$(cross_prefix "$1") ;;
		loongarch) LLVM=-19 ;;
		*) die "no compiler for '$1' is known to scripts/toolchain.sh: say CROSS_COMPILE= or LLVM=" ;;
		esac
		while read -r program package; do
			need "$program" "$package"
		done < <(toolchain_packages "$1")
	fi
	[ -z "${CROSS_COMPILE:-}" ] || export CROSS_COMPILE
	[ -z "${LLVM:-}" ] || export LLVM
}

# toolchain_packages ARCH: one "program package" of Debian a line, for
# scripts/setup and for what `need` says; nothing for the native compiler.
toolchain_packages() {
	[ "$1" != "$(native_arch)" ] || return 0
	case $1 in
	x86) echo x86_64-linux-gnu-gcc gcc-x86-64-linux-gnu ;;
	arm64) echo aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu ;;
	loongarch) printf '%s\n' 'clang-19 clang-19' 'ld.lld-19 lld-19' 'llvm-nm-19 llvm-19' ;;
	esac
}

# userspace_cc ARCH: print the compiler of static test programs for ARCH, which
# has a libc beside it. Debian 12 has none for LoongArch, Debian 13 has.
userspace_cc() {
	local cross
	cross=$(cross_prefix "$1")
	if [ -z "$cross" ] || [ -n "${CROSS_COMPILE:-}" ]; then cross=${CROSS_COMPILE:-}; fi
	printf '%sgcc\n' "$cross"
}

# userspace_packages ARCH: print the Debian packages of that compiler and its libc.
userspace_packages() {
	case $1 in
	"$(native_arch)") echo gcc libc6-dev ;;
	x86) echo gcc-x86-64-linux-gnu libc6-dev-amd64-cross ;;
	arm64) echo gcc-aarch64-linux-gnu libc6-dev-arm64-cross ;;
	loongarch) echo gcc-loongarch64-linux-gnu libc6-dev-loong64-cross, from Debian 13 on ;;
	esac
}
