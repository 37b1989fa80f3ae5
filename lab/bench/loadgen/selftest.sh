#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Does the load generator notice bad servers? Each line runs one defective server and checks the
# counter that has to show it, and that the two good servers are found good.
#
#   selftest.sh [LOADGEN]     default: the one that `bench.py build` made
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
loadgen=${1:-${SOCKEYE_BENCH_OUT:-$HOME/.cache/sockeye-bench}/bin/loadgen}
python=/usr/bin/python3
[ -x "$python" ] || python=python3
[ -x "$loadgen" ] || { echo "no $loadgen: run bench.py build first" >&2; exit 2; }
export PYTHONDONTWRITEBYTECODE=1
port=$((24000 + $$ % 4000))
failed=0

# check MODE KIND COUNTER [SECONDS]: COUNTER has to be above zero and the exit status 1; "-" means no fault.
# "late" and "lost" are no faults of their own (datagrams may be lost), so the status stays 0.
check() {
  local mode=$1 kind=$2 counter=$3 seconds=${4:-1} server out status want verdict=ok
  port=$((port + 1))
  "$python" "$here/bad_server.py" "$mode" "$port" &
  server=$!
  sleep 0.4
  out=$("$loadgen" "$kind" -P "$port" -c 3 -s 64 -d 2 -T "$seconds" -w 0.3)
  status=$?
  kill "$server"
  wait "$server" 2>/dev/null
  out=$(grep errors= <<<"$out")
  case $counter in -|late|lost) want=0 ;; *) want=1 ;; esac
  [ "$status" = "$want" ] || verdict=FAILED
  [ "$counter" = - ] || grep -Eq "(^| )$counter=[1-9]" <<<"$out" || verdict=FAILED
  [ "$verdict" = ok ] || failed=$((failed + 1))
  printf '%-6s %-16s exit %s %s\n' "$verdict" "$mode" "$status" "$out"
}

check ok tcp -
check split tcp -
check corrupt tcp bad
check drop tcp bad
check dup tcp bad
check close tcp short/closed
check stall tcp stall
check stall-one tcp starved
check udp-ok udp -
check udp-drop udp lost
check udp-dup udp late
check udp-short udp short/closed
check udp-long udp short/closed
check udp-corrupt udp bad
check udp-corrupt-tag udp bad
check udp-stall udp stall 7

[ "$failed" = 0 ] && echo "selftest passed" || { echo "selftest: $failed failed"; exit 1; }
