/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's headers below scripts/kconfig, which are written in GNU C.
 */
#ifndef KCONF_KCONFIG_H
#define KCONF_KCONFIG_H

#define typeof __typeof__
#include <internal.h>
#include <lkc.h>

#endif
