# File systems that are read-only or full, and too few files to open: each is told in one sentence, and
# costs nothing that was stored.
if [ "${1-}" != inside ]; then
  unshare -m true 2> /dev/null || { echo "skipped: this user may not mount file systems"; exit 4; }
  exec unshare -m bash "$0" inside
fi
source "$(dirname "$0")/support.sh"
mkdir small
mount -t tmpfs -o size=1m none small 2> /dev/null || skip "this user may not mount file systems"
trap 'kill $(jobs -p) 2> /dev/null || true; wait; umount small; umount read-only 2> /dev/null || true; rm -rf "$work"' EXIT

cat > node.conf << CONF
lockstep {
  specifications = ["$config/specs/order.json"]
  impl-models-dir = "$config/models"
  log-level = "off"
  port = 0
}
CONF
# usage: generate FILE COUNT SEED
generate() {
  sed "\$i script = [ { generate = $2, specification = \"Order\", prefix = \"web-$3-\", deviating = 0, late = 0, seed = $3 } ]" node.conf > "$1"
}
generate few.conf 20 1
generate many.conf 4000 2

# usage: refuse TEXT COMMAND … ; in one sentence that says what to do
refuse() {
  local text=$1
  shift
  expect_status 2 "$@"
  expect_one_line err
  expect_text err "$text"
  grep -q ';' err || { cat err >&2; fail "it is not said what to do: $*"; }
}

instances() { "$LOCKSTEP" instances "$@"; }

# -- a second process
start_node node.conf --store-dir store
refuse "process $node has it open" "$LOCKSTEP" run node.conf --store-dir store
refuse "process $node has it open" "$LOCKSTEP" observe --config "$config/nova.conf" --store-dir store "$sample"
stop_node

# -- read-only
expect_status 0 "$LOCKSTEP" run few.conf --once --store-dir read-only/store
mount --bind read-only read-only
mount -o remount,ro,bind read-only
refuse "Read-only file system" "$LOCKSTEP" run node.conf --store-dir read-only/store
refuse "Read-only file system" "$LOCKSTEP" run node.conf --store-dir read-only/new
refuse "Read-only file system" "$LOCKSTEP" store compact --store-dir read-only/store
expect_status 0 instances list --store-dir read-only/store
expect_text out "20 instances"
expect_status 0 "$LOCKSTEP" store check --store-dir read-only/store
expect_status 0 "$LOCKSTEP" store backup --store-dir read-only/store from-read-only
expect_status 0 "$LOCKSTEP" run node.conf --once --store-dir from-read-only
refuse "Read-only file system" "$LOCKSTEP" store backup --store-dir store read-only/copy
umount read-only
# What a killed node leaves in its write-ahead log is read, too, or nothing is.
start_node node.conf --store-dir read-only/store
expect_status 0 instances delete --connect "$address" --all --state shipped
kill_node
cp -r read-only/store read-only/without-index
rm read-only/without-index/*-shm
mount --bind read-only read-only
mount -o remount,ro,bind read-only
instances list --store-dir read-only/store --limit 0 --json > have
refuse "read-only/without-index/shard-" instances list --store-dir read-only/without-index
umount read-only
instances list --store-dir read-only/store --limit 0 --json > wanted
diff wanted have || fail "a read-only store is read without its write-ahead log"
expect_status 0 "$LOCKSTEP" store check --store-dir read-only/store

# -- a backup in the place of a file system
refuse "give the backup a folder within it" "$LOCKSTEP" store backup --store-dir store small

# -- full, while a node runs
expect_status 0 "$LOCKSTEP" run few.conf --once --store-dir small/store
start_node node.conf --store-dir small/store
dd if=/dev/zero of=small/rest bs=512 2> /dev/null || true
for try in 1 2; do
  refuse "is full; make room" instances delete --connect "$address" --all
done
expect_status 0 instances list --connect "$address"
expect_text out "20 instances"
rm small/rest
expect_status 0 instances delete --connect "$address" --all --state shipped
instances list --connect "$address" --limit 0 --json | sort > wanted
stop_node
expect_status 0 "$LOCKSTEP" store check --store-dir small/store
instances list --store-dir small/store --limit 0 --json | sort > have
diff wanted have || fail "not all that was stored is there"

# -- full, at the start of a node and of a backup
dd if=/dev/zero of=small/rest bs=512 2> /dev/null || true
refuse "; make room" "$LOCKSTEP" run node.conf --store-dir small/new
refuse "make room" "$LOCKSTEP" store backup --store-dir store small/copy
[ ! -e small/copy ] && [ ! -e small/copy.incomplete ] || fail "half a backup was left behind"
rm -r small/rest small/new
expect_status 0 "$LOCKSTEP" run node.conf --once --store-dir small/new
rm -r small/new

# -- full, by what is recorded: the node goes on, and what it could not store is not there
expect_status 1 "$LOCKSTEP" run many.conf --once --store-dir small/store
expect_text out "is full; make room"
dd if=/dev/zero of=small/rest bs=512 2> /dev/null || true
refuse "make room" "$LOCKSTEP" store compact --store-dir small/store
rm small/rest
mount -o remount,size=4m small
expect_status 0 "$LOCKSTEP" store check --store-dir small/store
expect_status 0 "$LOCKSTEP" store compact --store-dir small/store
expect_status 0 "$LOCKSTEP" run few.conf --once --store-dir small/store --distribution-factor 3
expect_status 0 "$LOCKSTEP" store check --store-dir small/store

# -- too few files to open
expect_status 0 "$LOCKSTEP" run few.conf --once --store-dir files
for limit in 6 12 24; do
  ( ulimit -n "$limit" && refuse "no more than $limit files" "$LOCKSTEP" run node.conf --store-dir files )
done
# A node without a file to spare for a connection goes on once there is one.
( ulimit -n 76; exec "$LOCKSTEP" run node.conf --store-dir files > files.out 2> node.err ) &
node=$!
until grep -qs '^Serving' files.out; do
  kill -0 "$node" || { cat node.err >&2; fail "the node does not start with 76 files"; }
  read -r -t 0.05 <> <(:) || true
done
port=$(sed -n 's/.*listening on .*:\([0-9]*\)$/\1/p' files.out)
connections=()
for _ in $(seq 1 80); do
  exec {connection}<> "/dev/tcp/127.0.0.1/$port"
  connections+=("$connection")
done
until [ "$(find "/proc/$node/fd" -mindepth 1 | wc -l)" -ge 76 ]; do
  kill -0 "$node" || fail "the node did not survive"
  read -r -t 0.05 <> <(:) || true
done
for connection in "${connections[@]}"; do exec {connection}>&-; done
expect_status 0 instances list --connect "127.0.0.1:$port"
expect_text out "20 instances"
kill -TERM "$node"
wait "$node" || fail "status $? of the node"
expect_status 0 "$LOCKSTEP" store check --store-dir files
