# shellcheck shell=bash
# base.sh - the cache of base trees. Source it after lib.sh.
#
# A base is a bare git repository, $BUILD/base/<version>-<kind>-<hash>/, that
# holds the unpacked tree as the one commit of refs/heads/base. A repository
# rather than a directory, because build/src borrows its objects: the 86,000
# files are stored once, and nothing that a developer does in build/src can
# change the base. Author, date and text are fixed, so that equal trees give
# equal commit ids everywhere. The file `ok` is written last and holds the size
# of the object store; a base without it, or of another size, is made again.

# The user's and the system's git settings (hooks, signing, line endings) must
# not change what is stored.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_TERMINAL_PROMPT=0
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE

BASES=$BUILD/base
BASE_DATE='1735689600 +0000'

# lock_lines KEY: print the rest of each line of kernel.lock that begins with
# KEY, for the keys that may stand there more than once.
lock_lines() { awk -v k="$1" '$1 == k { sub(/^[^ \t]+[ \t]+/, ""); print }' "$TOP/kernel.lock"; }

# lock_tree KIND: print the tree id that the lock has for KIND, or nothing.
lock_tree() { lock_lines tree | awk -v k="$1" '$1 == k { print $2; exit }'; }

# lock_kind_of_tree ID: print the kind of the tree ID, or nothing.
lock_kind_of_tree() { lock_lines tree | awk -v t="$1" '$2 == t { print $1; exit }'; }

# lock_kind_of_sha SHA256: print the kind of that archive, or nothing.
lock_kind_of_sha() { lock_lines archive | awk -v t="$1" '$4 == t { print $1; exit }'; }

# base_git REPO ARG...: git on the bare repository REPO.
base_git() { local r=$1; shift; git --git-dir="$r" "$@"; }

# base_kind REPO, base_commit REPO: print what is in the cache.
base_kind() { cat "$1/kind"; }
base_commit() { base_git "$1" rev-parse --verify -q 'refs/heads/base^{commit}'; }

# base_size REPO: print the bytes of its object store, to notice truncation.
base_size() { find "$1/objects" -type f -name '*.pack' -printf '%s\n' | awk '{ s += $1 } END { print s + 0 }'; }

# base_ok REPO: true if REPO is complete.
base_ok() {
	[ -f "$1/tree" ] && [ -f "$1/ok" ] && [ "$(cat "$1/ok")" = "$(base_size "$1")" ] &&
		base_git "$1" cat-file -e 'refs/heads/base^{tree}' 2>/dev/null
}

# base_new REPO: make the empty bare repository.
base_new() {
	rm -rf "$1"
	git init -q --bare "$1"
	base_git "$1" config gc.auto 0
	base_git "$1" config core.compression 0	# 1.5 GB, but 3x faster to fill and read
	base_git "$1" config core.bigFileThreshold 1	# stream blobs into one pack: no 86,000 loose files
}

# base_add REPO DIR: store DIR (less its .git) in REPO and print the tree id.
# Stat data is kept in REPO/index, so that doing it again is quick.
base_add() {
	git --git-dir="$1" --work-tree="$2" add -f -A .
	git --git-dir="$1" write-tree
}

# base_version REPO TREE: print the kernel version that the tree's Makefile says.
base_version() {
	base_git "$1" cat-file blob "$2:Makefile" 2>/dev/null | awk -F' *= *' '
	$1 == "VERSION" { v = $2 } $1 == "PATCHLEVEL" { p = $2 } $1 == "SUBLEVEL" { s = $2 }
	END { if (v == "") exit 1; print v "." p "." s }'
}

# base_tidy REPO TREE: print TREE with one line less. The distribution's .gitignore
# ignores everything at the top (`/*`, for its packaging repository), so that git
# would not see a new file in build/src.
base_tidy() {
	local blob
	if ! base_git "$1" cat-file blob "$2:.gitignore" 2>/dev/null | grep -qxF '/*'; then
		printf '%s\n' "$2"
		return
	fi
	blob=$(base_git "$1" cat-file blob "$2:.gitignore" | grep -vxF '/*' |
		base_git "$1" hash-object -w --stdin)
	(
		export GIT_INDEX_FILE=$1/index.tidy
		base_git "$1" read-tree "$2"
		base_git "$1" update-index --cacheinfo "100644,$blob,.gitignore"
		base_git "$1" write-tree
		rm -f "$GIT_INDEX_FILE"
	)
}

# base_seal REPO TREE VERSION KIND NAME: commit TREE, mark REPO complete and move
# it to $BASES/NAME. Prints the final path.
base_seal() {
	local c
	c=$(GIT_AUTHOR_NAME=base GIT_AUTHOR_EMAIL=base@stillwater.invalid \
		GIT_COMMITTER_NAME=base GIT_COMMITTER_EMAIL=base@stillwater.invalid \
		GIT_AUTHOR_DATE=$BASE_DATE GIT_COMMITTER_DATE=$BASE_DATE \
		git --git-dir="$1" commit-tree -m "Linux $3" "$(base_tidy "$1" "$2")")
	base_git "$1" update-ref refs/heads/base "$c"
	base_git "$1" symbolic-ref HEAD refs/heads/base
	printf '%s\n' "$4" >"$1/kind"
	printf '%s\n' "$2" >"$1/tree"
	base_size "$1" >"$1/ok"
	rm -rf "${BASES:?}/$5"
	mv "$1" "$BASES/$5"
	printf '%s\n' "$BASES/$5"
}

# base_unpack ARCHIVE DIR: unpack without its top directory. A damaged archive
# is an error and leaves a partial DIR for the caller to remove.
base_unpack() {
	mkdir -p "$2"
	case $1 in
	*.deb)
		dpkg-deb --fsys-tarfile "$1" | tar -xO --wildcards './usr/src/linux-source-*.tar.xz' |
			xz -dc | tar -x -C "$2" --strip-components=1 --no-same-owner ;;
	*)	tar -xf "$1" -C "$2" --strip-components=1 --no-same-owner ;;
	esac
}
