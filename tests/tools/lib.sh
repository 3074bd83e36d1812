# shellcheck shell=bash
# lib.sh - for tests of tools: KTAP on stdout, a scratch directory in $tmp.
#
#	. "$(dirname "$0")/lib.sh"
#	check "name" COMMAND...            passes if the command exits 0
#	check_fails "name" TEXT COMMAND... passes if it exits neither 0 nor by a
#	                                   signal, and says TEXT (a grep -E pattern)
#	check_status "name" N COMMAND...   passes if it exits N
#	finish                             prints the plan; status 1 if one failed
#
# What a command printed stays in $tmp/out; it is shown when its test fails.

# shellcheck disable=SC2034 # for the tests that source this
TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
tests=0 failed=0
echo "KTAP version 1"

# result STATUS NAME: one KTAP line; STATUS 0 is a pass.
result() {
	tests=$((tests + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tests $2"
	else
		echo "not ok $tests $2"
		sed 's/^/# /' "$tmp/out"
		failed=$((failed + 1))
	fi
}

check() {
	local name=$1 ret=0
	shift
	"$@" >"$tmp/out" 2>&1 </dev/null || ret=$?
	result $ret "$name"
}

check_status() {
	local name=$1 want=$2 ret=0
	shift 2
	"$@" >"$tmp/out" 2>&1 </dev/null || ret=$?
	[ $ret -eq "$want" ] || echo "exit status $ret, wanted $want" >>"$tmp/out"
	result $((ret != want)) "$name"
}

check_fails() {
	local name=$1 text=$2 ret=0 bad=0
	shift 2
	"$@" >"$tmp/out" 2>&1 </dev/null || ret=$?
	if [ $ret -eq 0 ] || [ $ret -ge 128 ]; then
		echo "exit status $ret, wanted a failure" >>"$tmp/out"
		bad=1
	elif ! grep -qE -- "$text" "$tmp/out"; then
		echo "did not say: $text" >>"$tmp/out"
		bad=1
	fi
	result $bad "$name"
}

skip() {
	tests=$((tests + 1))
	echo "ok $tests $1 # SKIP $2"
}

finish() {
	echo "1..$tests"
	exit $((failed > 0))
}
