/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Talks to the running kernel with the numbers of a golden file alone: raw system calls, byte
 * arrays at the offsets written there, no struct of any header. What a Java program does, in C; so
 * a golden file that is right on paper is seen to work, and under an emulator too.
 *
 * golden.h, made by probe.sh: C_x constants, NR_x system calls, SIZEOF_x and x__member for structs.
 */
#define _GNU_SOURCE
#include "golden.h"
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned char bytes[512];

static void check(int holds, const char *what, int line) {
    if (holds) return;
    fprintf(stderr, "behave.c:%d: %s (errno %d %s)\n", line, what, errno, strerror(errno));
    exit(1);
}
#define CHECK(what) check(what, #what, __LINE__)
#define CALL(name, ...) syscall(NR_##name, __VA_ARGS__)

static void put16(unsigned char *at, uint16_t v) { memcpy(at, &v, sizeof v); }
static void put32(unsigned char *at, uint32_t v) { memcpy(at, &v, sizeof v); }
static void put64(unsigned char *at, uint64_t v) { memcpy(at, &v, sizeof v); }
static void putp(unsigned char *at, const void *v) { put64(at, (uintptr_t)v); }
static uint16_t get16(const unsigned char *at) { uint16_t v; memcpy(&v, at, sizeof v); return v; }
static uint32_t get32(const unsigned char *at) { uint32_t v; memcpy(&v, at, sizeof v); return v; }
static uint64_t get64(const unsigned char *at) { uint64_t v; memcpy(&v, at, sizeof v); return v; }

/* A struct msghdr over one buffer, with the struct iovec behind it. */
static void message(unsigned char *msg, void *data, uint64_t length, void *control,
                    uint64_t controllen) {
    unsigned char *iov = msg + 128;
    memset(msg, 0, 256);
    putp(iov + iovec__iov_base, data);
    put64(iov + iovec__iov_len, length);
    putp(msg + msghdr__msg_iov, iov);
    put64(msg + msghdr__msg_iovlen, 1);
    putp(msg + msghdr__msg_control, control);
    put64(msg + msghdr__msg_controllen, controllen);
}

static uint64_t aligned(uint64_t length) { return (length + 7) & ~(uint64_t)7; }

/* The data of a control message, or null; its length too. */
static unsigned char *control_of(unsigned char *msg, unsigned char *control, int level, int type) {
    uint64_t end = get64(msg + msghdr__msg_controllen);
    for (uint64_t at = 0; at + SIZEOF_cmsghdr <= end;) {
        uint64_t length = get64(control + at + cmsghdr__cmsg_len);
        CHECK(length >= SIZEOF_cmsghdr && length <= end - at);
        if ((int)get32(control + at + cmsghdr__cmsg_level) == level &&
            (int)get32(control + at + cmsghdr__cmsg_type) == type)
            return control + at + SIZEOF_cmsghdr;
        at += aligned(length);
    }
    return 0;
}

static int setint(int fd, int level, int option, int value) {
    return CALL(setsockopt, fd, level, option, &value, sizeof value);
}

static void unix_messages(void) {
    int pair[2], one = 1;
    bytes msg, control, data = "hello";
    CHECK(CALL(socketpair, C_AF_UNIX, C_SOCK_SEQPACKET | C_SOCK_CLOEXEC, 0, pair) == 0);
    CHECK(CALL(setsockopt, pair[1], C_SOL_SOCKET, C_SO_PASSCRED, &one, sizeof one) == 0);

    memset(control, 0, sizeof control);
    put64(control + cmsghdr__cmsg_len, SIZEOF_cmsghdr + 4);
    put32(control + cmsghdr__cmsg_level, C_SOL_SOCKET);
    put32(control + cmsghdr__cmsg_type, C_SCM_RIGHTS);
    put32(control + SIZEOF_cmsghdr, pair[0]);
    message(msg, data, 5, control, aligned(SIZEOF_cmsghdr + 4));
    CHECK(CALL(sendmsg, pair[0], msg, C_MSG_DONTWAIT | C_MSG_NOSIGNAL) == 5);

    memset(control, 0, sizeof control);
    message(msg, data, 3, control, sizeof control);
    CHECK(CALL(recvmsg, pair[1], msg, C_MSG_CMSG_CLOEXEC) == 3);
    CHECK((get32(msg + msghdr__msg_flags) & C_MSG_TRUNC) != 0);
    CHECK((get32(msg + msghdr__msg_flags) & C_MSG_CTRUNC) == 0);
    unsigned char *rights = control_of(msg, control, C_SOL_SOCKET, C_SCM_RIGHTS);
    CHECK(rights != 0);
    CHECK(CALL(fcntl, get32(rights), C_F_GETFD) == C_FD_CLOEXEC);
    unsigned char *credentials = control_of(msg, control, C_SOL_SOCKET, C_SCM_CREDENTIALS);
    CHECK(credentials != 0);
    CHECK((pid_t)get32(credentials + ucred__pid) == getpid());
    CHECK(get32(credentials + ucred__uid) == getuid());
    CHECK(get32(credentials + ucred__gid) == getgid());

    bytes many;
    memset(many, 0, sizeof many);
    bytes first, second;
    message(first, data, 2, 0, 0);
    message(second, data, 4, 0, 0);
    memcpy(many, first, SIZEOF_msghdr);
    memcpy(many + SIZEOF_mmsghdr, second, SIZEOF_msghdr);
    CHECK(CALL(sendmmsg, pair[0], many, 2, C_MSG_DONTWAIT) == 2);
    CHECK(get32(many + mmsghdr__msg_len) == 2);
    CHECK(get32(many + SIZEOF_mmsghdr + mmsghdr__msg_len) == 4);
    put32(many + mmsghdr__msg_len, 99);
    CHECK(CALL(recvmmsg, pair[1], many, 2, C_MSG_DONTWAIT, 0) == 2);
    CHECK(get32(many + mmsghdr__msg_len) == 2);
    CHECK(get32(many + SIZEOF_mmsghdr + mmsghdr__msg_len) == 4);

    bytes poll;
    put32(poll + pollfd__fd, pair[0]);
    put16(poll + pollfd__events, C_POLLIN | C_POLLOUT);
    put16(poll + pollfd__revents, 0xffff);
    CHECK(CALL(ppoll, poll, 1, 0, 0, 8) == 1);
    CHECK(get16(poll + pollfd__revents) == C_POLLOUT);

    /* Two events in one array show the distance between them. */
    int epoll = CALL(epoll_create1, C_EPOLL_CLOEXEC);
    CHECK(epoll >= 0);
    uint64_t tokens = 0;
    for (int i = 0; i < 2; i++) {
        bytes event;
        put32(event + epoll_event__events, (uint32_t)C_EPOLLET | C_EPOLLOUT);
        put64(event + epoll_event__data, 0x1122334455667788u + i);
        CHECK(CALL(epoll_ctl, epoll, C_EPOLL_CTL_ADD, pair[i], event) == 0);
    }
    bytes events;
    CHECK(CALL(epoll_pwait, epoll, events, 8, 0, 0, 8) == 2);
    for (int i = 0; i < 2; i++) {
        CHECK(get32(events + i * SIZEOF_epoll_event + epoll_event__events) == C_EPOLLOUT);
        tokens ^= get64(events + i * SIZEOF_epoll_event + epoll_event__data);
    }
    CHECK(tokens == (0x1122334455667788u ^ 0x1122334455667789u));
    CHECK(CALL(epoll_ctl, epoll, C_EPOLL_CTL_DEL, pair[0], 0) == 0);
    CHECK(CALL(close, epoll) == 0);

    CHECK(CALL(shutdown, pair[0], C_SHUT_WR) == 0);
    CHECK(CALL(recvfrom, pair[1], data, 8, 0, 0, 0) == 0);
    CHECK(CALL(sendto, pair[0], data, 8, C_MSG_NOSIGNAL, 0, 0) == -1);
    CHECK(errno == E_EPIPE);
    CALL(close, pair[0]);
    CALL(close, pair[1]);
}

static void unix_names(void) {
    bytes name;
    uint32_t length = sizeof name;
    int fd = CALL(socket, C_AF_UNIX, C_SOCK_STREAM, 0);
    CHECK(fd >= 0);
    memset(name, 0, sizeof name);
    put16(name + sockaddr_un__sun_family, C_AF_UNIX);
    CHECK(CALL(bind, fd, name, sockaddr_un__sun_path) == 0); /* autobind: NUL and five digits */
    CHECK(CALL(getsockname, fd, name, &length) == 0);
    CHECK(length == sockaddr_un__sun_path + 6);
    CHECK(get16(name + sockaddr_un__sun_family) == C_AF_UNIX);
    CHECK(name[sockaddr_un__sun_path] == 0);
    CALL(close, fd);
}

/* Loopback addresses in the family's own struct; the port stays as the kernel gave it. */
static uint32_t loopback(int family, unsigned char *name) {
    memset(name, 0, sizeof(bytes));
    if (family == C_AF_INET) {
        put16(name + sockaddr_in__sin_family, family);
        memcpy(name + sockaddr_in__sin_addr, "\x7f\0\0\1", 4);
        return SIZEOF_sockaddr_in;
    }
    put16(name + sockaddr_in6__sin6_family, family);
    name[sockaddr_in6__sin6_addr + 15] = 1;
    return SIZEOF_sockaddr_in6;
}

static void tcp(int family) {
    bytes name, linger, info;
    uint32_t length = loopback(family, name), size = length;
    int listener = CALL(socket, family, C_SOCK_STREAM | C_SOCK_CLOEXEC, C_IPPROTO_TCP);
    if (listener < 0 && errno == E_EAFNOSUPPORT) return;
    CHECK(listener >= 0);
    if (CALL(bind, listener, name, length) != 0 && errno == E_EADDRNOTAVAIL) return;
    CHECK(CALL(listen, listener, 1) == 0);
    CHECK(CALL(getsockname, listener, name, &size) == 0);
    CHECK(size == length);
    CHECK(get16(name + sockaddr__sa_family) == family);
    CHECK(get16(name + sockaddr_in__sin_port) != 0 && sockaddr_in__sin_port == sockaddr_in6__sin6_port);
    int client = CALL(socket, family, C_SOCK_STREAM, 0);
    CHECK(CALL(connect, client, name, length) == 0);
    int server = CALL(accept4, listener, name, &size, C_SOCK_NONBLOCK);
    CHECK(server >= 0);
    CHECK(CALL(fcntl, server, C_F_GETFL) & C_O_NONBLOCK);
    CHECK(CALL(recvfrom, server, info, 1, 0, 0, 0) == -1 && errno == E_EAGAIN);

    put32(linger + linger__l_onoff, 1);
    put32(linger + linger__l_linger, 7);
    CHECK(CALL(setsockopt, client, C_SOL_SOCKET, C_SO_LINGER, linger, SIZEOF_linger) == 0);
    memset(linger, 0, sizeof linger);
    size = SIZEOF_linger;
    CHECK(CALL(getsockopt, client, C_SOL_SOCKET, C_SO_LINGER, linger, &size) == 0);
    CHECK(get32(linger + linger__l_onoff) == 1 && get32(linger + linger__l_linger) == 7);

    CHECK(CALL(sendto, client, "12345", 5, C_MSG_NOSIGNAL, 0, 0) == 5);
    memset(info, 0, sizeof info);
    size = sizeof info;
    CHECK(CALL(getsockopt, client, C_IPPROTO_TCP, C_TCP_INFO, info, &size) == 0);
    if (EMULATED && size == 4) {
        puts("TCP_INFO was not tried: the emulator passes on its first four bytes only");
    } else {
        CHECK(size >= SIZEOF_tcp_info);
        CHECK(info[tcp_info__tcpi_state] == C_TCP_ESTABLISHED);
        CHECK(get64(info + tcp_info__tcpi_bytes_sent) == 5);
        CHECK(get32(info + tcp_info__tcpi_snd_cwnd) > 0);
    }
    int waiting = 0;
    CHECK(CALL(ioctl, server, C_FIONREAD, &waiting) == 0 && waiting == 5);
    CALL(close, client);
    CALL(close, server);
    CALL(close, listener);
}

static void udp(void) {
    bytes name, msg, control, data, from;
    uint32_t length = loopback(C_AF_INET, name), size = length;
    int fd = CALL(socket, C_AF_INET, C_SOCK_DGRAM, 0);
    CHECK(CALL(bind, fd, name, length) == 0);
    CHECK(CALL(getsockname, fd, name, &size) == 0);
    CHECK(setint(fd, C_IPPROTO_IP, C_IP_PKTINFO, 1) == 0);
    CHECK(setint(fd, C_IPPROTO_IP, C_IP_RECVTTL, 1) == 0);
    CHECK(setint(fd, C_IPPROTO_IP, C_IP_TTL, 9) == 0);
    CHECK(CALL(sendto, fd, "x", 1, 0, name, length) == 1);
    message(msg, data, sizeof data, control, sizeof control);
    putp(msg + msghdr__msg_name, from);
    put32(msg + msghdr__msg_namelen, sizeof from);
    CHECK(CALL(recvmsg, fd, msg, 0) == 1);
    CHECK(get32(msg + msghdr__msg_namelen) == SIZEOF_sockaddr_in);
    CHECK(memcmp(from, name, SIZEOF_sockaddr_in) == 0);
    unsigned char *packet = control_of(msg, control, C_IPPROTO_IP, C_IP_PKTINFO);
    CHECK(packet && memcmp(packet + in_pktinfo__ipi_addr, "\x7f\0\0\1", 4) == 0);
    CHECK(get32(packet + in_pktinfo__ipi_ifindex) != 0);
    unsigned char *ttl = control_of(msg, control, C_IPPROTO_IP, C_IP_TTL);
    CHECK(ttl && get32(ttl) == 9);

    /* Nobody listens where this socket listened: the error queue tells who said so. */
    int other = CALL(socket, C_AF_INET, C_SOCK_DGRAM, 0);
    CHECK(setint(other, C_IPPROTO_IP, C_IP_RECVERR, 1) == 0);
    CHECK(CALL(connect, other, name, length) == 0);
    CALL(close, fd);
    CHECK(CALL(sendto, other, "x", 1, 0, 0, 0) == 1);
    message(msg, data, sizeof data, control, sizeof control);
    CHECK(CALL(recvmsg, other, msg, C_MSG_ERRQUEUE) == 1);
    unsigned char *error = control_of(msg, control, C_IPPROTO_IP, C_IP_RECVERR);
    CHECK(error != 0);
    CHECK(get32(error + sock_extended_err__ee_errno) == E_ECONNREFUSED);
    CHECK(error[sock_extended_err__ee_origin] == C_SO_EE_ORIGIN_ICMP);
    CHECK(error[sock_extended_err__ee_type] == C_ICMP_DEST_UNREACH);
    CHECK(error[sock_extended_err__ee_code] == C_ICMP_PORT_UNREACH);
    CALL(close, other);
}

static void files(void) {
    bytes stat, statx, how;
    char path[] = "/tmp/sockeye-probe-XXXXXX";
    int made = mkstemp(path);
    CHECK(made >= 0 && write(made, "0123456789", 10) == 10);
    memset(how, 0, sizeof how);
    int fd = CALL(openat, C_AT_FDCWD, path, C_O_RDONLY | C_O_CLOEXEC | C_O_NOFOLLOW, 0);
    CHECK(fd >= 0);
    CHECK(CALL(fchmod, made, 0640) == 0);
    CHECK(CALL(newfstatat, C_AT_FDCWD, path, stat, C_AT_SYMLINK_NOFOLLOW) == 0);
    CHECK(get64(stat + stat__st_size) == 10);
    CHECK(get32(stat + stat__st_mode) == (C_S_IFREG | 0640));
    CHECK(get32(stat + stat__st_uid) == getuid());
    CHECK(CALL(statx, fd, "", C_AT_EMPTY_PATH, C_STATX_BASIC_STATS, statx) == 0);
    CHECK(get64(statx + statx__stx_size) == 10);
    CHECK(get64(statx + statx__stx_ino) == get64(stat + stat__st_ino));
    CHECK(get16(statx + statx__stx_mode) == (C_S_IFREG | 0640));
    CHECK(CALL(openat, C_AT_FDCWD, path, C_O_DIRECTORY, 0) == -1 && errno == E_ENOTDIR);
    CHECK(CALL(unlinkat, C_AT_FDCWD, path, 0) == 0);
    CALL(close, fd);
    close(made);

    int pipe[2];
    CHECK(CALL(pipe2, pipe, C_O_CLOEXEC | C_O_NONBLOCK) == 0);
    CHECK(CALL(read, pipe[0], stat, 1) == -1 && errno == E_EAGAIN);
    int event = CALL(eventfd2, 3, C_EFD_CLOEXEC | C_EFD_NONBLOCK);
    CHECK(CALL(read, event, stat, 8) == 8 && get64(stat) == 3);
}

/*
 * The C library's name service as Java calls it: every function in the shape of syscall(2), seven
 * words in, one out, of an int the low half. No header: the layouts are the golden file's.
 */
typedef long seven(long, long, long, long, long, long, long);
extern char getaddrinfo, freeaddrinfo, getnameinfo;
#define LIBRARY(name, ...) ((seven *)(uintptr_t)&name)(__VA_ARGS__)

static void names(void) {
    bytes hints = {0}, host = {0}, service = {0};
    unsigned char *list = 0;
    put32(hints + addrinfo__ai_flags, C_AI_NUMERICHOST | C_AI_NUMERICSERV);
    put32(hints + addrinfo__ai_socktype, C_SOCK_STREAM);
    CHECK((int)LIBRARY(getaddrinfo, (long)"127.0.0.1", (long)"80", (long)hints, (long)&list, 5, 6,
                       7) == 0);
    CHECK((int)get32(list + addrinfo__ai_family) == C_AF_INET);
    CHECK((int)get32(list + addrinfo__ai_socktype) == C_SOCK_STREAM);
    CHECK((int)get32(list + addrinfo__ai_addrlen) == SIZEOF_sockaddr_in);
    CHECK(get64(list + addrinfo__ai_next) == 0);
    unsigned char *address = (unsigned char *)(uintptr_t)get64(list + addrinfo__ai_addr);
    CHECK(address[sockaddr_in__sin_port + 1] == 80 && address[sockaddr_in__sin_addr] == 127);
    CHECK((int)LIBRARY(getnameinfo, (long)address, SIZEOF_sockaddr_in, (long)host, sizeof host,
                       (long)service, sizeof service,
                       C_NI_NUMERICHOST | C_NI_NUMERICSERV) == 0);
    CHECK(!strcmp((char *)host, "127.0.0.1") && !strcmp((char *)service, "80"));
    LIBRARY(freeaddrinfo, (long)list, 2, 3, 4, 5, 6, 7);
    CHECK((int)LIBRARY(getaddrinfo, (long)"no-address", 0, (long)hints, (long)&list, 5, 6, 7) ==
          C_EAI_NONAME);
}

int main(void) {
    names();
    unix_messages();
    unix_names();
    tcp(C_AF_INET);
    tcp(C_AF_INET6);
    udp();
    files();
    puts("ok");
    return 0;
}
