# Keyed shards: written to, killed, started again; asked through the port and in the store.
source "$(dirname "$0")/support.sh"

expect_status 0 "$LOCKSTEP" run "$config/cells.conf"
expect_text out "all hold"

cat > node.conf <<CONF
lockstep {
  store-dir = "store"
  port = 0
  log-level = "off"
  keyed-shards = [ { node = "bank", schema = [ { key = ["a"], value = "0" }, { key = ["b", "c"] } ] } ]
  script = [
    { start-shard = "late", value = "first" },
    { reserve = "a", height = 1 },
    { write = "a", height = 1, value = "one" },
    { reserve = "a", height = 3 },
    { advance-watermark = "a", height = 2 }
  ]
}
CONF

start_node node.conf
expect_status 0 "$LOCKSTEP" shards list --config node.conf
expect_text out "3 keyed shards"
expect_text out "running"
expect_status 0 "$LOCKSTEP" shards show --connect "$address" a
expect_text out "write watermark 2"
expect_text out "1 reservation"
expect_status 0 "$LOCKSTEP" shards start --connect "$address" typed/key --value 7
expect_status 2 "$LOCKSTEP" shards start --connect "$address" typed/key
expect_one_line err
expect_text err "already"
kill_node

# What was acknowledged is there when nobody runs, and when the node runs again.
expect_status 0 "$LOCKSTEP" shards list --config node.conf
expect_text out "4 keyed shards"
expect_text out "down"
expect_status 0 "$LOCKSTEP" shards show --config node.conf a --json
expect_text out '"watermark":2'
expect_text out '"reservations":1'
expect_status 0 "$LOCKSTEP" shards start --config node.conf --as term '[<<"x/y">>]' --value '{v, 1}'
expect_status 2 "$LOCKSTEP" shards start --config node.conf --as term '[<<"x/y">>]'
expect_one_line err

cat > more.conf <<CONF
lockstep {
  store-dir = "store"
  port = 0
  log-level = "off"
  keyed-shards = [ { node = "bank", schema = [ { key = ["a"], value = "another" }, { key = ["new"], value = 5 } ] } ]
  script = [
    { read = "a", height = 1, is = "0" },
    { read = "a", height = 2, is = "one" },
    { read = "a", height = 4, timeout = "1ms", fails = "read_blocked" },
    { reserve = "a", height = 3, fails = "occupied" },
    { write = "a", height = 3, value = "three" },
    { advance-watermark = "a", height = 3 },
    { read = "a", height = 4, is = "three" },
    { read = "late", height = 1, is = "first" },
    { read = "typed/key", height = 1, is = "7" },
    { read = "b/c", height = 1, absent = true },
    { read = "new", height = 1, is = 5 },
    { read = "[<<\"x/y\">>]", as = "term", node = "<<\"bank\">>", height = 1, is = "{v, 1}" }
  ]
}
CONF
start_node more.conf
expect_status 0 "$LOCKSTEP" shards list --config more.conf --json
[ "$(wc -l < out)" = 6 ] || fail "one line a shard"
expect_text out '"state":"running"'
expect_status 2 "$LOCKSTEP" shards show --config more.conf nobody
expect_one_line err
expect_status 2 "$LOCKSTEP" shards show --config more.conf a --node nobody
expect_one_line err
kill_node

# Mistakes.
expect_status 2 "$LOCKSTEP" shards show --config node.conf --as term '[]'
expect_one_line err
expect_status 2 "$LOCKSTEP" shards show --config node.conf a//b
expect_one_line err
expect_status 2 "$LOCKSTEP" shards show --config node.conf --as term '{a'
expect_one_line err
expect_status 2 "$LOCKSTEP" shards show --config node.conf --as term '{a}'
expect_one_line err
expect_status 2 "$LOCKSTEP" shards show --config node.conf
expect_one_line err
expect_status 2 "$LOCKSTEP" shards show --config node.conf a b
expect_one_line err
expect_status 2 "$LOCKSTEP" shards show --config node.conf nobody
expect_one_line err
expect_status 2 "$LOCKSTEP" shards list --config node.conf --node nobody
expect_one_line err
expect_status 2 "$LOCKSTEP" shards list --store-dir nowhere
expect_one_line err
sed 's/node = "bank"/nodes = "bank"/' more.conf > wrong.conf
expect_status 2 "$LOCKSTEP" run wrong.conf
expect_one_line err
expect_text err '"nodes"'
sed 's/{ node = "bank"/{ node = "bank", strategy = "modulo"/' more.conf > other.conf
expect_status 2 "$LOCKSTEP" run other.conf --once
expect_one_line err
expect_text err one_per_key
sed 's/"a", height = 1, is/"a", heigth = 1, is/' more.conf > wrong.conf
expect_status 2 "$LOCKSTEP" run wrong.conf --once
expect_one_line err
expect_text err heigth

expect_status 0 "$LOCKSTEP" store check --store-dir store
