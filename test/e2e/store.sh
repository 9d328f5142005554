# A store is checked, backed up while a node uses it, and compacted.
source "$(dirname "$0")/support.sh"

store() { "$LOCKSTEP" store "$@"; }

for command in check backup compact; do
  expect_status 0 store "$command" --help
  expect_text out "Examples"
  expect_status 2 store "$command" --store-dir missing copy-of-nothing
  expect_one_line err
  [ ! -e missing ] && [ ! -e copy-of-nothing ] || fail "$command left something behind"
done
expect_status 2 store backup --store-dir missing
expect_text err "FOLDER is missing"
expect_status 2 store check --config "$config/demo.conf"
expect_one_line err
expect_text err "keeps instances in memory"

cat > node.conf << CONF
lockstep {
  specifications = ["$config/specs/order.json"]
  impl-models-dir = "$config/models"
  store-dir = "store"
  port = 0
  log-level = "off"
  script = [ { generate = 2000, specification = "Order", prefix = "web-", deviating = 0, late = 0, seed = 7 } ]
}
CONF
start_node node.conf

expect_status 0 store check --config node.conf
expect_text out "Nothing is wrong"
expect_status 0 store check --config node.conf --json
expect_text out '"findings": []'
expect_status 0 store backup --config node.conf copies/one
expect_text out "copies/one, checked"
expect_status 2 store backup --config node.conf copies/one
expect_one_line err
expect_text err "copies/one is there already"
expect_status 2 store backup --config node.conf ""
expect_one_line err
expect_text err "FOLDER is empty"
expect_status 2 store compact --config node.conf
expect_one_line err
expect_text err "process $node"
"$LOCKSTEP" instances list --config node.conf --limit 0 --json | sort > wanted
[ "$(wc -l < wanted)" = 2000 ] || fail "there are not 2000 orders"
expect_status 0 "$LOCKSTEP" instances delete --config node.conf --all --specification Order
stop_node

# Nothing is left of the orders, nor of the space that they took.
expect_status 0 store compact --config node.conf --json
expect_text out '"bytes_after"'
for shard in 1 2 3 4; do
  [ "$(stat -c %s "store/shard-$shard.sqlite")" -lt "$(stat -c %s "copies/one/shard-$shard.sqlite")" ] \
    || fail "shard $shard is as large as before"
done
expect_status 0 store check --config node.conf

# The copy is a store, with all of them.
"$LOCKSTEP" instances list --config node.conf --store-dir copies/one --limit 0 --json | sort > have
diff wanted have || fail "the copy is another store"
sed -e '/script = /d' node.conf > plain.conf
expect_status 0 "$LOCKSTEP" run plain.conf --store-dir copies/one --once
expect_status 0 store check --store-dir copies/one

# Names that are no UTF-8 can be told, too.
cp -r copies/one $'copy-\xff'
expect_status 0 store check --store-dir $'copy-\xff' --json
expect_text out '"findings": []'

# A backup that is killed leaves nothing that could be taken for one, and the next one does not mind.
"$LOCKSTEP" store backup --store-dir copies/one two > /dev/null 2>&1 &
backup=$!
until [ -e two.incomplete ] || ! kill -0 "$backup" 2> /dev/null; do :; done
kill -9 "$backup" 2> /dev/null || true
wait "$backup" || true
if [ -e two ]; then expect_status 0 store check --store-dir two; rm -r two; fi
expect_status 0 store backup --store-dir copies/one two
[ ! -e two.incomplete ] || fail "the unfinished backup is still there"
expect_status 0 store check --store-dir two

# A compaction that is killed changes nothing.
"$LOCKSTEP" store compact --store-dir two > /dev/null 2>&1 &
compaction=$!
until [ -s two/shard-1.sqlite-wal ] || ! kill -0 "$compaction" 2> /dev/null; do :; done
kill -9 "$compaction" 2> /dev/null || true
wait "$compaction" || true
expect_status 0 store check --store-dir two
"$LOCKSTEP" instances list --config node.conf --store-dir two --limit 0 --json | sort > have
diff wanted have || fail "a compaction that was killed changed the store"

# What is wrong is found, and is no backup.
printf 'nonsense' | dd of=two/shard-2.sqlite bs=1 seek=20000 conv=notrunc 2> /dev/null
dd if=/dev/zero of=two/shard-3.sqlite bs=4096 seek=2 count=3 conv=notrunc 2> /dev/null
rm two/shard-4.sqlite
expect_status 1 store check --store-dir two
expect_text out "two/shard-3.sqlite"
expect_text out "two/shard-4.sqlite is missing"
expect_status 2 store backup --store-dir two three
expect_one_line err
[ ! -e three ] && [ ! -e three.incomplete ] || fail "a damaged store was backed up"

# A file that cannot be read is no finding.
mkdir -p unreadable/shard-1.sqlite
expect_status 2 store check --store-dir unreadable
expect_one_line err
