# shellcheck shell=bash
# warnings.sh - what a compiler's log of one tree says that another's does not. Source
# it; SRC is the tree, as the compiler was called with it.

# warnings LOG OBJECT...: print "count file: message" of each warning and error, without
# the numbers of line and column, so that moved code is not news. What make compiles on
# its way to the OBJECTs (the vDSO) does not count: in the base it was there.
warnings() {
	local log=$1
	shift
	sed -n "/^  CC /p;s|^$SRC/||;s|^\(\.\./\)*src/||;s/^\([^ :]*\):[0-9]*:\([0-9]*:\)\{0,1\} \(\(warning\|error\):.*\)/\1: \3/p" "$log" |
		awk -v asked="$*" '
		BEGIN {
			n = split(asked, w)
			for (i = 1; i <= n; i++) wanted[w[i]]
		}
		# make names what it compiles before the compiler has anything to say
		/^  CC / { if (!($NF in wanted) && sub(/o$/, "c:", $NF)) other[$NF]; next }
		!($1 in other)' | sort | uniq -c | sed 's/^ *//'
}

# more KNOWN LOG: print what LOG counts more often than KNOWN does. Update KNOWN.
more() {
	awk -v known="$1" '
	{ n = $1; sub(/^[0-9]+ /, "") }
	FILENAME == known { have[$0] = n; next }
	n > have[$0] { print n - have[$0] "x " $0; have[$0] = n }
	END { printf "" >(known ".new"); for (k in have) print have[k], k >(known ".new") }' "$1" "$2"
	mv "$1.new" "$1"
}
