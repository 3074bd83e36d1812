# shellcheck shell=bash
# left-out.sh - is a source file compiled by the configuration at hand? Source it after
# scripts/kbuild-env.sh's variables are known: SRC is the tree, OBJ has the .config.

# statements DIR: print DIR's Makefile with its continued lines joined.
statements() {
	cat "$1/Makefile" "$1/Kbuild" 2>/dev/null | sed -e ':a' -e '/\\$/{N;s/\\\n//;ba' -e '}' || true
}

# switch NAME TEXT: print the CONFIG symbol that has NAME (x.o, or a directory, x/)
# built by the Makefile TEXT, if one does.
switch() {
	sed -n "s|.*\$(\(CONFIG_[A-Z0-9_]*\)).*[[:blank:]=]${1//./\\.}\([[:blank:]].*\)\{0,1\}\$|\1|p" <<<"$2" | sed -n 1p
}

# left_out FILE: print why the profile does not compile FILE (.c or .S), if it does not.
left_out() {
	local d=${1%/*} stem=${1##*/} below='' text sym whole name
	stem=${stem%.*}
	# The first thing that every build compiles, to assembly.
	if [ "$stem" = asm-offsets ]; then
		echo "compiled by prepare"
		return
	fi
	text=$(statements "$SRC/$d")
	if grep -qE "^hostprogs.*[[:blank:]=]$stem([[:blank:]]|\$)" <<<"$text"; then
		echo "runs while building"
		return
	fi
	sym=$(switch "$stem.o" "$text")
	if [ -z "$sym" ]; then
		# One of several that are linked into one module
		whole=$(sed -n "s/^\([A-Za-z0-9_-]*\)-\(objs\|y\)[[:blank:]]*[:+]\{0,1\}=\(.*[[:blank:]]\)\{0,1\}$stem\.o.*/\1/p" <<<"$text" | sed -n 1p)
		[ -z "$whole" ] || sym=$(switch "$whole.o" "$text")
	fi
	while [ -z "$sym" ] || grep -q "^$sym=[ym]" "$OBJ/.config"; do
		case $d in */*) ;; *) return 0 ;; esac
		text=$(statements "$SRC/${d%/*}")
		sym='' below=${d##*/}/$below
		# The Makefile above may name more than one level: arm64/mpam/.
		for name in "$below" "${d##*/}/"; do
			if grep -qE "[[:blank:]=]${name//./\\.}([[:blank:]]|\$)" <<<"$text"; then
				sym=$(switch "$name" "$text")
				below=''
				break
			fi
		done
		d=${d%/*}
	done
	echo "$sym"
}
