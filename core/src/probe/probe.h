/* SPDX-License-Identifier: Apache-2.0 */
/* One fact about the ABI; kernel.c and libc.c are tables of them, made by probe.sh. */
enum kind { CONST, SIZEOF, OFFSETOF, WIDTHOF, NR, ERRNO };

struct fact {
    enum kind kind;
    const char *of;   /* the constant, or the C type */
    const char *path; /* the member, or null */
    long long value;
};

extern const struct fact kernel_facts[], libc_facts[];
extern const char kernel_version[];
