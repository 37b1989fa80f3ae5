// SPDX-License-Identifier: Apache-2.0
// The four ways to drive a server: stream ping-pong, datagram ping-pong, datagram flood, idle.
#define _GNU_SOURCE
#include "loadgen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <unistd.h>

enum { EVENTS = 256 };

static bool measuring(void) { return phase == MEASURE; }

static void message_done(struct worker *w, struct conn *c, uint64_t started, uint64_t now) {
  if (!measuring())
    return;
  hist_add(&w->hist, now - started);
  w->count.round_trips++;
  c->completed++;
}

static bool enough(const struct worker *w) {
  uint64_t share = (uint64_t)(opt.requests / opt.threads);
  return opt.requests && measuring() && w->count.round_trips >= share;
}

static void watch(struct worker *w, struct conn *c, int op, uint32_t events) {
  struct epoll_event e = {.events = events, .data.ptr = c};
  epoll_ctl(w->epoll, op, c->fd, &e);
}

static void want_out(struct worker *w, struct conn *c, bool on) {
  if (c->want_out == on || w->blocking)
    return;
  watch(w, c, EPOLL_CTL_MOD, on ? EPOLLIN | EPOLLOUT : EPOLLIN);
  c->want_out = on;
}

static void receive_timeout(int fd, int seconds) {
  struct timeval tv = {seconds, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
}

// ---------------------------------------------------------------- streams, closed loop
//
// Each connection keeps `depth` messages in flight: `target` is how many bytes may be sent so far,
// and every completed reply moves it on by one message. Bytes are checked as they arrive, in
// whatever pieces, so a lost, repeated or changed byte shows at once.

// Sends [sent, target). False if the connection is broken.
static bool stream_send(struct worker *w, struct conn *c) {
  while (c->sent < c->target) {
    uint64_t k = c->sent / opt.size;
    size_t offset = c->sent % opt.size;
    size_t bytes = c->target - c->sent;
    size_t messages = (offset + bytes + opt.size - 1) / opt.size;
    if (messages > w->send_room) {
      messages = w->send_room;
      bytes = messages * opt.size - offset;
    }
    for (size_t i = 0; i < messages; i++)
      payload_tag(w->send_buf + i * opt.size, c->id, k + i);
    ssize_t n = send(c->fd, w->send_buf + offset, bytes, MSG_NOSIGNAL);
    if (n >= 0) {
      c->sent += (uint64_t)n;
    } else if (errno == EAGAIN) {
      want_out(w, c, true);
      return true;
    } else if (errno != EINTR) {
      w->count.errors++;
      return false;
    }
  }
  want_out(w, c, false);
  return true;
}

// Compares n bytes at `offset` of message k with what they have to be.
static bool payload_matches(const struct conn *c, uint64_t k, size_t offset,
                            const unsigned char *data, size_t n) {
  size_t in_tag = 0;
  if (offset < tag_len) {
    unsigned char tag[TAG_MAX];
    payload_tag(tag, c->id, k);
    in_tag = tag_len - offset < n ? tag_len - offset : n;
    if (memcmp(tag + offset, data, in_tag))
      return false;
  }
  return !memcmp(filler + offset + in_tag, data + in_tag, n - in_tag);
}

static bool stream_check(struct worker *w, struct conn *c, const unsigned char *data, size_t n,
                         uint64_t now) {
  while (n) {
    uint64_t k = c->received / opt.size;
    size_t offset = c->received % opt.size;
    size_t part = opt.size - offset < n ? opt.size - offset : n;
    // More than was sent is a fault too, however right it looks.
    if (c->received + part > c->sent || !payload_matches(c, k, offset, data, part)) {
      w->count.bad++;
      return false;
    }
    c->received += part;
    data += part;
    n -= part;
    if (measuring())
      w->count.bytes += part;
    if (c->received % opt.size == 0) {
      uint64_t *start = &c->start[k % (uint64_t)opt.depth];
      message_done(w, c, *start, now);
      *start = now;
      c->target += opt.size;
    }
  }
  return true;
}

// One recv and what follows from it. False if the connection is broken.
static bool stream_receive(struct worker *w, struct conn *c) {
  ssize_t n = recv(c->fd, w->recv_buf, w->recv_size, 0);
  if (n > 0)
    return stream_check(w, c, w->recv_buf, (size_t)n, now_ns());
  if (n < 0 && errno == EINTR)
    return true;
  if (n < 0 && errno == EAGAIN) {
    if (!w->blocking)
      return true;
    w->count.stall++; // SO_RCVTIMEO ran out
    return false;
  }
  if (n == 0)
    w->count.short_reply++;
  else
    w->count.errors++;
  return false;
}

static void stream_kill(struct worker *w, struct conn *c) {
  close(c->fd);
  c->fd = -1;
  c->dead = true;
  w->count.dead++;
}

static void stream_start(struct worker *w) {
  uint64_t now = now_ns();
  w->blocking = w->n == 1 && (size_t)opt.depth * opt.size <= 65536;
  for (int i = 0; i < w->n; i++) {
    struct conn *c = &w->conns[i];
    if (w->blocking) {
      receive_timeout(c->fd, STALL_NS / 1000000000ull);
    } else {
      fcntl(c->fd, F_SETFL, O_NONBLOCK);
      watch(w, c, EPOLL_CTL_ADD, EPOLLIN);
    }
    for (int d = 0; d < opt.depth; d++)
      c->start[d] = now;
    c->target = (uint64_t)opt.depth * opt.size;
    if (!stream_send(w, c))
      stream_kill(w, c);
  }
}

static void stream_events(struct worker *w, const struct epoll_event *events, int n) {
  for (int i = 0; i < n; i++) {
    struct conn *c = events[i].data.ptr;
    bool ok = true;
    if (c->dead)
      continue;
    if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
      ok = stream_receive(w, c);
    if (ok && c->sent < c->target)
      ok = stream_send(w, c);
    if (!ok)
      stream_kill(w, c);
  }
}

void *stream_engine(void *worker) {
  struct worker *w = worker;
  struct epoll_event events[EVENTS];
  stream_start(w);
  while (phase != STOP && w->count.dead < (uint64_t)w->n && !enough(w)) {
    if (w->blocking) {
      if (!stream_receive(w, &w->conns[0]) || !stream_send(w, &w->conns[0]))
        stream_kill(w, &w->conns[0]);
      continue;
    }
    int n = epoll_wait(w->epoll, events, EVENTS, STALL_NS / 1000000);
    if (n == 0) {
      w->count.stall++;
      break;
    }
    stream_events(w, events, n);
  }
  atomic_fetch_add(&finished_threads, 1);
  return NULL;
}

// ---------------------------------------------------------------- datagrams, closed loop
//
// Sequence numbers [oldest, next) are in flight. A reply to k says that those before k are lost
// (a server has no reason to reorder); with no reply at all for a second, all of them are.

// Keeps `depth` in flight. False if the socket is broken.
static bool datagram_send(struct worker *w, struct conn *c, uint64_t now) {
  while (c->next - c->oldest < (uint64_t)opt.depth) {
    payload_tag(w->send_buf, c->id, c->next);
    ssize_t n = send(c->fd, w->send_buf, opt.size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0) {
      if (errno == EINTR)
        continue;
      if (errno == EAGAIN || errno == ENOBUFS) {
        want_out(w, c, true);
        return true;
      }
      w->count.errors++;
      return errno == ECONNREFUSED;
    }
    c->start[c->next % (uint64_t)opt.depth] = now;
    c->next++;
    if (measuring())
      w->count.sent++;
  }
  want_out(w, c, false);
  return true;
}

static void datagram_write_off(struct worker *w, struct conn *c) {
  w->count.lost += c->next - c->oldest;
  c->oldest = c->next;
}

// The outstanding sequence number that this reply answers, or c->next if there is none.
static uint64_t datagram_match(const struct conn *c, const unsigned char *reply) {
  unsigned char tag[TAG_MAX];
  uint64_t k = c->oldest;
  for (; k < c->next; k++) {
    payload_tag(tag, c->id, k);
    if (!memcmp(tag, reply, tag_len))
      break;
  }
  return k;
}

static bool datagram_is_late(const struct conn *c, const unsigned char *reply) {
  uint32_t id;
  uint64_t k;
  return tag_len == TAG_MAX && tag_parse(reply, &id, &k) && id == c->id && k < c->oldest;
}

static void datagram_check(struct worker *w, struct conn *c, size_t n, uint64_t now) {
  const unsigned char *reply = w->recv_buf;
  if (n != opt.size) {
    w->count.short_reply++;
    return;
  }
  if (memcmp(filler + tag_len, reply + tag_len, opt.size - tag_len)) {
    w->count.bad++;
    return;
  }
  uint64_t k = datagram_match(c, reply);
  if (k == c->next) {
    if (datagram_is_late(c, reply))
      w->count.late++;
    else
      w->count.bad++;
    return;
  }
  w->count.lost += k - c->oldest;
  message_done(w, c, c->start[k % (uint64_t)opt.depth], now);
  c->oldest = k + 1;
  c->last_reply = now;
  if (measuring()) {
    w->count.received++;
    w->count.bytes += n;
  }
}

// One connection, one message in flight: blocking recv, and nothing for a second is a loss.
static bool datagram_turn_blocking(struct worker *w, uint64_t *last_any) {
  struct conn *c = &w->conns[0];
  ssize_t n = recv(c->fd, w->recv_buf, w->recv_size, 0);
  uint64_t now = now_ns();
  if (n >= 0) {
    datagram_check(w, c, (size_t)n, now);
    *last_any = now;
  } else if (errno == EAGAIN) {
    datagram_write_off(w, c);
  } else if (errno != EINTR) {
    w->count.errors++;
  }
  return datagram_send(w, c, now);
}

static bool datagram_readable(struct worker *w, struct conn *c, uint64_t *last_any) {
  uint64_t now = now_ns();
  for (int i = 0; i < opt.depth && c->oldest != c->next; i++) {
    ssize_t n = recv(c->fd, w->recv_buf, w->recv_size, MSG_DONTWAIT);
    if (n < 0) {
      if (errno != EAGAIN && errno != EINTR)
        w->count.errors++;
      break;
    }
    now = now_ns();
    datagram_check(w, c, (size_t)n, now);
    *last_any = now;
  }
  return datagram_send(w, c, now);
}

static void datagram_find_losses(struct worker *w, uint64_t now) {
  for (int i = 0; i < w->n; i++) {
    struct conn *c = &w->conns[i];
    if (now - c->last_reply <= LOSS_NS)
      continue;
    datagram_write_off(w, c);
    c->last_reply = now;
    datagram_send(w, c, now);
  }
}

static bool datagram_turn_epoll(struct worker *w, uint64_t *last_any, uint64_t *last_look) {
  struct epoll_event events[EVENTS];
  int n = epoll_wait(w->epoll, events, EVENTS, 100);
  for (int i = 0; i < n; i++)
    if (!datagram_readable(w, events[i].data.ptr, last_any))
      return false;
  uint64_t now = now_ns();
  if (now - *last_look > LOSS_NS / 10) {
    *last_look = now;
    datagram_find_losses(w, now);
  }
  return true;
}

void *datagram_engine(void *worker) {
  struct worker *w = worker;
  uint64_t last_any = now_ns();
  uint64_t last_look = last_any;
  bool ok = true;
  w->blocking = w->n == 1 && opt.depth == 1;
  for (int i = 0; i < w->n; i++) {
    struct conn *c = &w->conns[i];
    c->last_reply = last_any;
    watch(w, c, EPOLL_CTL_ADD, EPOLLIN);
    if (w->blocking)
      receive_timeout(c->fd, LOSS_NS / 1000000000ull);
    datagram_send(w, c, last_any);
  }
  while (ok && phase != STOP && !enough(w)) {
    if (w->blocking)
      ok = datagram_turn_blocking(w, &last_any);
    else
      ok = datagram_turn_epoll(w, &last_any, &last_look);
    if (now_ns() - last_any > STALL_NS) {
      w->count.stall++;
      break;
    }
  }
  atomic_fetch_add(&finished_threads, 1);
  return NULL;
}

// ---------------------------------------------------------------- datagrams, open loop
//
// Sends as fast as sendmmsg takes them and counts the correct replies; losses are expected.

struct burst {
  struct mmsghdr msgs[256];
  struct iovec iov[256];
  unsigned char *data;
  size_t stride;
};

static void burst_init(struct burst *b, size_t stride) {
  memset(b->msgs, 0, sizeof b->msgs);
  b->stride = stride;
  b->data = malloc(stride * (size_t)opt.batch);
  for (int i = 0; i < opt.batch; i++) {
    b->iov[i] = (struct iovec){b->data + (size_t)i * stride, stride};
    b->msgs[i].msg_hdr.msg_iov = &b->iov[i];
    b->msgs[i].msg_hdr.msg_iovlen = 1;
  }
}

static bool flood_reply_ok(const struct conn *c, const unsigned char *reply, size_t n) {
  uint32_t id = c->id;
  uint64_t k = 0;
  if (n != opt.size || memcmp(reply + tag_len, filler + tag_len, opt.size - tag_len))
    return false;
  if (tag_len == TAG_MAX && !tag_parse(reply, &id, &k))
    return false;
  return id == c->id && k < c->next;
}

static void flood_send(struct worker *w, struct conn *c, struct burst *b) {
  for (int i = 0; i < opt.batch; i++)
    payload_tag(b->data + (size_t)i * b->stride, c->id, c->next + (uint64_t)i);
  int n = sendmmsg(c->fd, b->msgs, (unsigned)opt.batch, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n > 0) {
    c->next += (uint64_t)n;
    if (measuring())
      w->count.sent += (uint64_t)n;
  } else if (errno != EAGAIN && errno != ENOBUFS && errno != EINTR) {
    w->count.errors++;
  }
}

static void flood_receive(struct worker *w, struct conn *c, struct burst *b) {
  int n;
  do {
    n = recvmmsg(c->fd, b->msgs, (unsigned)opt.batch, MSG_DONTWAIT, NULL);
    for (int i = 0; i < n; i++) {
      if (!flood_reply_ok(c, b->data + (size_t)i * b->stride, b->msgs[i].msg_len)) {
        w->count.bad++;
      } else if (measuring()) {
        c->completed++;
        w->count.received++;
        w->count.round_trips++;
        w->count.bytes += opt.size;
      }
    }
  } while (n == opt.batch);
}

void *flood_engine(void *worker) {
  struct worker *w = worker;
  struct burst out;
  struct burst in;
  burst_init(&out, opt.size);
  burst_init(&in, opt.size > 2048 ? opt.size : 2048);
  for (int i = 0; i < opt.batch; i++)
    payload_message(out.data + (size_t)i * out.stride, 0, 0);
  while (phase != STOP) {
    for (int i = 0; i < w->n && phase != STOP; i++) {
      flood_send(w, &w->conns[i], &out);
      flood_receive(w, &w->conns[i], &in);
    }
  }
  free(out.data);
  free(in.data);
  return NULL;
}

// ---------------------------------------------------------------- idle connections

// One round trip with a bound on the wait.
static bool touch(int fd, uint32_t id, unsigned char *out, unsigned char *in) {
  size_t got = 0;
  payload_message(out, id, 0);
  if (send(fd, out, opt.size, MSG_NOSIGNAL) != (ssize_t)opt.size)
    return false;
  receive_timeout(fd, 5);
  while (got < opt.size) {
    ssize_t n = recv(fd, in + got, opt.size - got, 0);
    if (n <= 0)
      return false;
    got += (size_t)n;
  }
  return !memcmp(out, in, opt.size);
}

static void hold(double seconds) {
  struct timespec t = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
  nanosleep(&t, NULL);
}

// Opens opt.conns connections, holds them, and reports what they cost the server.
int run_idle(void) {
  struct proc_usage before = proc_usage(opt.server_pid);
  int *fds = calloc((size_t)opt.conns, sizeof *fds);
  unsigned char *out = malloc(opt.size);
  unsigned char *in = malloc(opt.size);
  uint64_t began = now_ns();
  long ok = 0, bad = 0;
  int opened = 0;
  for (; opened < opt.conns; opened++) {
    fds[opened] = open_socket((uint32_t)opened);
    if (fds[opened] < 0) {
      fprintf(stderr, "loadgen: connection %d: %s\n", opened, strerror(errno));
      bad++;
      break;
    }
    if (!opt.touch)
      continue;
    if (touch(fds[opened], (uint32_t)opened, out, in))
      ok++;
    else
      bad++;
  }
  double open_s = (double)(now_ns() - began) / 1e9;
  const char *hook = getenv("LOADGEN_IDLE_HOOK"); // a command to run while they are open
  if (hook && system(hook) != 0)
    fprintf(stderr, "loadgen: LOADGEN_IDLE_HOOK failed\n");
  hold(opt.seconds);
  struct proc_usage after = proc_usage(opt.server_pid);
  double per_conn = opened ? (double)(after.rss_kb - before.rss_kb) * 1024.0 / opened : 0;
  printf("{\"mode\":\"idle\",\"label\":\"%s\",\"conns\":%d,\"echo_ok\":%ld,\"bad\":%ld,"
         "\"open_s\":%.3f,\"srv_rss0_kb\":%ld,\"srv_rss1_kb\":%ld,\"rss_bytes_per_conn\":%.0f,"
         "\"srv_threads\":%ld,\"srv_cpu_s\":%.2f}\n",
         opt.label, opened, ok, bad, open_s, before.rss_kb, after.rss_kb, per_conn, after.threads,
         after.user_s + after.sys_s - before.user_s - before.sys_s);
  for (int i = 0; i < opened; i++)
    close_socket(fds[i], (uint32_t)i);
  return bad ? 1 : 0;
}
