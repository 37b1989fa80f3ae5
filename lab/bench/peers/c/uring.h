// SPDX-License-Identifier: Apache-2.0
// The few parts of io_uring that an echo server needs, straight on the system calls.
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>

// Newer than the headers of some distributions.
#define URING_SETUP_NO_SQARRAY (1U << 16)
#define URING_RECVSEND_BUNDLE (1U << 4)

struct ring {
  int fd;
  int enter_fd;          // fd, or its index as a registered ring
  unsigned enter_flags;
  unsigned setup_flags;
  unsigned *sq_head, *sq_tail, *sq_flags;
  unsigned *cq_head, *cq_tail;
  unsigned sq_mask, cq_mask;
  unsigned tail;         // of the submission queue, published by ring_enter
  unsigned unsubmitted;
  struct io_uring_sqe *sqes;
  struct io_uring_cqe *cqes;
};

static inline int uring_enter(int fd, unsigned submit, unsigned wait, unsigned flags) {
  return (int)syscall(__NR_io_uring_enter, fd, submit, wait, flags, NULL, 0);
}

static inline int uring_register(int fd, unsigned op, void *arg, unsigned n) {
  return (int)syscall(__NR_io_uring_register, fd, op, arg, n);
}

static inline void *uring_map(int fd, size_t size, off_t offset) {
  int prot = PROT_READ | PROT_WRITE;
  void *p = mmap(NULL, size, prot, MAP_SHARED | MAP_POPULATE, fd, offset);
  if (p == MAP_FAILED)
    die("mmap of the ring");
  return p;
}

static inline void *anonymous_memory(size_t size) {
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
  void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (p == MAP_FAILED)
    die("mmap");
  return p;
}

// io_uring_enter need not look the ring's descriptor up if it is registered.
static inline void ring_register_fd(struct ring *r) {
  struct io_uring_rsrc_update u = {.offset = -1U, .data = (uint64_t)r->fd};
  if (uring_register(r->fd, IORING_REGISTER_RING_FDS, &u, 1) != 1)
    return;
  r->enter_fd = (int)u.offset;
  r->enter_flags = IORING_ENTER_REGISTERED_RING;
}

static inline void ring_init(struct ring *r, unsigned sq_size, unsigned cq_size, unsigned flags) {
  struct io_uring_params p = {
      .flags = flags | IORING_SETUP_CQSIZE,
      .cq_entries = cq_size,
      .sq_thread_idle = 50,
  };
  memset(r, 0, sizeof *r);
  r->setup_flags = flags;
  r->fd = (int)syscall(__NR_io_uring_setup, sq_size, &p);
  if (r->fd < 0)
    die("io_uring_setup");
  r->enter_fd = r->fd;

  size_t sq_bytes = p.sq_off.array + p.sq_entries * sizeof(unsigned);
  size_t cq_bytes = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
  char *rings = uring_map(r->fd, sq_bytes > cq_bytes ? sq_bytes : cq_bytes, IORING_OFF_SQ_RING);
  r->sqes = uring_map(r->fd, p.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
  r->sq_head = (unsigned *)(rings + p.sq_off.head);
  r->sq_tail = (unsigned *)(rings + p.sq_off.tail);
  r->sq_flags = (unsigned *)(rings + p.sq_off.flags);
  r->cq_head = (unsigned *)(rings + p.cq_off.head);
  r->cq_tail = (unsigned *)(rings + p.cq_off.tail);
  r->cqes = (struct io_uring_cqe *)(rings + p.cq_off.cqes);
  r->sq_mask = p.sq_entries - 1;
  r->cq_mask = p.cq_entries - 1;
  if (!(flags & URING_SETUP_NO_SQARRAY)) {
    unsigned *array = (unsigned *)(rings + p.sq_off.array);
    for (unsigned i = 0; i < p.sq_entries; i++)
      array[i] = i;
  }
  ring_register_fd(r);
}

// With SQPOLL a kernel thread takes the submissions: enter only to wake it or to wait.
static inline void ring_enter_sqpoll(struct ring *r, unsigned wait) {
  unsigned flags = 0;
  r->unsubmitted = 0;
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  if (__atomic_load_n(r->sq_flags, __ATOMIC_RELAXED) & IORING_SQ_NEED_WAKEUP)
    flags |= IORING_ENTER_SQ_WAKEUP;
  if (wait && *r->cq_head == __atomic_load_n(r->cq_tail, __ATOMIC_ACQUIRE))
    flags |= IORING_ENTER_GETEVENTS;
  if (!flags)
    return;
  if (!(flags & IORING_ENTER_GETEVENTS))
    wait = 0;
  uring_enter(r->enter_fd, 0, wait, flags | r->enter_flags);
}

// Submits what is queued and waits for so many completions.
static inline void ring_enter(struct ring *r, unsigned wait) {
  __atomic_store_n(r->sq_tail, r->tail, __ATOMIC_RELEASE);
  if (r->setup_flags & IORING_SETUP_SQPOLL) {
    ring_enter_sqpoll(r, wait);
    return;
  }
  int n = uring_enter(r->enter_fd, r->unsubmitted, wait, IORING_ENTER_GETEVENTS | r->enter_flags);
  if (n > 0)
    r->unsubmitted -= (unsigned)n;
}

// A zeroed submission entry.
static inline struct io_uring_sqe *ring_sqe(struct ring *r) {
  while (r->tail - __atomic_load_n(r->sq_head, __ATOMIC_ACQUIRE) > r->sq_mask)
    ring_enter(r, 0);
  struct io_uring_sqe *sqe = &r->sqes[r->tail & r->sq_mask];
  r->tail++;
  r->unsubmitted++;
  memset(sqe, 0, sizeof *sqe);
  return sqe;
}
