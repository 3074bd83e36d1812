# Thin: each target is one script of scripts/, which can be run alone with
# --help. Variables, given on the command line or in the environment: PLATFORM
# PROFILE JOBS BUILD KERNEL_SRC (see README.md).

.DEFAULT_GOAL := all
# Goals of one call follow each other, also with -j: they share the object tree.
.NOTPARALLEL:
.PHONY: all help setup source src config config-why config-matrix kernel deb rpm boot prove \
	stress bench test test-quick test-full series-check export bisect-check \
	matrix rebase-check crc-check repro kabi-check clean

all:          ; @scripts/all                  # set up, build, package and boot the patched kernel
help:         ; @scripts/make-help Makefile   # this list
setup:        ; @scripts/setup                # install what building and testing needs
source:       ; @scripts/source               # find, check and unpack the base source
src:          ; @scripts/src                  # build/src: the base with one commit a patch
config:       ; @scripts/config               # configure PLATFORM and PROFILE, check every value
config-why:   ; @scripts/config-why $(SYMBOL) # say where SYMBOL= gets its value, and why
config-matrix: ; @scripts/config-matrix       # values by platform; fail for a difference nobody explained
kernel:       ; @scripts/kernel               # build the kernel and its modules
deb:          ; @scripts/deb                  # Debian packages, below build/packages
rpm:          ; @scripts/rpm                  # RPM packages, below build/packages
boot:         ; @scripts/run-topic boot       # boot the kernel and test that it works
prove:        ; @scripts/prove $(TOPIC) $(if $(RECORD),--record) # tests of TOPIC= fail on the base, pass on ours
stress:       ; @scripts/run-topic $(TOPIC) --stress # stress of TOPIC= under the debug profile
bench:        ; @scripts/bench $(TOPIC)       # measure TOPIC= on base and ours: table, CSV, SVG
test-quick:   ; @scripts/test quick           # all tests that need no kernel build
test:         ; @scripts/test test            # quick, kernel, packages, boot and every topic
test-full:    ; @scripts/test full            # everything, with base halves and stress
series-check: ; @scripts/series-check         # check patches/ and its series
export:       ; @scripts/export               # turn the commits of build/src into patches/
bisect-check: ; @scripts/bisect-check         # build at every prefix of the series
matrix:       ; @scripts/matrix               # the series on every 6.12.y still served
rebase-check: ; @scripts/rebase-check $(VERSION) # try point release VERSION=, pin it if clean
crc-check:    ; @scripts/crc-check $(TOPIC)   # does TOPIC= change the CRC of an exported symbol?
repro:        ; @scripts/repro                # two builds must give the same bytes
kabi-check:   ; @scripts/kabi-check           # does the built kernel keep the promised kABI?
clean:        ; @scripts/clean                # remove build/ but the source cache
