#!/bin/sh
# Runs a sweep in shards by GNU parallel, and joins their files. Run again, it goes on.
#
#   parallel.sh OUT.csv SHARDS SCENARIO.toml --param PATH=V1,V2,... [--seeds A..B]
#
# SIXFOLD names the program, if it is not on PATH. PARALLEL may hold more options of GNU parallel.
set -eu

if [ $# -lt 3 ] || ! [ "$2" -ge 1 ]; then
    sed -n '2,6s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
out=$1 shards=$2
shift 2
parts=$out.shards
log=$parts/jobs.log
mkdir -p "$parts"
rm -f "$log"

# A shard that fails is tried again, and goes on where it ended.
seq "$shards" |
    parallel --quote --workdir "$PWD" --retries 3 --joblog "$log" \
        "${SIXFOLD:-sixfold}" sweep "$@" --shard "{}/$shards" --out "$parts/{}.csv" || :

# With 0 a shard is done, and with 1, too: then a row tells of an invariant that did not hold.
ended() {
    awk -F '\t' -v "status=$1" 'NR > 1 && $7 == status && $8 == 0 { print $1 }' "$log" | sort -u | wc -l
}
sound=$(ended 0) violated=$(ended 1)
if [ $((sound + violated)) -ne "$shards" ]; then
    echo "parallel.sh: $((sound + violated)) of $shards shards are done; run again, it goes on" >&2
    exit 2
fi
seq "$shards" | while read -r shard; do cat "$parts/$shard.csv"; done > "$parts/all.csv"
mv "$parts/all.csv" "$out"
echo "$out: $shards shards, $violated of them with a violation"
[ "$violated" -eq 0 ]
