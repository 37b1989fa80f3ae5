// SPDX-License-Identifier: Apache-2.0
// What the C echo servers share: the listening socket.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MAX_FDS = 1 << 20 }; // state of connections is kept in arrays indexed by descriptor

struct listener {
  int fd;
  bool datagram;
  bool tcp;
};

static inline void die(const char *what) {
  perror(what);
  exit(1);
}

static inline bool has_prefix(const char *s, const char *prefix) {
  return !strncmp(s, prefix, strlen(prefix));
}

static inline int listen_unix(const char *path, int type) {
  struct sockaddr_un addr = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof addr.sun_path) {
    fprintf(stderr, "path too long: %s\n", path);
    exit(1);
  }
  strcpy(addr.sun_path, path);
  unlink(path);
  int fd = socket(AF_UNIX, type, 0);
  if (bind(fd, (struct sockaddr *)&addr, sizeof addr))
    die("bind");
  return fd;
}

static inline int listen_inet(const char *port, int type) {
  int one = 1;
  struct sockaddr_in addr = {
      .sin_family = AF_INET,
      .sin_port = htons((uint16_t)atoi(port)),
      .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
  };
  int fd = socket(AF_INET, type, 0);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(fd, (struct sockaddr *)&addr, sizeof addr))
    die("bind");
  return fd;
}

// where: tcp:PORT, udp:PORT, unix:PATH or unix-dgram:PATH. Streams get type_flags (SOCK_NONBLOCK).
static inline struct listener open_listener(const char *where, int type_flags) {
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  signal(SIGPIPE, SIG_IGN);

  const char *colon = where ? strchr(where, ':') : NULL;
  if (!colon) {
    fprintf(stderr, "usage: tcp:PORT | udp:PORT | unix:PATH | unix-dgram:PATH\n");
    exit(2);
  }
  struct listener l = {.tcp = has_prefix(where, "tcp:")};
  l.datagram = has_prefix(where, "udp:") || has_prefix(where, "unix-dgram:");
  int type = l.datagram ? SOCK_DGRAM : SOCK_STREAM | type_flags;
  l.fd = has_prefix(where, "unix") ? listen_unix(colon + 1, type) : listen_inet(colon + 1, type);
  if (l.datagram) {
    int bytes = 4 << 20;
    setsockopt(l.fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  } else if (listen(l.fd, 4096)) {
    die("listen");
  }
  return l;
}

static inline void no_delay(int fd) {
  int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}
