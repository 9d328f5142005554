# Quarantined instances are listed and released, on a node that runs and in the store of one that is
# down. Nothing crashes here: the quarantine is written into the store.
source "$(dirname "$0")/support.sh"

cat > node.conf <<CONF
lockstep {
  specifications = ["$config/specs/order.json"]
  impl-models-dir = "$config/models"
  store-dir = "store"
  distribution-factor = 1
  port = 0
  log-level = "off"
}
CONF
quarantine() { "$LOCKSTEP_QUARANTINE_WRITER" store/shard-1.sqlite "$1"; } # usage: quarantine ID

sed 's/log-level.*/&\n  script = [ { init = "o1", specification = "Order" }, { init = "o2", specification = "Order" } ]/' node.conf > first.conf
expect_status 0 "$LOCKSTEP" run first.conf --once
quarantine o1
quarantine nobody

# From the store.
expect_status 0 "$LOCKSTEP" instances list --quarantined --config node.conf
expect_text out '<<"o1">>'
expect_text out '2023-11-14T22:13:20.000000Z'
expect_text out 'its requests crashed its shard'
expect_text out '2 instances quarantined'
expect_status 0 "$LOCKSTEP" instances list --quarantined --json --config node.conf
expect_text out '{"identifier":"o1","since":"2023-11-14T22:13:20.000000Z","reason":"its requests crashed its shard"}'
[ "$(wc -l < out)" = 2 ] || fail "one line an instance"
expect_status 1 "$LOCKSTEP" instances release nobody o2 --config node.conf
expect_text out '<<"o2">> was not quarantined'
expect_text out '1 instance released'
expect_status 0 "$LOCKSTEP" instances list --quarantined --config node.conf
expect_text out '1 instance quarantined'

# On a node.
start_node node.conf
expect_status 2 "$LOCKSTEP" instances show o1 --config node.conf
expect_one_line err
expect_text err 'lockstep instances release'
expect_status 2 "$LOCKSTEP" instances delete o1 --connect "$address"
expect_one_line err
expect_status 0 "$LOCKSTEP" instances show o2 --connect "$address"
expect_status 0 "$LOCKSTEP" instances list --quarantined --connect "$address" --json
expect_text out '"identifier":"o1"'
expect_status 0 "$LOCKSTEP" instances release o1 --connect "$address" --json
expect_text out '{"released":1}'
expect_status 1 "$LOCKSTEP" instances release o1 --connect "$address"
expect_text out '0 instances released'
# With an operation id, what was answered once is answered again, whatever has happened since.
expect_status 1 "$LOCKSTEP" instances release o1 --connect "$address" --operation r0
stop_node
quarantine o1
start_node node.conf
for try in 1 2; do
  expect_status 0 "$LOCKSTEP" instances release o1 --connect "$address" --operation r1 --json
  expect_text out '{"released":1}'
  expect_status 1 "$LOCKSTEP" instances release o1 --connect "$address" --operation r0
done
stop_node
quarantine o1
expect_status 1 "$LOCKSTEP" instances release o1 --config node.conf --operation r0
expect_status 0 "$LOCKSTEP" instances release o1 --config node.conf --operation r1
expect_status 0 "$LOCKSTEP" instances list --quarantined --config node.conf
expect_text out '1 instance quarantined' # since these were repetitions
expect_status 0 "$LOCKSTEP" instances release o1 --config node.conf --operation r2
expect_status 0 "$LOCKSTEP" instances list --quarantined --config node.conf
expect_text out '0 instances quarantined'
start_node node.conf
expect_status 0 "$LOCKSTEP" instances release o1 --connect "$address" --operation r2
expect_text out '1 instance released'
expect_status 2 "$LOCKSTEP" instances release o2 --connect "$address" --operation r2
expect_one_line err
# A deletion is no repetition of a release, nor the other way round.
expect_status 2 "$LOCKSTEP" instances delete o1 --connect "$address" --operation r2
expect_one_line err
expect_status 0 "$LOCKSTEP" instances delete nobody --connect "$address" --operation d1
expect_status 1 "$LOCKSTEP" instances release o1 --connect "$address" --json
expect_text out '{"released":0,"not_quarantined":["o1"]}'
expect_status 0 "$LOCKSTEP" instances show o1 --config node.conf
expect_status 0 "$LOCKSTEP" instances list --quarantined --config node.conf
expect_text out '0 instances quarantined'
stop_node
expect_status 2 "$LOCKSTEP" instances release nobody --config node.conf --operation d1
expect_one_line err
expect_status 0 "$LOCKSTEP" instances list --quarantined --config node.conf
expect_text out '0 instances quarantined'

# Mistakes.
expect_status 2 "$LOCKSTEP" instances release --config node.conf
expect_one_line err
expect_status 2 "$LOCKSTEP" instances list --quarantined --state new --config node.conf
expect_one_line err
for part in --limit=3 --from=1:0; do
  expect_status 2 "$LOCKSTEP" instances list --quarantined "$part" --config node.conf
  expect_one_line err
done
expect_status 2 "$LOCKSTEP" instances release o1 --store-dir nowhere
expect_one_line err
"$LOCKSTEP" instances release --help > out
expect_text out 'lockstep instances release order-7'
