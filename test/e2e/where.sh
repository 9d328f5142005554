# lockstep where: of a running node, of one that is down, and of none at all.
source "$(dirname "$0")/support.sh"

cat > node.conf <<CONF
lockstep {
  specifications = ["$config/specs/order.json"]
  impl-models-dir = "$config/models"
  store-dir = "store"
  routing = "rendezvous"
  port = 0
  log-level = "off"
  script = [
    { init = "order-1", specification = "Order" },
    { transition = "order-1", action = "pay", to = "paid" },
    { init = "{tenant, 7}", specification = "Order", as = "term" }
  ]
}
CONF

# Asks for what is the same wherever it is asked. usage: ask ARGUMENTS …
ask() {
  expect_status 0 "$LOCKSTEP" where order-1 "$@"
  expect_text out '<<"order-1">> belongs to DistributedInstanceManager.Server_2'
  expect_text out 'Name      {shard,2}'
  expect_text out 'Hash      128070018'
  expect_text out 'rendezvous'
  grep -qE '^ +2 +131533836 +chosen$' out || { cat out >&2; fail "the chosen candidate is not told"; }
  grep -qE '^ +4 +40867996 *$' out || { cat out >&2; fail "the other candidates are not told"; }
  expect_status 0 "$LOCKSTEP" where order-1 --json "$@"
  expect_text out '{"shard":2,"score":131533836,"chosen":true}'
  expect_text out '"shard":2,"name":{"tuple":[{"atom":"shard"},2]}'
  expect_one_line out
  expect_status 0 "$LOCKSTEP" where --as TERM '{tenant, 7}' --json "$@"
  expect_text out '"hash":87657122'
}

# Of a node or its store. usage: inspect ARGUMENTS …
inspect() {
  ask "$@"
  expect_status 0 "$LOCKSTEP" where order-1 "$@"
  expect_text out 'Store     store/shard-2.sqlite'
  expect_text out 'Instance  Order in state paid, 2 steps, the last at '
  expect_status 0 "$LOCKSTEP" where order-1 --json "$@"
  expect_text out '"instance":{"specification":"Order","state":"paid","steps":2,'
  expect_status 0 "$LOCKSTEP" where nobody "$@"
  expect_text out 'Instance  there is none'
  expect_status 0 "$LOCKSTEP" where nobody --json "$@"
  expect_text out '"instance":null'
}

start_node node.conf
inspect --store-dir store # finds the port beside the store
inspect --connect "$address"
expect_status 0 "$LOCKSTEP" where order-1 --connect "$address"
expect_text out 'Actor     alive, 0 restarts, 0 requests pending'
expect_status 0 "$LOCKSTEP" where order-1 --json --config node.conf
expect_text out '"asked":"node"'
expect_text out '"actor":"alive","restarts":0,"pending":0'

stop_node
inspect --store-dir store
expect_status 0 "$LOCKSTEP" where order-1 --store-dir store
expect_text out 'Actor     not running, the node is down'
expect_status 0 "$LOCKSTEP" where order-1 --json --store-dir store
expect_text out '"asked":"store"'
# What the store is divided by counts, not the default of the command line.
expect_status 0 "$LOCKSTEP" instances show order-1 --store-dir store

ask --shards 4 --routing rendezvous # where there is no node at all
expect_status 0 "$LOCKSTEP" where order-1 --shards 4
expect_text out 'Name      {shard,3}'
expect_text out '128070018 mod 4'
expect_status 0 "$LOCKSTEP" where order-1 --shards 1000
expect_text out 'and 999 more'
[ "$("$LOCKSTEP" hash '<<"order-1">>' --shards 4 --routing rendezvous)" = 2 ] || fail "hash tells another shard"

# Mistakes.
for mistake in "" "order-1 --store-dir nowhere" "order-1 --connect nowhere" "x --as integer" \
  "order-1 --shards 0" "order-1 --shards 4 --routing ring" "order-1 --routing rendezvous" \
  "order-1 --shards 4 --connect 127.0.0.1:1" "order-1 --as word"; do
  # shellcheck disable=SC2086
  expect_status 2 "$LOCKSTEP" where $mistake
  expect_one_line err
done
