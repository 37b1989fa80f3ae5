/* SPDX-License-Identifier: Apache-2.0 */
/* What kernel headers want of it; the compiler's own asks for the C library's. */
#define INT_MAX __INT_MAX__
#define INT_MIN (-INT_MAX - 1)
