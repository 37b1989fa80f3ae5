/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints the golden file: what the kernel's headers say, else what the C library's say. Where both
 * speak and disagree, the library's word follows on a line that starts with "libc".
 */
#define _GNU_SOURCE
#include "probe.h"
#include <stdio.h>
#include <string.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

static const struct fact *find(const struct fact *in, enum kind kind, const char *of,
                               const char *path) {
    for (; in->of; in++)
        if (in->kind == kind && !strcmp(in->of, of) &&
            (path ? in->path && !strcmp(in->path, path) : !in->path))
            return in;
    return 0;
}

static long long width(const struct fact *in, const struct fact *member) {
    const struct fact *w = find(in, WIDTHOF, member->of, member->path);
    return w ? w->value : 0; /* a flexible array has none */
}

static void print(const char *prefix, const struct fact *all, const struct fact *f) {
    switch (f->kind) {
    case CONST: printf("%sconst %s %lld\n", prefix, f->of, f->value); break;
    case NR: printf("%snr %s %lld\n", prefix, f->of, f->value); break;
    case SIZEOF: printf("%ssizeof %s %lld\n", prefix, f->of, f->value); break;
    case OFFSETOF:
        printf("%soffsetof %s %s %lld %lld\n", prefix, f->of, f->path, f->value, width(all, f));
        break;
    case ERRNO:
        printf("%serrno %s %lld %s\n", prefix, f->of, f->value, strerror((int)f->value));
        break;
    case WIDTHOF: break;
    }
}

int main(void) {
    printf("# Made by src/probe/probe.sh, not by hand.\n");
    printf("# Kernel headers %s\n", kernel_version);
#ifdef __GLIBC__
    printf("# C library glibc %s\n", gnu_get_libc_version());
#else
    printf("# C library musl\n");
#endif
    printf("# const NAME VALUE | sizeof TYPE BYTES | offsetof TYPE MEMBER OFFSET WIDTH\n");
    printf("# nr SYSTEM_CALL NUMBER | errno SYMBOL NUMBER TEXT\n");
    printf("# libc ... : the C library's own view where it differs from the kernel's\n");
    for (const struct fact *f = kernel_facts; f->of; f++) print("", kernel_facts, f);
    for (const struct fact *f = libc_facts; f->of; f++) {
        const struct fact *k = find(kernel_facts, f->kind, f->of, f->path);
        if (k && k->value == f->value &&
            (f->kind != OFFSETOF || width(kernel_facts, k) == width(libc_facts, f)))
            continue;
        /* A member that only the library knows, of a type that the kernel defines too. */
        int foreign = f->path && find(kernel_facts, SIZEOF, f->of, 0);
        print(k || foreign ? "libc " : "", libc_facts, f);
    }
    return 0;
}
