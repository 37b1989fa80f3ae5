// SPDX-License-Identifier: Apache-2.0
// Shared by the parts of the load generator: options, payload, histogram, accounting.
#ifndef LOADGEN_H
#define LOADGEN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

// ---------------------------------------------------------------- options

enum transport { TCP, UDP, UNIX_STREAM, UNIX_DGRAM };

struct options {
  enum transport transport;
  bool datagram;        // derived from transport
  bool flood;           // open loop instead of ping-pong (datagrams only)
  bool idle;            // open connections and hold them
  bool touch;           // idle: echo once on each connection
  bool raw;             // binary payload without a newline at its end
  bool json;
  int threads;
  int conns;
  int depth;            // messages in flight per connection
  int batch;            // flood: datagrams per sendmmsg
  int server_pid;       // 0: no accounting
  size_t size;          // bytes per message
  double seconds;       // measured time
  double warmup;        // time before it, not counted
  long requests;        // stop after so many measured round trips (0: by time)
  const char *host;
  const char *port;
  const char *path;
  const char *label;
};

extern struct options opt;
extern struct sockaddr_storage server_addr;
extern socklen_t server_addr_len;

void die(const char *what);

// ---------------------------------------------------------------- time and phases

enum phase { WARMUP, MEASURE, STOP };
extern atomic_int phase;
extern atomic_int finished_threads;

#define STALL_NS 5000000000ull // no reply for so long: the server has stalled
#define LOSS_NS 1000000000ull  // a datagram without a reply for so long is lost

static inline uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

// ---------------------------------------------------------------- histogram

// Log-linear: 128 buckets per power of two, so a value is off by less than 0.8 %.
#define HIST_SUB 128
#define HIST_BUCKETS (64 * HIST_SUB)

struct hist {
  uint64_t count[HIST_BUCKETS];
  uint64_t n;
  uint64_t max;
  uint64_t sum;
};

static inline int hist_bucket(uint64_t v) {
  if (v < HIST_SUB)
    return (int)v;
  int exp = 63 - __builtin_clzll(v);
  return (exp - 6) * HIST_SUB + (int)((v >> (exp - 7)) & (HIST_SUB - 1));
}

static inline void hist_add(struct hist *h, uint64_t v) {
  h->count[hist_bucket(v)]++;
  h->n++;
  h->sum += v;
  if (v > h->max)
    h->max = v;
}

void hist_merge(struct hist *into, const struct hist *from);
double hist_percentile_us(const struct hist *h, double percent);

// ---------------------------------------------------------------- payload

// Message k of connection c is: a tag of 16 hex digits that encodes (c, k), filler, newline.
// So every byte that may come back is known in advance. Messages shorter than 17 bytes carry as
// many digits as fit; raw mode has binary filler and no newline.
#define TAG_MAX 16

extern unsigned char *filler; // one message; its first tag_len bytes are replaced by the tag
extern size_t tag_len;

void payload_init(void);
void payload_message(unsigned char *dst, uint32_t conn, uint64_t k);
bool tag_parse(const unsigned char *tag, uint32_t *conn, uint64_t *k);

static inline void payload_tag(unsigned char *dst, uint32_t conn, uint64_t k) {
  static const char hex[] = "0123456789abcdef";
  uint64_t v = ((uint64_t)conn << 40) ^ (k & 0xffffffffffull);
  for (size_t i = 0; i < tag_len; i++)
    dst[i] = (unsigned char)hex[(v >> (4 * i)) & 15];
}

// ---------------------------------------------------------------- connections and threads

struct conn {
  int fd;
  uint32_t id;
  bool dead;
  bool want_out;        // EPOLLOUT is armed
  uint64_t *start;      // start[k % depth]: when message k was sent
  uint64_t completed;   // replies completed in the measured time
  // streams: positions in bytes
  uint64_t sent;
  uint64_t target;      // how far to send
  uint64_t received;
  // datagrams: sequence numbers
  uint64_t oldest;      // first one without a reply
  uint64_t next;        // next one to send
  uint64_t last_reply;  // when
};

struct counters {
  uint64_t round_trips;
  uint64_t bytes;
  uint64_t errors;      // system calls that failed
  uint64_t bad;         // wrong content
  uint64_t short_reply; // datagram of the wrong size, or stream closed by the server
  uint64_t stall;       // nothing came for 5 s
  uint64_t dead;        // stream connections given up
  uint64_t starved;     // connections that completed nothing in the measured time
  uint64_t lost;        // datagrams written off
  uint64_t late;        // replies to datagrams already written off
  uint64_t sent;
  uint64_t received;
};

struct worker {
  struct conn *conns;
  int n;
  int epoll;
  bool blocking;        // one connection: plain send and recv, no epoll
  unsigned char *send_buf;
  size_t send_room;     // messages that fit into send_buf
  unsigned char *recv_buf;
  size_t recv_size;
  struct counters count;
  struct hist hist;
};

int open_socket(uint32_t id);
void close_socket(int fd, uint32_t id);

// The engines: each runs in a thread of its own until phase is STOP or it cannot go on.
void *stream_engine(void *worker);
void *datagram_engine(void *worker);
void *flood_engine(void *worker);
int run_idle(void);

// ---------------------------------------------------------------- accounting of the server

struct proc_usage {
  double user_s;
  double sys_s;
  long rss_kb;
  long threads;
  long voluntary;       // context switches, all threads
  long involuntary;
};

struct proc_usage proc_usage(int pid);

#endif
