// SPDX-License-Identifier: Apache-2.0
// A closed-loop load generator for echo servers that checks every byte that comes back.
// README.md in the folder above says what it measures. Every mode ends by itself: after a time,
// a number of round trips, or a stall. Needs libc and pthreads only.
#define _GNU_SOURCE
#include "loadgen.h"

#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <unistd.h>

struct options opt = {
    .touch = true,
    .threads = 1,
    .conns = 1,
    .depth = 1,
    .batch = 32,
    .size = 32,
    .seconds = 5,
    .warmup = 1,
    .host = "127.0.0.1",
    .port = "7007",
    .label = "",
};
struct sockaddr_storage server_addr;
socklen_t server_addr_len;
atomic_int phase;
atomic_int finished_threads;

static const char *const transport_names[] = {"tcp", "udp", "unix", "unix-dgram"};

// ---------------------------------------------------------------- options

static void usage(void) {
  fprintf(stderr,
          "usage: loadgen [tcp|udp|unix|unix-dgram] [option]...\n"
          "  -H HOST  -P PORT       where the server is (127.0.0.1, 7007)\n"
          "  -U PATH|@NAME          AF_UNIX: a path, or a name in the abstract namespace\n"
          "  -c N                   connections (1)\n"
          "  -s BYTES               size of a message (32)\n"
          "  -d N                   messages in flight per connection (1)\n"
          "  -t N                   threads; the connections are split between them (1)\n"
          "  -T SECONDS             measured time, at most 600 (5)\n"
          "  -w SECONDS             time before it, not counted (1)\n"
          "  -k N                   stop after N measured round trips instead (at most 300 s)\n"
          "  -p PID                 the server: report its CPU time, memory, context switches\n"
          "  -l TEXT                label in the report\n"
          "  --raw                  binary payload without a newline at its end\n"
          "  --flood [--batch N]    datagrams: send without waiting, N per sendmmsg (32)\n"
          "  --idle [--no-touch]    open the connections, echo once on each, hold them\n"
          "  --json                 report as one line of JSON\n"
          "exit status: 0 all replies right, 1 some fault seen, 2 could not run\n");
  exit(2);
}

static void parse_transport(const char *name) {
  for (int i = 0; i < 4; i++) {
    if (strcmp(name, transport_names[i]))
      continue;
    opt.transport = (enum transport)i;
    return;
  }
  if (strcmp(name, "unixdg"))
    usage();
  opt.transport = UNIX_DGRAM;
}

static void check_options(void) {
  bool counts = opt.conns >= 1 && opt.size >= 1 && opt.depth >= 1 && opt.threads >= 1;
  bool batch = opt.batch >= 1 && opt.batch <= 256;
  bool times = opt.seconds >= 0 && opt.seconds <= 600 && opt.warmup >= 0 && opt.warmup <= 600;
  if (!counts || !batch || !times || strpbrk(opt.label, "\"\\"))
    usage();
  opt.datagram = opt.transport == UDP || opt.transport == UNIX_DGRAM;
  if (opt.threads > opt.conns)
    opt.threads = opt.conns;
  if (!opt.datagram)
    opt.flood = false;
}

static void parse_options(int argc, char **argv) {
  enum { RAW = 256, FLOOD, IDLE, JSON, NO_TOUCH, BATCH };
  static const struct option longs[] = {
      {"raw", no_argument, NULL, RAW},           {"flood", no_argument, NULL, FLOOD},
      {"idle", no_argument, NULL, IDLE},         {"json", no_argument, NULL, JSON},
      {"no-touch", no_argument, NULL, NO_TOUCH}, {"batch", required_argument, NULL, BATCH},
      {"help", no_argument, NULL, 'h'},          {0},
  };
  if (argc > 1 && argv[1][0] != '-') {
    parse_transport(argv[1]);
    argv++;
    argc--;
  }
  for (int o; (o = getopt_long(argc, argv, "H:P:U:c:s:d:T:w:k:t:p:l:h", longs, NULL)) != -1;) {
    switch (o) {
    case 'H': opt.host = optarg; break;
    case 'P': opt.port = optarg; break;
    case 'U': opt.path = optarg; break;
    case 'c': opt.conns = atoi(optarg); break;
    case 's': opt.size = (size_t)atol(optarg); break;
    case 'd': opt.depth = atoi(optarg); break;
    case 'T': opt.seconds = atof(optarg); break;
    case 'w': opt.warmup = atof(optarg); break;
    case 'k': opt.requests = atol(optarg); break;
    case 't': opt.threads = atoi(optarg); break;
    case 'p': opt.server_pid = atoi(optarg); break;
    case 'l': opt.label = optarg; break;
    case RAW: opt.raw = true; break;
    case FLOOD: opt.flood = true; break;
    case IDLE: opt.idle = true; break;
    case JSON: opt.json = true; break;
    case NO_TOUCH: opt.touch = false; break;
    case BATCH: opt.batch = atoi(optarg); break;
    default: usage();
    }
  }
  check_options();
}

static void resolve_unix(void) {
  struct sockaddr_un *un = (struct sockaddr_un *)&server_addr;
  size_t len = opt.path ? strlen(opt.path) : 0;
  if (!len || len >= sizeof un->sun_path)
    usage();
  un->sun_family = AF_UNIX;
  memcpy(un->sun_path, opt.path, len);
  server_addr_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
  if (opt.path[0] == '@') { // abstract: a zero byte first, none last
    un->sun_path[0] = 0;
    server_addr_len--;
  }
}

static void resolve_inet(void) {
  struct addrinfo hints = {.ai_socktype = opt.datagram ? SOCK_DGRAM : SOCK_STREAM};
  struct addrinfo *found;
  int err = getaddrinfo(opt.host, opt.port, &hints, &found);
  if (err) {
    fprintf(stderr, "loadgen: %s port %s: %s\n", opt.host, opt.port, gai_strerror(err));
    exit(2);
  }
  memcpy(&server_addr, found->ai_addr, found->ai_addrlen);
  server_addr_len = found->ai_addrlen;
  freeaddrinfo(found);
}

// ---------------------------------------------------------------- workers

enum { BUFFER = 256 * 1024 };

static void worker_init(struct worker *w, int conns, uint32_t first_id) {
  w->n = conns;
  w->conns = calloc((size_t)conns, sizeof *w->conns);
  w->epoll = epoll_create1(EPOLL_CLOEXEC);
  w->send_room = opt.size < BUFFER ? BUFFER / opt.size : 1;
  w->send_buf = malloc(w->send_room * opt.size);
  for (size_t i = 0; i < w->send_room; i++)
    memcpy(w->send_buf + i * opt.size, filler, opt.size);
  w->recv_size = opt.size < BUFFER ? BUFFER : opt.size + 1; // room to see that a datagram is too long
  w->recv_buf = malloc(w->recv_size);
  for (int i = 0; i < conns; i++) {
    struct conn *c = &w->conns[i];
    c->id = first_id + (uint32_t)i;
    c->start = calloc((size_t)opt.depth, sizeof *c->start);
    c->fd = open_socket(c->id);
    if (c->fd < 0)
      die("connect");
  }
}

static struct worker *open_workers(void) {
  struct worker *workers = calloc((size_t)opt.threads, sizeof *workers);
  uint32_t id = 0;
  for (int i = 0; i < opt.threads; i++) {
    int conns = opt.conns / opt.threads + (i < opt.conns % opt.threads);
    worker_init(&workers[i], conns, id);
    id += (uint32_t)conns;
  }
  return workers;
}

static void close_workers(struct worker *workers) {
  for (int i = 0; i < opt.threads; i++)
    for (int j = 0; j < workers[i].n; j++)
      close_socket(workers[i].conns[j].fd, workers[i].conns[j].id);
}

// ---------------------------------------------------------------- the run

struct sample {
  uint64_t at;
  struct proc_usage server;
  struct rusage self;
};

struct result {
  double seconds;
  struct counters count;
  struct hist hist;
  struct sample begin;
  struct sample end;
};

static struct sample take_sample(void) {
  struct sample s;
  s.server = proc_usage(opt.server_pid);
  s.at = now_ns();
  getrusage(RUSAGE_SELF, &s.self);
  return s;
}

static void wait_until(uint64_t end, unsigned step_us) {
  while (now_ns() < end && finished_threads < opt.threads)
    usleep(step_us);
}

static void add_worker(struct result *r, const struct worker *w, bool count_starved) {
  r->count.round_trips += w->count.round_trips;
  r->count.bytes += w->count.bytes;
  r->count.errors += w->count.errors;
  r->count.bad += w->count.bad;
  r->count.short_reply += w->count.short_reply;
  r->count.stall += w->count.stall;
  r->count.dead += w->count.dead;
  r->count.lost += w->count.lost;
  r->count.late += w->count.late;
  r->count.sent += w->count.sent;
  r->count.received += w->count.received;
  hist_merge(&r->hist, &w->hist);
  for (int i = 0; count_starved && i < w->n; i++)
    r->count.starved += !w->conns[i].dead && w->conns[i].completed == 0;
}

static void run(struct result *r) {
  struct worker *workers = open_workers();
  pthread_t *threads = calloc((size_t)opt.threads, sizeof *threads);
  void *(*engine)(void *) = opt.flood ? flood_engine : opt.datagram ? datagram_engine : stream_engine;
  phase = opt.warmup > 0 ? WARMUP : MEASURE;
  r->begin = take_sample();
  for (int i = 0; i < opt.threads; i++)
    pthread_create(&threads[i], NULL, engine, &workers[i]);
  if (opt.warmup > 0) {
    wait_until(now_ns() + (uint64_t)(opt.warmup * 1e9), 2000);
    r->begin = take_sample();
    phase = MEASURE;
  }
  double limit = opt.requests ? 300 : opt.seconds;
  wait_until(r->begin.at + (uint64_t)(limit * 1e9), opt.requests ? 500 : 5000);
  r->end = take_sample();
  phase = STOP;
  for (int i = 0; i < opt.threads; i++)
    pthread_join(threads[i], NULL);
  r->seconds = (double)(r->end.at - r->begin.at) / 1e9;
  // A stream that got nothing for a second while others did was forgotten by the server. (With -k
  // the end may come before every connection had its turn; datagrams may be lost.)
  bool count_starved = !opt.datagram && !opt.requests && r->seconds >= 1;
  for (int i = 0; i < opt.threads; i++)
    add_worker(r, &workers[i], count_starved);
  close_workers(workers);
}

// ---------------------------------------------------------------- the report

static double rusage_seconds(const struct rusage *u) {
  return (double)(u->ru_utime.tv_sec + u->ru_stime.tv_sec) +
         (double)(u->ru_utime.tv_usec + u->ru_stime.tv_usec) / 1e6;
}

static double per(double total, uint64_t n) { return n ? total / (double)n : 0; }

struct figures { // per round trip or per second, from a result
  double rps, mb_s, mean_us;
  double srv_user_us, srv_sys_us, srv_us, srv_cpu_pct, lg_cpu_pct;
  double voluntary, involuntary;
};

static struct figures figures(const struct result *r) {
  const struct proc_usage *a = &r->begin.server;
  const struct proc_usage *b = &r->end.server;
  uint64_t n = r->count.round_trips;
  struct figures f = {0};
  f.rps = (double)n / r->seconds;
  f.mb_s = (double)r->count.bytes / r->seconds / 1e6;
  f.mean_us = per((double)r->hist.sum / 1000, r->hist.n);
  f.srv_user_us = per((b->user_s - a->user_s) * 1e6, n);
  f.srv_sys_us = per((b->sys_s - a->sys_s) * 1e6, n);
  f.srv_us = f.srv_user_us + f.srv_sys_us;
  f.srv_cpu_pct = (b->user_s - a->user_s + b->sys_s - a->sys_s) / r->seconds * 100;
  f.lg_cpu_pct = (rusage_seconds(&r->end.self) - rusage_seconds(&r->begin.self)) / r->seconds * 100;
  f.voluntary = per((double)(b->voluntary - a->voluntary), n);
  f.involuntary = per((double)(b->involuntary - a->involuntary), n);
  return f;
}

static void report_json(const struct result *r) {
  const struct counters *c = &r->count;
  struct figures f = figures(r);
  printf("{\"label\":\"%s\",\"mode\":\"%s%s\",\"conns\":%d,\"size\":%zu,\"depth\":%d,",
         opt.label, transport_names[opt.transport], opt.flood ? "-flood" : "", opt.conns, opt.size,
         opt.depth);
  printf("\"secs\":%.3f,\"rts\":%lu,\"rps\":%.0f,\"mb_s\":%.1f,", r->seconds, c->round_trips, f.rps,
         f.mb_s);
  printf("\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f,\"mean\":%.1f,",
         hist_percentile_us(&r->hist, 50), hist_percentile_us(&r->hist, 90),
         hist_percentile_us(&r->hist, 99), hist_percentile_us(&r->hist, 99.9),
         (double)r->hist.max / 1000.0, f.mean_us);
  printf("\"errs\":%lu,\"bad\":%lu,\"short\":%lu,\"stall\":%lu,\"dead\":%lu,\"starved\":%lu,",
         c->errors, c->bad, c->short_reply, c->stall, c->dead, c->starved);
  printf("\"lost\":%lu,\"late\":%lu,\"sent\":%lu,", c->lost, c->late, c->sent);
  printf("\"srv_us\":%.3f,\"srv_user_us\":%.3f,\"srv_sys_us\":%.3f,\"srv_cpu_pct\":%.1f,"
         "\"lg_cpu_pct\":%.1f,\"srv_rss_kb\":%ld,\"srv_threads\":%ld,\"srv_vcsw_per_rt\":%.4f,"
         "\"srv_ivcsw_per_rt\":%.4f}\n",
         f.srv_us, f.srv_user_us, f.srv_sys_us, f.srv_cpu_pct, f.lg_cpu_pct, r->end.server.rss_kb,
         r->end.server.threads, f.voluntary, f.involuntary);
}

static void report_text(const struct result *r) {
  const struct counters *c = &r->count;
  struct figures f = figures(r);
  printf("%s %s%s conns=%d size=%zu depth=%d: %.0f rt/s (%.1f MB/s), %lu in %.2f s\n", opt.label,
         transport_names[opt.transport], opt.flood ? "-flood" : "", opt.conns, opt.size, opt.depth,
         f.rps, f.mb_s, c->round_trips, r->seconds);
  if (!opt.flood)
    printf("  latency us p50=%.1f p90=%.1f p99=%.1f p99.9=%.1f max=%.1f\n",
           hist_percentile_us(&r->hist, 50), hist_percentile_us(&r->hist, 90),
           hist_percentile_us(&r->hist, 99), hist_percentile_us(&r->hist, 99.9),
           (double)r->hist.max / 1000.0);
  printf("  errors=%lu bad=%lu short/closed=%lu stall=%lu starved=%lu lost=%lu late=%lu\n",
         c->errors, c->bad, c->short_reply, c->stall, c->starved, c->lost, c->late);
  if (opt.flood)
    printf("  sent=%lu replies=%lu (%.1f%%)\n", c->sent, c->received,
           per(100.0 * (double)c->received, c->sent));
  if (opt.server_pid)
    printf("  server cpu %.3f us/rt (user %.3f sys %.3f) = %.1f%%; rss %ld kB, threads %ld, "
           "ctxsw/rt %.4f vol %.4f invol\n",
           f.srv_us, f.srv_user_us, f.srv_sys_us, f.srv_cpu_pct, r->end.server.rss_kb,
           r->end.server.threads, f.voluntary, f.involuntary);
  printf("  loadgen cpu %.1f%%\n", f.lg_cpu_pct);
}

int main(int argc, char **argv) {
  static struct result result;
  struct rlimit files;
  signal(SIGPIPE, SIG_IGN);
  parse_options(argc, argv);
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  if (opt.transport == UNIX_STREAM || opt.transport == UNIX_DGRAM)
    resolve_unix();
  else
    resolve_inet();
  payload_init();
  if (opt.idle)
    return run_idle();
  run(&result);
  if (opt.json)
    report_json(&result);
  else
    report_text(&result);
  const struct counters *c = &result.count;
  return c->errors || c->bad || c->short_reply || c->stall || c->starved ? 1 : 0;
}
