# The commands that look at a node: while it runs through its port, when it is down in its store.
source "$(dirname "$0")/support.sh"

cat > picture.md <<'DOC'
# Invoices

```mermaid
stateDiagram-v2
  %% lockstep: specification = Invoice
  [*] --> draft
  draft --> sent : send
  sent --> [*]
```
DOC
cat > node.conf <<CONF
lockstep {
  specifications = ["$config/specs/order.json"]
  impl-models-dir = "$config/models"
  store-dir = "store"
  port = 0
  log-level = "off"
  script = [
    { init = "o1", specification = "Order", meta = "vip" },
    { transition = "o1", action = "pay", to = "paid", async = true },
    { mock = "o2", specification = "Order", state = "packed" },
    { declare = "picture.md", or-stop = true },
    { init = "{invoice, 1}", specification = "Invoice", as = "term" }
  ]
}
CONF

inspect() {
  expect_status 0 "$LOCKSTEP" instances list --config node.conf --limit 0 "$@"
  expect_text out '<<"o1">>'
  expect_text out '{invoice,1}'
  expect_text out "3 instances"
  expect_status 0 "$LOCKSTEP" instances list --config node.conf --state packed --json "$@"
  expect_text out '"identifier":"o2"'
  [ "$(wc -l < out)" = 1 ] || fail "one line an instance"
  expect_status 0 "$LOCKSTEP" instances list --config node.conf --limit 1 "$@"
  local next
  next=$(sed -n 's/.*--from //p' out)
  expect_status 0 "$LOCKSTEP" instances list --config node.conf --from "$next" "$@"
  expect_text out "2 instances"
  expect_status 0 "$LOCKSTEP" instances show o1 --config node.conf "$@"
  expect_text out 'meta <<"vip">>'
  expect_text out "paid"
  expect_status 0 "$LOCKSTEP" instances show --as term '{invoice, 1}' --json --config node.conf "$@"
  expect_text out '{"tuple":[{"atom":"invoice"},1]}'
  expect_status 2 "$LOCKSTEP" instances show nobody --config node.conf "$@"
  expect_one_line err
  expect_status 0 "$LOCKSTEP" specs list --config node.conf "$@"
  expect_text out "Invoice"
  expect_status 0 "$LOCKSTEP" specs show Invoice --config node.conf "$@"
  expect_text out '"specification": "Invoice"'
  expect_status 0 "$LOCKSTEP" models list --config node.conf --json "$@"
  expect_text out '"specification": "Order"'
  expect_status 0 "$LOCKSTEP" models show Order --config node.conf "$@"
  cmp out "$config/models/Order.spex" || fail "the model is not what it was"
  rm -rf exported
  expect_status 0 "$LOCKSTEP" models export exported --config node.conf "$@"
  cmp exported/Order.spex "$config/models/Order.spex" || fail "the model was not exported as it was"
}

start_node node.conf

inspect                          # finds the port beside the store
inspect --connect "$address"
expect_status 2 "$LOCKSTEP" instances delete --config node.conf
expect_one_line err
# A delete that is repeated with its operation id tells the same and deletes nothing that is new.
for try in 1 2; do
  expect_status 0 "$LOCKSTEP" instances delete o2 nobody o2 --operation d1 --config node.conf
  expect_text out "1 instance deleted"
done
expect_status 0 "$LOCKSTEP" instances delete nobody o2 --operation d1 --json --config node.conf
expect_text out '{"deleted":1}'
expect_status 0 "$LOCKSTEP" instances delete o2 --config node.conf
expect_text out "0 instances deleted"
for try in 1 2; do
  expect_status 0 "$LOCKSTEP" instances delete --all --state draft --operation d2 --config node.conf
  expect_text out "1 instance deleted"
done
expect_status 2 "$LOCKSTEP" instances delete --all --operation "" --config node.conf
expect_one_line err
expect_text err "--operation is empty"
expect_status 0 "$LOCKSTEP" instances delete --all --state sent --config node.conf
expect_text out "0 instances deleted"
expect_status 2 "$LOCKSTEP" instances show o2 --config node.conf
# A node that is killed says nothing, but its port is not asked any more.
kill_node
expect_status 0 "$LOCKSTEP" instances list --config node.conf
expect_text out "1 instance"
expect_status 2 "$LOCKSTEP" instances delete o1 --config node.conf
expect_one_line err
expect_text err "start the node"

# The same with all three instances, from the store.
cat > more.conf <<CONF
lockstep {
  specifications = ["$config/specs/order.json"]
  impl-models-dir = "$config/models"
  store-dir = "store"
  log-level = "off"
  script = [
    { mock = "o2", specification = "Order", state = "packed" },
    { init = "{invoice, 1}", specification = "Invoice", as = "term" }
  ]
}
CONF
expect_status 0 "$LOCKSTEP" run more.conf --once
inspect

# Mistakes.
expect_status 2 "$LOCKSTEP" instances list --store-dir nowhere
expect_one_line err
expect_status 2 "$LOCKSTEP" instances list --connect nowhere
expect_one_line err
expect_status 2 "$LOCKSTEP" instances list --config node.conf --from somewhere
expect_one_line err
expect_status 2 "$LOCKSTEP" instances list --config node.conf --idle long
expect_one_line err
expect_status 2 "$LOCKSTEP" models show Nothing --config node.conf
expect_one_line err

# lockstep specs validate
expect_status 0 "$LOCKSTEP" specs validate picture.md "$config/specs/order.json"
sed 's/sent --> \[\*\]/sent --> [*]\n  lost --> sent : find/' picture.md > odd.md
expect_status 1 "$LOCKSTEP" specs validate odd.md
expect_text out "odd.md, line 9, column 3"
echo '{ "specification": "X", "transitions": [] }' > empty.json
expect_status 2 "$LOCKSTEP" specs validate empty.json odd.md --json
expect_text out "line 1, column"

# lockstep check
expect_status 0 "$LOCKSTEP" check --specifications "$config/specs/order.json" "$config/models/Order.spex"
expect_text out "1 model, 0 not equivalent"
mkdir wrong
sed '/refund/d' "$config/models/Order.spex" > wrong/Order.spex
expect_status 1 "$LOCKSTEP" check --specifications "$config/specs/order.json" --json wrong
expect_text out '"equivalent": false'
expect_status 2 "$LOCKSTEP" check --specifications "$config/specs/order.json" "$config/models"
expect_one_line err
expect_text err "NovaVm"
