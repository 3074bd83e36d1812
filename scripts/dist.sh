# shellcheck shell=bash
# dist.sh - ask the distribution's archive for kernel sources. Source it after
# lib.sh. Nothing here touches the system's own apt configuration: a private
# copy with source entries lives in $BUILD/apt.

APT_DIR=$BUILD/apt
APT_ETC=${APT_ETC:-/etc/apt}

# dist_setup: make the private apt directory and read the indices, once a day.
# Returns 1 with a warning if there is no apt or no archive answers.
dist_setup() {
	command -v apt-get >/dev/null || { warn "no apt-get here: the distribution's archive can't be asked"; return 1; }
	mkdir -p "$APT_DIR/parts" "$APT_DIR/lists/partial" "$APT_DIR/cache/archives/partial"
	[ -z "$(find "$APT_DIR/stamp" -mmin -1440 2>/dev/null)" ] || return 0
	rm -f "$APT_DIR/parts"/*
	local f
	for f in "$APT_ETC"/sources.list "$APT_ETC"/sources.list.d/*.list; do
		[ -f "$f" ] || continue
		sed -n '/debian/{s/^deb\(-src\)\{0,1\}[ \t]/deb /p;s/^deb /deb-src /p;}' "$f"
	done | sort -u >"$APT_DIR/parts/oneline.list"
	for f in "$APT_ETC"/sources.list.d/*.sources; do
		[ -f "$f" ] || continue
		# whole stanzas whose archive is the distribution's own
		awk 'BEGIN { RS = ""; ORS = "\n\n" } /\nURIs:[^\n]*debian/ || /^URIs:[^\n]*debian/' "$f" |
			sed 's/^Types:.*/Types: deb deb-src/'
	done >"$APT_DIR/parts/stanzas.sources"
	dist_apt get update -qq >"$APT_DIR/update.log" 2>&1 ||
		{ warn "apt-get update failed: $(tail -n 1 "$APT_DIR/update.log")"; return 1; }
	touch "$APT_DIR/stamp"
}

# dist_apt get|cache ARG...: run apt-get or apt-cache on the private indices.
dist_apt() {
	local c=$1
	shift
	"apt-$c" -o Dir::Etc::sourcelist=/dev/null \
		-o Dir::Etc::sourceparts="$APT_DIR/parts" \
		-o Dir::State::lists="$APT_DIR/lists" \
		-o Dir::Cache="$APT_DIR/cache" \
		-o APT::Sandbox::User=root "$@"
}

# dist_versions deb|src PACKAGE: print each version that the index lists, newest
# first; nothing if there is none.
dist_versions() {
	dist_apt cache madison "$2" 2>/dev/null |
		awk -F'|' -v src="$([ "$1" = src ] && echo 1 || echo 0)" '
		{ is = ($3 ~ / Sources$/); gsub(/ /, "", $2) } is == src { print $2 }' |
		sort -Vru
}

# dist_get deb|src PACKAGE VERSION DIR: download linux-source-*.deb or the orig
# tarball to DIR and print the path of the file. Returns 1 if it isn't served.
dist_get() {
	local kind=$1 pkg=$2 ver=$3 dir=$4 uri name part
	mkdir -p "$dir"
	if [ "$kind" = deb ]; then
		uri=$(dist_apt get download --print-uris "$pkg=$ver" 2>/dev/null | tail -n 1)
	else
		uri=$(dist_apt get source --download-only --tar-only --print-uris "$pkg=$ver" 2>/dev/null |
			grep '\.orig\.tar' | tail -n 1)
	fi
	name=$(printf '%s\n' "$uri" | awk '{ print $2 }')
	[ -n "$name" ] || return 1
	name=${name//%7e/\~}
	if [ ! -f "$dir/$name" ]; then
		part=$dir/.part.$$
		rm -rf "$part"
		mkdir "$part"
		if ! (cd "$part" && if [ "$kind" = deb ]; then
			dist_apt get download "$pkg=$ver"
		else
			dist_apt get source --download-only --tar-only "$pkg=$ver"
		fi) >"$APT_DIR/get.log" 2>&1 || [ ! -f "$part/$name" ]; then
			rm -rf "$part"
			return 1
		fi
		mv "$part/$name" "$dir/$name"
		rm -rf "$part"
	fi
	printf '%s\n' "$dir/$name"
}
