# What the end-to-end tests share. Each runs in an empty folder that goes with it.
set -euo pipefail

work=$(mktemp -d)
trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$work"' EXIT
cd "$work"
readonly config=$LOCKSTEP_SOURCE_DIR/config
readonly sample=$config/nova-sample.log
readonly shared=$LOCKSTEP_SOURCE_DIR/../shared/data

fail() { echo "FAILED: $*" >&2; exit 1; }

# usage: expect_status STATUS COMMAND … ; what it prints is in the files out and err
expect_status() {
  local wanted=$1 status=0
  shift
  "$@" > out 2> err || status=$?
  [ "$status" = "$wanted" ] || { cat out err >&2; fail "status $status instead of $wanted: $*"; }
}

# usage: expect_text FILE TEXT
expect_text() { grep -qF -- "$2" "$1" || { cat "$1" >&2; fail "'$2' is not in $1"; }; }

# usage: expect_one_line FILE ; a mistake is told in one sentence
expect_one_line() { [ "$(wc -l < "$1")" = 1 ] || { cat "$1" >&2; fail "$1 is not one line"; }; }

# Lets what follows in this shell take so many KiB of addresses. A program with sanitizers reserves
# terabytes of them, so there it is not limited. usage: limit_memory KIB
limit_memory() { [ -n "${LOCKSTEP_SANITIZE:-}" ] || ulimit -v "$1"; }

skip() { echo "skipped: $*"; exit 4; }

# Everything that a store holds but the times at which it was written, in a fixed order.
# usage: dump_store FOLDER
dump_store() {
  "$LOCKSTEP" observe --config "$config/nova.conf" --store-dir "$1" --impl-models-dir "$work/dump-models" \
    --input.source dump --json /dev/null > "$work/dump.json" 2> /dev/null || true
  grep -v -e '"seconds"' -e '"events_per_second"' "$work/dump.json"
}

# Starts a node and waits until it serves: its process is in `node`, HOST:PORT in `address` if it has a
# port, what it prints in the file node.out. A line that says FAILED ends the test.
# usage: start_node ARGUMENTS … ; of lockstep run
start_node() {
  address=
  rm -f node.pipe && mkfifo node.pipe
  "$LOCKSTEP" run "$@" > node.pipe 2> node.err &
  node=$!
  exec 3< node.pipe
  : > node.out
  local line
  while read -r line <&3; do
    echo "$line" >> node.out
    case $line in
      *"listening on "*) address=${line##*listening on } ;;
      *FAILED*) fail "$line" ;;
      Serving*) return ;;
    esac
  done
  cat node.out node.err >&2
  fail "the node did not come to serve: $*"
}

# Ends it as an operator would.
stop_node() {
  kill -TERM "$node"
  wait "$node" || { cat node.err >&2; fail "status $? of the node"; }
  exec 3<&-
}

# Ends it as a power cut would.
kill_node() {
  kill -9 "$node"
  wait "$node" 2> /dev/null || true
  exec 3<&-
}
