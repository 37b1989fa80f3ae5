// SPDX-License-Identifier: Apache-2.0
// The limit with epoll and plain system calls, one thread.
//
//   echo_epoll tcp:PORT | unix:PATH | udp:PORT | unix-dgram:PATH [single]
//
// Streams: level-triggered epoll, one recv and one send per event into one shared buffer; what a
// socket does not take at once is kept for that connection until it is writable.
// Datagrams: recvmmsg and sendmmsg in batches of up to 64, or with `single` recvfrom and sendto.
#include "common.h"
#include <sys/epoll.h>

enum { EVENTS = 256, BUFFER = 65536, BATCH = 64 };

// ---------------------------------------------------------------- streams

struct backlog {
  char *data; // NULL: nothing is waiting
  size_t size;
  size_t done;
};

static struct backlog *backlogs;
static char buffer[BUFFER];
static int epoll;

static void watch(int op, int fd, uint32_t events) {
  struct epoll_event e = {.events = events, .data.fd = fd};
  epoll_ctl(epoll, op, fd, &e);
}

static void drop(int fd) {
  free(backlogs[fd].data);
  backlogs[fd].data = NULL;
  close(fd);
}

static void accept_all(struct listener l) {
  for (;;) {
    int fd = accept4(l.fd, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0)
      return;
    if (l.tcp)
      no_delay(fd);
    watch(EPOLL_CTL_ADD, fd, EPOLLIN);
  }
}

static void keep_rest(int fd, const char *data, size_t size) {
  struct backlog *b = &backlogs[fd];
  b->data = malloc(size);
  b->size = size;
  b->done = 0;
  memcpy(b->data, data, size);
  watch(EPOLL_CTL_MOD, fd, EPOLLOUT);
}

static void send_backlog(int fd) {
  struct backlog *b = &backlogs[fd];
  ssize_t n = send(fd, b->data + b->done, b->size - b->done, MSG_NOSIGNAL);
  if (n < 0) {
    if (errno != EAGAIN)
      drop(fd);
    return;
  }
  b->done += (size_t)n;
  if (b->done < b->size)
    return;
  free(b->data);
  b->data = NULL;
  watch(EPOLL_CTL_MOD, fd, EPOLLIN);
}

static void echo(int fd) {
  ssize_t got = recv(fd, buffer, sizeof buffer, 0);
  if (got < 0 && errno == EAGAIN)
    return;
  if (got <= 0) {
    drop(fd);
    return;
  }
  ssize_t sent = send(fd, buffer, (size_t)got, MSG_NOSIGNAL);
  if (sent < 0) {
    if (errno != EAGAIN) {
      drop(fd);
      return;
    }
    sent = 0;
  }
  if (sent < got)
    keep_rest(fd, buffer + sent, (size_t)(got - sent));
}

static void serve_streams(struct listener l) {
  struct epoll_event events[EVENTS];
  backlogs = calloc(MAX_FDS, sizeof *backlogs);
  epoll = epoll_create1(0);
  watch(EPOLL_CTL_ADD, l.fd, EPOLLIN);
  for (;;) {
    int n = epoll_wait(epoll, events, EVENTS, -1);
    for (int i = 0; i < n; i++) {
      int fd = events[i].data.fd;
      if (fd == l.fd)
        accept_all(l);
      else if (backlogs[fd].data)
        send_backlog(fd);
      else
        echo(fd);
    }
  }
}

// ---------------------------------------------------------------- datagrams

static void serve_datagrams_singly(int fd) {
  for (;;) {
    struct sockaddr_storage from;
    socklen_t len = sizeof from;
    ssize_t n = recvfrom(fd, buffer, sizeof buffer, 0, (struct sockaddr *)&from, &len);
    if (n < 0)
      continue;
    while (sendto(fd, buffer, (size_t)n, 0, (struct sockaddr *)&from, len) < 0 && errno == EINTR)
      ;
  }
}

static char batch_data[BATCH][BUFFER];
static struct sockaddr_storage batch_from[BATCH];
static struct iovec batch_iov[BATCH];
static struct mmsghdr batch[BATCH];

static void batch_reset(void) {
  for (int i = 0; i < BATCH; i++) {
    batch_iov[i] = (struct iovec){batch_data[i], BUFFER};
    batch[i].msg_hdr = (struct msghdr){
        .msg_name = &batch_from[i],
        .msg_namelen = sizeof batch_from[i],
        .msg_iov = &batch_iov[i],
        .msg_iovlen = 1,
    };
  }
}

static void batch_send(int fd, int n) {
  for (int i = 0; i < n; i++)
    batch_iov[i].iov_len = batch[i].msg_len;
  for (int done = 0; done < n;) {
    int sent = sendmmsg(fd, batch + done, (unsigned)(n - done), 0);
    if (sent > 0)
      done += sent;
    else if (errno != EINTR)
      done++; // this one cannot be delivered
  }
}

static void serve_datagrams(int fd) {
  for (;;) {
    batch_reset();
    int n = recvmmsg(fd, batch, BATCH, MSG_WAITFORONE, NULL);
    if (n > 0)
      batch_send(fd, n);
  }
}

int main(int argc, char **argv) {
  struct listener l = open_listener(argv[1], SOCK_NONBLOCK);
  if (!l.datagram)
    serve_streams(l);
  else if (argc > 2 && !strcmp(argv[2], "single"))
    serve_datagrams_singly(l.fd);
  else
    serve_datagrams(l.fd);
}
