# shellcheck shell=bash
# series.sh - read patches/series and turn patches into commits. Source it after
# lib.sh and base.sh. Works in object and index space: no file of a work tree is
# touched here.

PATCHES=${PATCHES:-$TOP/patches}

# series_entries: print the patch paths of the series, in order. Comments (`#`
# to the end of the line) and blank lines are dropped. No series: no patch.
series_entries() {
	[ -f "$PATCHES/series" ] || return 0
	# awk ends the last line, too, if the file does not
	awk '{ sub(/\r$/, ""); sub(/[ \t]*#.*/, ""); sub(/^[ \t]+/, ""); sub(/[ \t]+$/, "") } /./' "$PATCHES/series"
}

# patch_split FILE DIR: split a patch into DIR/{name,email,date,message,diff}.
# The header is `From: Name <mail>`, `Date:`, `Subject:` up to the first blank
# line, then the text of the log up to a line `---` or the diff. scripts/patchlint.c
# is the strict reader; this one takes what it accepts. Returns 1 with the
# reason on stderr if author, date or subject is missing.
patch_split() {
	rm -rf "$2"
	mkdir -p "$2"
	awk -v d="$2" -v file="$1" '
	function flush_field() {
		if (key == "From") from = val
		else if (key == "Date") date = val
		else if (key == "Subject") { sub(/^\[PATCH[^]]*\] */, "", val); subject = val }
		key = ""
	}
	state == 0 {
		if (NR == 1 && /^From [0-9a-f]+ /) next
		if (/^[ \t]/ && key != "") { sub(/^[ \t]+/, ""); val = val " " $0; next }
		flush_field()
		if ($0 == "") { state = 1; next }
		if (match($0, /^[A-Za-z-]+: */)) {
			key = substr($0, 1, index($0, ":") - 1); val = substr($0, RLENGTH + 1)
		}
		next
	}
	state == 1 {
		if ($0 == "---") { state = 2; next }
		if ($0 !~ /^diff --git /) {
			if ($0 == "") { blank++; next }
			while (blank > 0 && body != "") { body = body "\n"; blank-- }
			blank = 0
			body = body $0 "\n"
			next
		}
		state = 2
	}
	state == 2 { if (/^diff --git /) state = 3; else next }
	state == 3 { print > (d "/diff") }
	END {
		if (!match(from, / *<[^<>]+>$/)) bad = "From: Name <mail>"
		else if (date == "") bad = "Date:"
		else if (subject == "") bad = "Subject:"
		else if (state != 3) bad = "diff --git"
		if (bad != "") {
			printf "%s:1: \"%s\" is missing\n", file, bad > "/dev/stderr"
			exit 1
		}
		printf "%s", substr(from, 1, RSTART - 1) > (d "/name")
		mail = substr(from, RSTART); gsub(/[ <>]/, "", mail)
		printf "%s", mail > (d "/email")
		printf "%s", date > (d "/date")
		printf "%s\n", subject > (d "/message")
		if (body != "") printf "\n%s", body > (d "/message")
	}' "$1"
}

# series_build GITDIR BASE [N]: make a commit of each of the first N patches
# (default: all) on top of the commit BASE, in the repository GITDIR. Prints one
# line a patch: `<commit> <exact|offset> <path>`. Returns 1, with a message that
# names the patch and where it fails, at the first that does not apply.
# GITDIR/stillwater/map remembers what was built, by content of the patch and
# parent, so that only what follows a changed patch is done again.
series_build() {
	local gitdir=$1 parent=$2 n=${3:-all} i=0 path sha line commit how tree loaded='' st
	local file why index map
	st=$gitdir/stillwater
	map=$st/map
	index=$st/index
	mkdir -p "$st"
	touch "$map"
	: >"$map.new"
	while read -r path; do
		[ "$n" = all ] || [ "$i" -lt "$n" ] || break
		i=$((i + 1))
		file=$PATCHES/$path
		[ -f "$file" ] || { echo "patches/series:1: no file patches/$path: remove the entry or add the patch" >&2; return 1; }
		sha=$(sha256_of "$file")
		line=$(awk -v s="$sha" -v p="$parent" '$1 == s && $2 == p { print $3, $4; exit }' "$map")
		commit=${line% *} how=${line#* }
		if [ -z "$line" ] || ! git --git-dir="$gitdir" cat-file -e "$commit^{tree}" 2>/dev/null; then
			patch_split "$file" "$st/split" || return 1
			[ "$loaded" = "$parent" ] || GIT_INDEX_FILE=$index git --git-dir="$gitdir" read-tree "$parent"
			if ! GIT_INDEX_FILE=$index git --git-dir="$gitdir" apply --cached -v --whitespace=nowarn "$st/split/diff" >"$st/log" 2>&1; then
				why=$(sed -n 's/^error: //p' "$st/log" | head -n 1)
				echo "patches/$path:1: does not apply: ${why:-see $st/log}" >&2
				return 1
			fi
			how=exact
			! grep -q '^Hunk #[0-9]* succeeded at [0-9]* (offset' "$st/log" || how=offset
			tree=$(GIT_INDEX_FILE=$index git --git-dir="$gitdir" write-tree)
			# committer = author, so that the id depends on the patch alone
			commit=$(
				GIT_AUTHOR_NAME=$(cat "$st/split/name") GIT_AUTHOR_EMAIL=$(cat "$st/split/email")
				GIT_AUTHOR_DATE=$(cat "$st/split/date")
				GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
				GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE
				export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_AUTHOR_DATE
				export GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL GIT_COMMITTER_DATE
				git --git-dir="$gitdir" commit-tree "$tree" -p "$parent" -F "$st/split/message"
			) || { echo "patches/$path:1: no commit: is the Date: line a date, and is From: complete?" >&2; return 1; }
			loaded=$commit
		fi
		printf '%s %s %s %s %s\n' "$sha" "$parent" "$commit" "$how" "$path" >>"$map.new"
		printf '%s %s %s\n' "$commit" "$how" "$path"
		parent=$commit
	done < <(series_entries)
	mv "$map.new" "$map"
}

# series_borrow GITDIR BASEREPO: let GITDIR use the objects of BASEREPO. Within
# $BUILD the path is relative, so that build/ can be moved.
series_borrow() {
	local obj ref
	obj=$(cd "$1/objects" && pwd -P)
	ref=$(realpath "$2/objects")
	case $obj in "$(realpath "$BUILD")"/*) ref=$(realpath --relative-to="$obj" "$ref") ;; esac
	mkdir -p "$obj/info"
	grep -qxF "$ref" "$obj/info/alternates" 2>/dev/null || printf '%s\n' "$ref" >>"$obj/info/alternates"
}
