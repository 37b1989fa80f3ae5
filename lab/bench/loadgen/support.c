// SPDX-License-Identifier: Apache-2.0
// Payload, histogram, sockets and /proc accounting of the load generator.
#define _GNU_SOURCE
#include "loadgen.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

void die(const char *what) {
  fprintf(stderr, "loadgen: %s: %s\n", what, strerror(errno));
  exit(2);
}

// ---------------------------------------------------------------- histogram

static uint64_t bucket_middle(int i) {
  if (i < HIST_SUB)
    return (uint64_t)i;
  int exp = i / HIST_SUB + 6;
  uint64_t mantissa = (uint64_t)(i % HIST_SUB);
  return ((HIST_SUB + mantissa) << (exp - 7)) + ((1ull << (exp - 7)) >> 1);
}

double hist_percentile_us(const struct hist *h, double percent) {
  if (!h->n)
    return 0;
  uint64_t want = (uint64_t)(percent / 100 * (double)h->n + 0.5);
  uint64_t seen = 0;
  if (!want)
    want = 1;
  for (int i = 0; i < HIST_BUCKETS; i++) {
    seen += h->count[i];
    if (seen < want)
      continue;
    uint64_t v = bucket_middle(i);
    return (double)(v > h->max ? h->max : v) / 1000.0;
  }
  return (double)h->max / 1000.0;
}

void hist_merge(struct hist *into, const struct hist *from) {
  for (int i = 0; i < HIST_BUCKETS; i++)
    into->count[i] += from->count[i];
  into->n += from->n;
  into->sum += from->sum;
  if (from->max > into->max)
    into->max = from->max;
}

// ---------------------------------------------------------------- payload

unsigned char *filler;
size_t tag_len;

static unsigned char filler_byte(size_t i) {
  if (opt.raw)
    return (unsigned char)(i * 131 + 7);
  unsigned char c = (unsigned char)('A' + (i * 7) % 57);
  return c == '\\' ? '_' : c;
}

void payload_init(void) {
  tag_len = opt.size - 1 < TAG_MAX ? opt.size - 1 : TAG_MAX;
  if (opt.raw && opt.size < TAG_MAX)
    tag_len = opt.size;
  filler = malloc(opt.size);
  for (size_t i = 0; i < opt.size; i++)
    filler[i] = filler_byte(i);
  if (!opt.raw)
    filler[opt.size - 1] = '\n';
}

void payload_message(unsigned char *dst, uint32_t conn, uint64_t k) {
  memcpy(dst + tag_len, filler + tag_len, opt.size - tag_len);
  payload_tag(dst, conn, k);
}

static int hex_digit(unsigned char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return -1;
}

// Reads a full tag back; false if it is not one. Needs tag_len == TAG_MAX.
bool tag_parse(const unsigned char *tag, uint32_t *conn, uint64_t *k) {
  uint64_t v = 0;
  for (int i = TAG_MAX - 1; i >= 0; i--) {
    int d = hex_digit(tag[i]);
    if (d < 0)
      return false;
    v = v << 4 | (uint64_t)d;
  }
  *conn = (uint32_t)(v >> 40);
  *k = v & 0xffffffffffull;
  return true;
}

// ---------------------------------------------------------------- sockets

// AF_UNIX datagram clients need a name of their own to get a reply: an abstract one that the
// kernel picks, or a file in LOADGEN_BIND_DIR for servers that cannot answer abstract names.
static bool client_path(struct sockaddr_un *me, uint32_t id) {
  const char *dir = getenv("LOADGEN_BIND_DIR");
  if (!dir)
    return false;
  snprintf(me->sun_path, sizeof me->sun_path, "%s/lg.%d.%u", dir, getpid(), id);
  return true;
}

static int bind_unix_client(int fd, uint32_t id) {
  struct sockaddr_un me = {.sun_family = AF_UNIX};
  socklen_t len = sizeof(sa_family_t);
  if (client_path(&me, id)) {
    unlink(me.sun_path);
    len = sizeof me;
  }
  return bind(fd, (struct sockaddr *)&me, len);
}

// One loopback address has too few ports for more than about 28000 connections: use several.
static void bind_own_address(int fd, uint32_t id) {
  struct sockaddr_in me = {.sin_family = AF_INET};
  int one = 1;
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
  me.sin_addr.s_addr = htonl(0x7f000002 + id / 20000);
  bind(fd, (struct sockaddr *)&me, sizeof me);
}

// A full backlog (EAGAIN on AF_UNIX) is retried for 2 s, a refused connection for 0.2 s.
static int connect_patiently(int fd) {
  for (int tries = 1; connect(fd, (struct sockaddr *)&server_addr, server_addr_len) < 0; tries++) {
    bool refused = errno == ECONNREFUSED;
    bool again = refused || errno == EAGAIN || errno == EINTR;
    if (!again || tries > (refused ? 40 : 400))
      return -1;
    usleep(5000);
  }
  return 0;
}

int open_socket(uint32_t id) {
  int type = (opt.datagram ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC;
  int fd = socket(server_addr.ss_family, type, 0);
  if (fd < 0)
    return -1;
  if (opt.transport == TCP && server_addr.ss_family == AF_INET && opt.conns > 20000)
    bind_own_address(fd, id);
  bool bound = opt.transport != UNIX_DGRAM || bind_unix_client(fd, id) == 0;
  if (!bound || connect_patiently(fd) < 0) {
    int saved = errno;
    close_socket(fd, id);
    errno = saved;
    return -1;
  }
  if (opt.transport == TCP) {
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  }
  return fd;
}

void close_socket(int fd, uint32_t id) {
  struct sockaddr_un me;
  if (fd >= 0)
    close(fd);
  if (opt.transport == UNIX_DGRAM && client_path(&me, id))
    unlink(me.sun_path);
}

// ---------------------------------------------------------------- /proc

static void read_stat(int pid, struct proc_usage *u) {
  char path[64];
  char text[4096];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return;
  ssize_t n = read(fd, text, sizeof text - 1);
  close(fd);
  if (n <= 0)
    return;
  text[n] = 0;
  unsigned long user = 0, sys = 0;
  char *after_name = strrchr(text, ')'); // the name may contain spaces and parentheses
  if (after_name)
    sscanf(after_name + 2,
           "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d %ld",
           &user, &sys, &u->threads);
  double hz = (double)sysconf(_SC_CLK_TCK);
  u->user_s = (double)user / hz;
  u->sys_s = (double)sys / hz;
}

static void read_status(const char *path, struct proc_usage *u) {
  char line[256];
  long v;
  FILE *f = fopen(path, "r");
  if (!f)
    return;
  while (fgets(line, sizeof line, f)) {
    if (sscanf(line, "VmRSS: %ld", &v) == 1)
      u->rss_kb = v;
    if (sscanf(line, "voluntary_ctxt_switches: %ld", &v) == 1)
      u->voluntary += v;
    if (sscanf(line, "nonvoluntary_ctxt_switches: %ld", &v) == 1)
      u->involuntary += v;
  }
  fclose(f);
}

// CPU time of the whole process (10 ms ticks), memory, and context switches summed over threads.
struct proc_usage proc_usage(int pid) {
  struct proc_usage u = {0};
  char path[400];
  if (!pid)
    return u;
  read_stat(pid, &u);
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR *tasks = opendir(path);
  if (!tasks)
    return u;
  for (struct dirent *e; (e = readdir(tasks));) {
    if (e->d_name[0] == '.')
      continue;
    snprintf(path, sizeof path, "/proc/%d/task/%s/status", pid, e->d_name);
    read_status(path, &u);
  }
  closedir(tasks);
  return u;
}
