#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Asks a C compiler what the kernel's ABI is, and prints it as a golden file.
#
#   probe.sh x86_64-glibc|aarch64-glibc|x86_64-musl     print the file
#   probe.sh --have TARGET                              name the tools that are missing, if any
#   probe.sh --behave TARGET FILE                       try the numbers of a golden file (behave.c)
#
# Nothing is listed by hand but prefixes (prefixes.txt) and C types (structs.txt). Every name in the
# headers that starts with a known prefix is a candidate, and every word inside a struct is a
# candidate for a member; the compiler then strikes out those that are no constant or no member. So
# older headers leave names out, and newer ones bring more.
#
# PROBE_UAPI=DIR takes the kernel's headers from DIR (made by `make headers_install`).
set -eu
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)

have= behave=
case ${1-} in
--have) have=1 && shift ;;
--behave) behave=1 && shift ;;
esac
target=${1-}
run=
case $target in
x86_64-glibc) cc=gcc kcc=gcc inc=/usr/include asm=/usr/include/x86_64-linux-gnu/asm ;;
x86_64-musl) cc=musl-gcc kcc=gcc inc=/usr/include asm=/usr/include/x86_64-linux-gnu/asm ;;
aarch64-glibc)
    cc=aarch64-linux-gnu-gcc kcc=$cc inc=/usr/aarch64-linux-gnu/include asm=$inc/asm
    run=qemu-aarch64
    ;;
*)
    echo "probe.sh: x86_64-glibc, aarch64-glibc or x86_64-musl, please; not '$target'" >&2
    exit 2
    ;;
esac
# At home, the native compiler is no cross compiler and needs no emulator.
if [ "$(uname -m)-$target" = aarch64-aarch64-glibc ] && ! command -v $cc >/dev/null; then
    cc=gcc kcc=gcc inc=/usr/include asm=/usr/include/aarch64-linux-gnu/asm run=
fi
if [ -n "${PROBE_UAPI-}" ]; then
    inc=$PROBE_UAPI asm=$PROBE_UAPI/asm
fi

missing=
for tool in $cc $kcc $run awk sort; do
    command -v "$tool" >/dev/null || missing="$missing $tool"
done
for dir in "$inc/linux" "$inc/asm-generic" "$asm"; do
    [ -d "$dir" ] || missing="$missing $dir"
done
[ -z "$have" ] || { echo $missing; exit 0; }
[ -z "$missing" ] || { echo "probe.sh: $target: missing:$missing" >&2; exit 3; }

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

if [ -n "$behave" ]; then
    awk '
        $1 == "const" { print "#define C_" $2 " " $3 }
        $1 == "nr" { print "#define NR_" $2 " " $3 }
        $1 == "errno" { print "#define E_" $2 " " $3 }
        $1 == "sizeof" { print "#define SIZEOF_" $3 " " $4 }
        $1 == "offsetof" { gsub(/\./, "_", $4); print "#define " $3 "__" $4 " " $5 }
    ' "$2" >"$tmp/golden.h"
    emulated=0
    [ -z "$run" ] || emulated=1
    # glibc warns that a static program loads its name service when it runs; addresses need none.
    $cc -Wall -DEMULATED=$emulated -I "$tmp" -static -o "$tmp/behave" "$here/behave.c" \
        2>"$tmp/warnings" || { cat "$tmp/warnings" >&2; exit 1; }
    $run "$tmp/behave"
    exit
fi

# The kernel's headers and nothing else: the C library's live in the same directory.
mkdir "$tmp/uapi"
ln -s "$inc/linux" "$inc/asm-generic" "$tmp/uapi"
ln -s "$asm" "$tmp/uapi/asm"
flags_kernel="-ffreestanding -nostdinc -I $here/kernel -isystem $tmp/uapi
    -isystem $($kcc -print-file-name=include)"
flags_libc=

compile() { # side arguments...: the side's compiler with its headers
    side=$1
    shift
    case $side in
    kernel) $kcc $flags_kernel "$@" ;;
    libc) $cc $flags_libc "$@" ;;
    esac
}

candidates() { # side: "KIND<tab>C expression<tab>of<tab>path" lines, true or not
    compile "$1" -E -dM "$here/$1.h" |
        awk '$1 == "#define" && $2 !~ /\(/ { print $2 }' >"$tmp/$1.macros"
    compile "$1" -E -P "$here/$1.h" >"$tmp/$1.i"
    # The words of the text behind the macros are where enumerators hide.
    awk '{ gsub(/[^A-Za-z0-9_]+/, "\n"); print }' "$tmp/$1.i" >"$tmp/$1.words"
    sort -u "$tmp/$1.macros" "$tmp/$1.words" | awk -v side="$1" '
        NR == FNR { sub(/^~/, ""); if ($0 !~ /^#/ && $0 != "") prefix[++n] = $0; next }
        /^__NR_/ { if (side == "kernel") print "NR\t" $0 "\t" substr($0, 6) "\t"; next }
        /^[A-Z][A-Z0-9_a-z]*$/ {
            for (i = 1; i <= n; i++)
                if (index($0, prefix[i]) == 1) { print "CONST\t" $0 "\t" $0 "\t"; break }
        }' "$here/prefixes.txt" -
    case $1 in kernel) errno=asm/errno.h ;; libc) errno=errno.h ;; esac
    echo "#include <$errno>" | compile "$1" -E -dM - |
        awk '$1 == "#define" && $2 ~ /^E[A-Z0-9]+$/ { print "ERRNO\t" $2 "\t" $2 "\t" }' | sort
    awk '
        NR == FNR {
            if ($0 ~ /^#/ || $0 == "") next
            of = $0; sub(/:.*/, "", of)
            if (!(of in wanted)) { wanted[of] = 1; type[++n] = of }
            if (split($0, half, ": ") == 2) extra[of] = extra[of] " " half[2]
            next
        }
        # Inside "struct x {", every word may be a member.
        {
            gsub(/[{};]/, " & ")
            words = split($0, word, /[^A-Za-z0-9_{};]+/)
            for (i = 1; i <= words; i++) {
                w = word[i]
                if (w == "{") {
                    if (!depth && (("struct " last) in wanted)) { of = "struct " last; open = 1 }
                    if (open) depth++
                } else if (w == "}") {
                    if (open && !--depth) open = 0
                } else if (open && w ~ /^[A-Za-z_]/ && !((of, w) in seen)) {
                    seen[of, w] = 1; member[of] = member[of] " " w
                }
                if (w != "") last = w
            }
        }
        function fact(of, m) {
            print "OFFSETOF\t__builtin_offsetof(" of ", " m ")\t" of "\t" m
            print "WIDTHOF\tsizeof(((" of " *)0)->" m ")\t" of "\t" m
        }
        END {
            for (t = 1; t <= n; t++) {
                of = type[t]
                print "SIZEOF\tsizeof(" of ")\t" of "\t"
                k = split(member[of] " " extra[of], m, " ")
                for (i = 1; i <= k; i++) fact(of, m[i])
            }
        }' "$here/structs.txt" "$tmp/$1.i"
}

strike() { # side: drops from $tmp/side.facts, until none is left, the lines that do not compile
    rounds=0
    while :; do
        {
            echo "#include \"$1.h\""
            # An array's length must be an integer constant, and no string can be multiplied.
            awk -F '\t' '{ printf "struct probe_%d { int probe[(%s) * 0 + 1]; };\n", NR, $2 }' \
                "$tmp/$1.facts"
        } >"$tmp/$1.try.c"
        ! compile "$1" -I "$here" -w -fsyntax-only -fmax-errors=0 "$tmp/$1.try.c" \
            2>"$tmp/$1.errors" || break
        awk -F : -v file="$tmp/$1.try.c" '$1 == file && $2 > 1 { print $2 - 1 }' "$tmp/$1.errors" |
            sort -un >"$tmp/$1.bad"
        rounds=$((rounds + 1))
        if [ ! -s "$tmp/$1.bad" ] || [ $rounds -gt 9 ]; then
            cat "$tmp/$1.errors" >&2
            exit 1
        fi
        awk 'NR == FNR { bad[$1] = 1; next } !(FNR in bad)' "$tmp/$1.bad" "$tmp/$1.facts" \
            >"$tmp/$1.good"
        mv "$tmp/$1.good" "$tmp/$1.facts"
    done
}

for side in kernel libc; do
    candidates $side >"$tmp/$side.facts"
    strike $side
    {
        echo "#include \"probe.h\""
        echo "#include \"$side.h\""
        echo "const struct fact ${side}_facts[] = {"
        awk -F '\t' '{
            path = $4 == "" ? "0" : "\"" $4 "\""
            printf "{ %s, \"%s\", %s, (long long)(%s) },\n", $1, $3, path, $2
        }' "$tmp/$side.facts"
        echo "{ CONST, 0, 0, 0 } };"
        if [ $side = kernel ]; then
            echo '#define TEXT(x) #x'
            echo '#define VERSION(a, b, c) TEXT(a) "." TEXT(b) "." TEXT(c)'
            echo 'const char kernel_version[] = VERSION('
            echo 'LINUX_VERSION_MAJOR, LINUX_VERSION_PATCHLEVEL, LINUX_VERSION_SUBLEVEL);'
        fi
    } >"$tmp/$side.c"
    compile $side -I "$here" -w -c -o "$tmp/$side.o" "$tmp/$side.c"
done
$cc -Wall -I "$here" -static -o "$tmp/probe" "$here/main.c" "$tmp/kernel.o" "$tmp/libc.o"
$run "$tmp/probe"
