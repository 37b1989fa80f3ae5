// SPDX-License-Identifier: Apache-2.0
// The limit with io_uring, one thread, one io_uring_enter per turn of the loop.
//
//   echo_uring tcp:PORT | unix:PATH [OPTION]...
//
// Multishot accept; multishot receive into a ring of provided buffers; one send in flight per
// connection, with the buffers received meanwhile queued behind it. A buffer goes back to the ring
// when its send is complete. Default: SINGLE_ISSUER and DEFER_TASKRUN.
//
//   nb=N bs=N   number (a power of two, at most 32768) and size of the buffers (4096, 4096)
//   coop        COOP_TASKRUN instead of the default
//   plain       no setup flags
//   sqpoll      a kernel thread submits
//   bundle      one receive may fill several buffers
//   zc          zero-copy sends
#include "common.h"
#include "uring.h"

enum { OP_ACCEPT = 1, OP_RECV, OP_SEND };
enum { NONE = -1 };

static struct ring ring;
static struct listener listener;
static bool bundle;
static bool zero_copy;

// ---------------------------------------------------------------- buffers

static unsigned buffers = 4096;
static unsigned buffer_size = 4096;
static char *memory;
static struct io_uring_buf_ring *buffer_ring;
static uint16_t ring_tail;
static unsigned free_buffers;
static bool returned;      // buffers were given back since the last publish

static int *next_buffer;   // links the queue of a connection
static unsigned *length;   // bytes in a buffer
static uint16_t *slot_of;  // the place of a buffer in the ring, and the other way round:
static uint16_t *in_slot;  // a bundle covers consecutive places

static char *buffer_at(int b) { return memory + (size_t)b * buffer_size; }

static void buffer_return(int b) {
  uint16_t slot = ring_tail & (buffers - 1);
  struct io_uring_buf *entry = &buffer_ring->bufs[slot];
  entry->addr = (uintptr_t)buffer_at(b);
  entry->len = buffer_size;
  entry->bid = (uint16_t)b;
  slot_of[b] = slot;
  in_slot[slot] = (uint16_t)b;
  ring_tail++;
  free_buffers++;
  returned = true;
}

static void buffers_publish(void) {
  __atomic_store_n(&buffer_ring->tail, ring_tail, __ATOMIC_RELEASE);
  returned = false;
}

static void buffers_init(void) {
  next_buffer = calloc(buffers, sizeof *next_buffer);
  length = calloc(buffers, sizeof *length);
  slot_of = calloc(buffers, sizeof *slot_of);
  in_slot = calloc(buffers, sizeof *in_slot);
  memory = anonymous_memory((size_t)buffers * buffer_size);
  buffer_ring = anonymous_memory(buffers * sizeof(struct io_uring_buf));
  struct io_uring_buf_reg reg = {.ring_addr = (uintptr_t)buffer_ring, .ring_entries = buffers};
  if (uring_register(ring.fd, IORING_REGISTER_PBUF_RING, &reg, 1))
    die("buffer ring");
  for (unsigned b = 0; b < buffers; b++)
    buffer_return((int)b);
  buffers_publish();
}

// ---------------------------------------------------------------- connections

struct conn {
  int head; // queue of received buffers; the first one is being sent
  int tail;
  bool sending;
  bool receiving;
  bool closing;
};

static struct conn *conns;
static int *starved; // connections whose receive ended because no buffer was left
static int n_starved;

static uint64_t tag(int op, int fd, int buffer) {
  return (uint64_t)op | (uint64_t)fd << 8 | (uint64_t)buffer << 40;
}

static void submit_accept(void) {
  struct io_uring_sqe *sqe = ring_sqe(&ring);
  sqe->opcode = IORING_OP_ACCEPT;
  sqe->fd = listener.fd;
  sqe->ioprio = IORING_ACCEPT_MULTISHOT;
  sqe->user_data = tag(OP_ACCEPT, 0, 0);
}

static void submit_recv(int fd) {
  struct io_uring_sqe *sqe = ring_sqe(&ring);
  sqe->opcode = IORING_OP_RECV;
  sqe->fd = fd;
  sqe->ioprio = IORING_RECV_MULTISHOT | (bundle ? URING_RECVSEND_BUNDLE : 0);
  sqe->flags = IOSQE_BUFFER_SELECT;
  sqe->user_data = tag(OP_RECV, fd, 0);
  conns[fd].receiving = true;
}

static void submit_send(int fd) {
  int b = conns[fd].head;
  struct io_uring_sqe *sqe = ring_sqe(&ring);
  sqe->opcode = zero_copy ? IORING_OP_SEND_ZC : IORING_OP_SEND;
  sqe->fd = fd;
  sqe->addr = (uintptr_t)buffer_at(b);
  sqe->len = length[b];
  sqe->msg_flags = MSG_NOSIGNAL | MSG_WAITALL;
  sqe->user_data = tag(OP_SEND, fd, b);
  conns[fd].sending = true;
}

static void enqueue(struct conn *c, int b, unsigned bytes) {
  free_buffers--;
  length[b] = bytes;
  next_buffer[b] = NONE;
  if (c->tail == NONE)
    c->head = b;
  else
    next_buffer[c->tail] = b;
  c->tail = b;
}

static int dequeue(struct conn *c) {
  int b = c->head;
  c->head = next_buffer[b];
  if (c->head == NONE)
    c->tail = NONE;
  return b;
}

// Closes as soon as the kernel has finished with the descriptor.
static void close_conn(int fd) {
  struct conn *c = &conns[fd];
  c->closing = true;
  if (c->receiving)
    shutdown(fd, SHUT_RDWR);
  if (c->receiving || c->sending)
    return;
  while (c->head != NONE)
    buffer_return(dequeue(c));
  close(fd);
}

// ---------------------------------------------------------------- completions

static void on_accept(int fd, bool more) {
  if (fd >= 0) {
    conns[fd] = (struct conn){.head = NONE, .tail = NONE};
    if (listener.tcp)
      no_delay(fd);
    submit_recv(fd);
  }
  if (!more)
    submit_accept();
}

// A bundle of `bytes` bytes begins in buffer b and goes on in the next places of the ring.
static void enqueue_bundle(struct conn *c, int b, unsigned bytes) {
  for (;;) {
    unsigned part = bytes < buffer_size ? bytes : buffer_size;
    enqueue(c, b, part);
    bytes -= part;
    if (!bytes)
      return;
    b = in_slot[(slot_of[b] + 1U) & (buffers - 1)];
  }
}

static void on_recv(int fd, int result, unsigned flags) {
  struct conn *c = &conns[fd];
  c->receiving = flags & IORING_CQE_F_MORE;
  if (result == -ENOBUFS && !c->closing) {
    starved[n_starved++] = fd;
    return;
  }
  if (result <= 0) {
    close_conn(fd);
    return;
  }
  enqueue_bundle(c, (int)(flags >> IORING_CQE_BUFFER_SHIFT), (unsigned)result);
  if (c->closing)
    return;
  if (!c->sending)
    submit_send(fd);
  if (!c->receiving)
    submit_recv(fd);
}

static void on_send(int fd, int buffer, int result, unsigned flags) {
  struct conn *c = &conns[fd];
  if (flags & IORING_CQE_F_NOTIF) { // the kernel has let go of a zero-copy buffer
    buffer_return(buffer);
    return;
  }
  c->sending = false;
  dequeue(c);
  if (!(flags & IORING_CQE_F_MORE)) // else the notification is still to come
    buffer_return(buffer);
  if (result < 0 || c->closing)
    close_conn(fd);
  else if (c->head != NONE)
    submit_send(fd);
}

static void on_completion(const struct io_uring_cqe *cqe) {
  int op = (int)(cqe->user_data & 0xff);
  int fd = (int)(cqe->user_data >> 8 & 0xffffffff);
  int buffer = (int)(cqe->user_data >> 40);
  if (op == OP_ACCEPT)
    on_accept(cqe->res, cqe->flags & IORING_CQE_F_MORE);
  else if (op == OP_RECV)
    on_recv(fd, cqe->res, cqe->flags);
  else
    on_send(fd, buffer, cqe->res, cqe->flags);
}

static void resume_starved(void) {
  for (int i = 0; i < n_starved; i++) {
    const struct conn *c = &conns[starved[i]];
    if (!c->closing && !c->receiving) // not closed, nor replaced by a new one, meanwhile
      submit_recv(starved[i]);
  }
  n_starved = 0;
}

static void serve(void) {
  for (;;) {
    ring_enter(&ring, 1);
    unsigned head = *ring.cq_head;
    unsigned tail = __atomic_load_n(ring.cq_tail, __ATOMIC_ACQUIRE);
    for (; head != tail; head++)
      on_completion(&ring.cqes[head & ring.cq_mask]);
    __atomic_store_n(ring.cq_head, head, __ATOMIC_RELEASE);
    if (returned)
      buffers_publish();
    if (free_buffers)
      resume_starved();
  }
}

int main(int argc, char **argv) {
  unsigned flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | URING_SETUP_NO_SQARRAY;
  listener = open_listener(argv[1], 0);
  for (int i = 2; i < argc; i++) {
    if (!strcmp(argv[i], "sqpoll"))
      flags = IORING_SETUP_SQPOLL;
    else if (!strcmp(argv[i], "coop"))
      flags = IORING_SETUP_COOP_TASKRUN;
    else if (!strcmp(argv[i], "plain"))
      flags = 0;
    else if (!strcmp(argv[i], "bundle"))
      bundle = true;
    else if (!strcmp(argv[i], "zc"))
      zero_copy = true;
    else if (has_prefix(argv[i], "nb="))
      buffers = (unsigned)atoi(argv[i] + 3);
    else if (has_prefix(argv[i], "bs="))
      buffer_size = (unsigned)atoi(argv[i] + 3);
  }
  ring_init(&ring, 4096, 16384, flags);
  conns = calloc(MAX_FDS, sizeof *conns);
  starved = calloc(MAX_FDS, sizeof *starved);
  buffers_init();
  submit_accept();
  serve();
}
