#!/bin/sh
# Tests both ways to run a sweep: a shard dies once, one dies each time, a file ends in the middle of a
# row, a row tells of a violation. Each way has to come to the file of a sweep that was never split.
#
#   SIXFOLD=/where/sixfold/is test.sh PYTHON     # a Python that has Ray
set -eu

here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
unset PARALLEL
export RAY_ADDRESS=local RAY_TMPDIR="$folder" RAY_USAGE_STATS_ENABLED=0
set -- "$1" "$here/writer-crash.toml" --param workload.clients=4,8,16 --seeds 0..10
python=$1
shift
"$SIXFOLD" sweep "$@" --out whole.csv > log

# In the place of the program: shard 3 dies at its first call, shard 5 at every call.
cat > dying << END
#!/bin/sh
case "\$*" in
*" 3/8 "*) mkdir "\$(dirname "\$0")/dead" 2> /dev/null && kill -9 \$\$ ;;
*" 5/8 "*) kill -9 \$\$ ;;
esac
exec "$SIXFOLD" "\$@"
END
# In the place of the program: the rows of shard 7 tell of a violation.
cat > unsound << END
#!/bin/sh
"$SIXFOLD" "\$@" || exit
case "\$*" in *" 7/8 "*) exit 1 ;; esac
END
chmod +x dying unsound

fails() {
    cat log
    echo "$way: expected $1"
    exit 1
}

# The status with which a way ends.
status_of() {
    program=$1
    shift
    SIXFOLD=$program "$@" > log 2>&1 && echo 0 || echo $?
}

for way in parallel ray; do
    case $way in
    parallel) set -- "$here/parallel.sh" way.csv 8 "$@" ;;
    ray) set -- "$python" "$here/ray_sweep.py" way.csv 8 "$@" ;;
    esac
    [ "$(status_of ./dying "$@")" -gt 1 ] || fails "a failure, as shard 5 always dies"
    [ ! -e way.csv ] || fails "no file as long as a shard is not done"
    [ -s way.csv.shards/3.csv ] || fails "shard 3, which died once, to be tried again"
    head -c 300 way.csv.shards/2.csv > cut
    cp cut way.csv.shards/2.csv
    [ "$(status_of ./unsound "$@")" = 1 ] || fails "status 1, as shard 7 tells of a violation"
    cmp whole.csv way.csv || fails "the file of the whole"
    rm way.csv
    [ "$(status_of "$SIXFOLD" "$@")" = 0 ] || fails "status 0"
    cmp whole.csv way.csv || fails "the file of the whole, out of shards that are done"
    rm -r way.csv way.csv.shards dead
    while [ "$1" != 8 ]; do shift; done
    shift
done
echo "2 passed"
