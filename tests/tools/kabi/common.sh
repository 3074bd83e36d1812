# shellcheck shell=bash
# common.sh - small build trees for the tests of kabi. Source it after
# tests/tools/lib.sh. Sets kabi (the program, with sanitizers) and HERE.

# shellcheck disable=SC2034 # for the tests that source this
HERE=$TOP/tests/tools/kabi
export BUILD="${BUILD:-$TOP/build}"
kabi=$(SANITIZE=1 "$TOP/scripts/kabi-tool")

# types DIR: write the *.symtypes of a small kernel. fwd is known to one unit
# alone; inner, four steps below dev, and state lie deep.
types() {
	mkdir -p "$1/net" "$1/fs" "$1/drivers/usb"
	cat >"$1/main.symtypes" <<-'END'
	s#module struct module { int state ; }
	module_layout void module_layout ( s#module * )
	END
	cat >"$1/net/dev.symtypes" <<-'END'
	E#N ( 3 ) + 1
	s#inner struct inner { int x ; char y [ E#N ] ; }
	u#val union val { long n ; s#inner * p ; }
	t#val_t typedef u#val val_t
	e#state enum state { OFF , ON = 1 }
	s#deep struct deep { t#val_t v ; e#state st ; }
	s#dev struct dev { s#deep * d ; s#dev * next ; int ( * op ) ( s#dev * ) ; }
	s#fwd struct fwd { UNKNOWN }
	dev_open extern int dev_open ( s#dev * , const char * )
	dev_close void dev_close ( s#dev * , s#fwd * )
	count extern int count ( int )
	END
	cat >"$1/fs/file.symtypes" <<-'END'
	E#N ( 3 ) + 1
	s#inner struct inner { int x ; char y [ E#N ] ; }
	s#fwd struct fwd { int a ; }
	file_read long file_read ( s#inner * , s#fwd * )
	file_name const char * file_name ( s#fwd * )
	END
	cat >"$1/drivers/usb/hub.symtypes" <<-'END'
	e#state enum state { OFF , ON = 1 }
	hub_state e#state hub_state ( int , char [ ' ' ] )
	END
	# genksyms ends each line with a blank
	find "$1" -name '*.symtypes' -exec sed -i 's/$/ /' {} +
}

# symvers DIR: write Module.symvers from the types, with the CRCs of crc.pl.
# hub.symtypes belongs to a module; file_* are GPL only; hub_state has a namespace.
symvers() {
	local f module
	(cd "$1" && find . -name '*.symtypes' | sort) | while read -r f; do
		module=vmlinux
		case $f in ./drivers/*) module=drivers/usb/usbcore ;; esac
		perl "$HERE/crc.pl" <"$1/$f" | awk -v m="$module" -v OFS='\t' '{
			print $1, $2, m, ($2 ~ /^file_/) ? "EXPORT_SYMBOL_GPL" : "EXPORT_SYMBOL",
				($2 == "hub_state") ? "USB" : "" }'
	done >"$1/Module.symvers"
}

# tree DIR [SED]: types and Module.symvers, edited by the script SED before the
# CRCs are made.
tree() {
	rm -rf "$1"
	types "$1"
	[ $# -eq 1 ] || find "$1" -name '*.symtypes' -exec sed -i -e "$2" {} +
	symvers "$1"
}

# promise DIR: the whitelist and, of TREE, the baseline 1.0 in DIR.
# shellcheck disable=SC2154 # tmp comes from tests/tools/lib.sh
promise() {
	mkdir -p "$1"
	printf '%s\n' '[consumer oem since=1 contact=oem@example.com]' 'dev_close' 'dev_open' \
		'file_read # their file system' '' '[consumer lab]' 'dev_open' 'hub_state' >"$1/whitelist"
	rm -f "$1/baseline"
	"$kabi" update "$2" --dir "$1" --release 1.0 --name 6.12.0-1.0 --arch x86 --flavour vm \
		--report "$tmp/report"
}

# names PATTERN COMMAND...: COMMAND prints a line that matches PATTERN (grep -E);
# its exit status is WANT (default 1).
# shellcheck disable=SC2154 # the same
names() {
	local pattern=$1 ret=0
	shift
	"$@" >"$tmp/names" 2>&1 || ret=$?
	cat "$tmp/names"
	[ "$ret" -eq "${WANT:-1}" ] || { echo "exit status $ret, wanted ${WANT:-1}"; return 1; }
	grep -qE -- "$pattern" "$tmp/names" || { echo "did not say: $pattern"; return 1; }
}
