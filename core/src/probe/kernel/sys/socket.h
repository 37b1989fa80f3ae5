/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The socket structures that the kernel keeps in its inner include/linux/socket.h, where no user
 * header shows them: a C library has to bring its own. Written here in the kernel's types, so that
 * a library that spells them otherwise (musl's struct msghdr) stands out as a difference.
 */
#ifndef PROBE_KERNEL_SYS_SOCKET_H
#define PROBE_KERNEL_SYS_SOCKET_H

#include <linux/posix_types.h>
#include <linux/socket.h>
#include <linux/types.h>
#include <linux/uio.h>
#include <stddef.h>
#include <stdint.h>

typedef __kernel_sa_family_t sa_family_t;

struct sockaddr {
    __kernel_sa_family_t sa_family;
    char sa_data[14];
};

#define sockaddr_storage __kernel_sockaddr_storage

struct linger {
    int l_onoff;
    int l_linger;
};

/* struct user_msghdr */
struct msghdr {
    void *msg_name;
    int msg_namelen;
    struct iovec *msg_iov;
    __kernel_size_t msg_iovlen;
    void *msg_control;
    __kernel_size_t msg_controllen;
    unsigned int msg_flags;
};

/* struct user_mmsghdr */
struct mmsghdr {
    struct msghdr msg_hdr;
    unsigned int msg_len;
};

struct cmsghdr {
    __kernel_size_t cmsg_len;
    int cmsg_level;
    int cmsg_type;
};

/* linux/sctp.h builds a constant on it. */
#define MSG_FIN 0x200

struct ucred {
    __u32 pid;
    __u32 uid;
    __u32 gid;
};

#endif
