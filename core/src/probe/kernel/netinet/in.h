/* SPDX-License-Identifier: Apache-2.0 */
/* Some kernel headers ask the C library for these; here they come from the kernel too. */
#include <linux/in.h>
#include <linux/in6.h>
