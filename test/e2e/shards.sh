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
expect_status 0 "$LOCKSTEP" shards start --connect "$address" once --operation start-once
kill_node

# What was acknowledged is there when nobody runs, and when the node runs again.
expect_status 0 "$LOCKSTEP" shards list --config node.conf
expect_text out "5 keyed shards"
expect_text out "down"
expect_status 0 "$LOCKSTEP" shards start --config node.conf once --operation start-once
expect_status 2 "$LOCKSTEP" shards start --config node.conf once --operation another
expect_text err "already"
expect_status 2 "$LOCKSTEP" shards start --config node.conf once --operation ''
expect_text err "is empty; give an id, or leave the option out"
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
[ "$(wc -l < out)" = 7 ] || fail "one line a shard"
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

# What cells hold, page by page; what usage says.
expect_status 0 "$LOCKSTEP" shards show --store-dir store a
expect_text out 'height  value'
expect_text out '<<"three">>'
expect_status 0 "$LOCKSTEP" shards show --store-dir store a --limit 1 --skip 1
expect_text out '<<"one">>'
expect_text out 'and 1 more, see --skip 2'
expect_status 0 "$LOCKSTEP" shards show --store-dir store a --limit 1 --json
expect_text out '"more_slots":2'
expect_status 0 "$LOCKSTEP" shards start --help
expect_text out '[OPTIONS] KEY'

# A file of somebody else stops nobody.
echo mine > store/keyed/notes.sqlite
expect_status 0 "$LOCKSTEP" shards list --store-dir store
expect_status 0 "$LOCKSTEP" store check --store-dir store
expect_text out "store/keyed/notes.sqlite is no file of keyed shards"
expect_status 0 "$LOCKSTEP" store backup --store-dir store copy
[ ! -e copy/keyed/notes.sqlite ] || fail "a file of somebody else is in the backup"

# Keyed shards that are not named are told.
sed '/keyed-shards/d; /script = \[/,/^  \]/d; s/"off"/"warning"/' node.conf > none.conf
expect_status 0 "$LOCKSTEP" run none.conf --once
expect_text err "the configuration does not name"

# A file that is lost, emptied or another one's is not made anew; a copy of it is taken back.
file=$(echo store/keyed/%3C*.sqlite)
expect_lost() {
  for conf in node.conf none.conf; do
    expect_status 2 "$LOCKSTEP" run "$conf" --once
    expect_one_line err
    expect_text err "$file"
    expect_text err "$1"
  done
  expect_status 1 "$LOCKSTEP" store check --store-dir store
  expect_text out "$file"
  expect_text out "$1"
  expect_status 2 "$LOCKSTEP" store backup --store-dir store another
  expect_status 2 "$LOCKSTEP" store compact --store-dir store
  expect_status 2 "$LOCKSTEP" shards list --store-dir store
  expect_one_line err
}
expect_status 0 "$LOCKSTEP" store compact --store-dir store # what is in its log is not lost
rm "$file"
expect_lost "is missing"
: > "$file"
expect_lost "is empty"
sed 's/"store"/"elsewhere"/' node.conf > elsewhere.conf
expect_status 0 "$LOCKSTEP" run elsewhere.conf --once
cp "elsewhere/${file#store/}" "$file"
expect_lost "is not the one"
rm -r store/keyed
expect_lost "is missing"
cp -r copy/keyed store/keyed
expect_status 0 "$LOCKSTEP" store check --store-dir store
expect_status 0 "$LOCKSTEP" run none.conf --once
expect_status 0 "$LOCKSTEP" store compact --store-dir store
expect_status 0 "$LOCKSTEP" shards show --store-dir store a
expect_text out '<<"three">>'

# A start that is refused for a mistake with keyed shards changes nothing.
(cd store && find . -type f ! -name lock -exec sha256sum {} + | sort) > before
cat > moved.conf <<CONF
lockstep {
  store-dir = "store"
  distribution-factor = 7
  keyed-shards = [ { node = "more" }, { node = "bank", strategy = "ring", schema = [ { key = ["a"] } ] } ]
}
CONF
expect_status 2 "$LOCKSTEP" run moved.conf --once
expect_one_line err
expect_text err one_per_key
(cd store && find . -type f ! -name lock -exec sha256sum {} + | sort) > after
cmp before after || fail "a refused start changed the store"
