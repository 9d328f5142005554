# A store goes to another number of shards and loses nothing, also when that is killed half-way.
source "$(dirname "$0")/support.sh"

cp -r "$config/models" models
observe() { "$LOCKSTEP" observe --config "$config/nova.conf" --impl-models-dir models "$@"; }

# Machines, whose events carry operation ids, and enough orders to be caught in the middle.
for i in $(seq 1 100); do
  sed "s/11111111-/$(printf '%08d' "$i")-/g; s/22222222-/$(printf '%08d' $((i + 1000)))-/g; s/33333333-/$(printf '%08d' $((i + 2000)))-/g" "$sample"
done > machines.log
readonly machines=300 orders=4000

# usage: configure FILE STEPS AFTER
configure() {
  cat > "$1" << CONF
lockstep {
  specifications = ["$config/specs/nova_vm.json", "$config/specs/order.json"]
  impl-models-dir = "models"
  log-level = "error"
  script = [ $2 ]
  after-script = "$3"
}
CONF
}
configure orders.conf "{ generate = $orders, specification = \"Order\", prefix = \"web-\", deviating = 0, late = 0, seed = 7 }" exit
configure count.conf "{ expect-count = \"instances\", is = $((machines + orders)) }" exit
configure serve.conf "" serve

# usage: count STORE FACTOR [ROUTING] ; starts a node on the store, divided that way, and lets it count
count() {
  expect_status 0 "$LOCKSTEP" run count.conf --store-dir "$1" --distribution-factor "$2" \
    --routing "${3:-modulo}"
  expect_text out "all hold"
  [ "$(find "$1" -name 'shard-*.sqlite' | wc -l)" = "$2" ] || fail "$1 has not $2 files"
}

# usage: dump STORE ; in four shards, where they are in another order after a move
dump() { dump_store "$1" | sort; }

observe --learn --store-dir store machines.log > out 2> err || true
expect_status 0 "$LOCKSTEP" run orders.conf --store-dir store
dump store > wanted

for factor in 7 2 5; do
  count store "$factor"
done
observe --store-dir store --distribution-factor 5 machines.log > out 2> err || true
expect_text out "Recorded     0 new steps"
dump store > have
diff wanted have || fail "moving there and back changed the store"

# By rendezvous hashing a ninth shard takes its ninth, and nothing else moves.
cp -r store rendezvous
count rendezvous 8 rendezvous
count rendezvous 8 rendezvous
if grep -q "changed" out; then fail "a store that is divided that way already was divided again"; fi
count rendezvous 9 rendezvous
moved=$(sed -n 's/^The division into shards changed: \([0-9,]*\) instances moved$/\1/p' out | tr -d ,)
[ "$moved" -gt 380 ] && [ "$moved" -lt 575 ] || fail "$moved of $((machines + orders)) instances moved"
dump rendezvous > have
diff wanted have || fail "another strategy changed the store"
observe --store-dir rendezvous --distribution-factor 9 --routing rendezvous machines.log > out 2> err || true
expect_text out "Recorded     0 new steps"
expect_status 0 "$LOCKSTEP" store check --store-dir rendezvous
expect_status 2 "$LOCKSTEP" run count.conf --store-dir rendezvous --routing ring
expect_one_line err

# Killed while it moves instances from four shards to six, or within four by the other strategy: the
# last shard's journal tells.
for way in "6 modulo 6 modulo" "6 modulo 3 rendezvous" "4 rendezvous 4 modulo" "4 rendezvous 4 rendezvous"; do
  read -r to by next next_by <<< "$way"
  rm -rf killed && cp -r store killed
  [ "$(find killed -name 'shard-*.sqlite' | wc -l)" = 4 ] || count killed 4
  "$LOCKSTEP" run serve.conf --store-dir killed --distribution-factor "$to" --routing "$by" > told 2>&1 &
  program=$!
  until [ -s "killed/shard-$to.sqlite-wal" ] && [ "$(stat -c %s "killed/shard-$to.sqlite-wal")" -gt 150000 ]; do
    kill -0 "$program" || { cat told >&2; fail "the program ended by itself"; }
    read -r -t 0.01 <> <(:) || true
  done
  kill -9 "$program"
  wait "$program" || true
  if grep -q "^Serving" told; then fail "the move was over before the program was killed"; fi
  count killed "$next" "$next_by"
  dump killed > have
  diff wanted have || fail "a killed move, finished with $next shards by $next_by, changed the store"
done

# Interrupted while it moves instances: held still as soon as it has begun, so that the signal is there
# when it goes on.
rm -rf killed && cp -r store killed && count killed 4
"$LOCKSTEP" run serve.conf --store-dir killed --distribution-factor 6 > told 2> err &
program=$!
until [ -s killed/shard-6.sqlite-wal ] && [ "$(stat -c %s killed/shard-6.sqlite-wal)" -gt 50000 ]; do
  kill -0 "$program" || { cat err >&2; fail "the program ended by itself"; }
  read -r -t 0.01 <> <(:) || true
done
kill -STOP "$program"
if grep -q "^Serving" told; then fail "the move was over before the program was interrupted"; fi
kill -INT "$program"
kill -CONT "$program"
status=0
wait "$program" || status=$?
[ "$status" = 130 ] || { cat told err >&2; fail "status $status of an interrupted move"; }
expect_one_line err
expect_text err "interrupted"
expect_text err "start again to go on"
count killed 6
dump killed > have
diff wanted have || fail "an interrupted move changed the store"
