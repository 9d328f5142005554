# Every mistake gets one sentence that names the place, status 2, and leaves nothing behind.
source "$(dirname "$0")/support.sh"

mistake() { # TEXT COMMAND …
  local text=$1
  shift
  expect_status 2 "$@"
  expect_one_line err
  expect_text err "$text"
  [ ! -e lockstep_store ] || fail "a store was left behind by: $*"
}
observe() { "$LOCKSTEP" observe "$@"; }

mistake "no-such.conf" observe --config no-such.conf "$sample"
mistake "no-such.log" observe --config "$config/nova.conf" no-such.log
mistake "$work" observe --config "$config/nova.conf" "$work"
mistake "distribution-factor" observe --config "$config/nova.conf" --distribution-factor 0 "$sample"
mistake "distribution-factor" observe --config "$config/nova.conf" --distribution-factor many "$sample"
mistake "NoSuch" observe --config "$config/nova.conf" --input.specification NoSuch "$sample"
mistake "identifier" observe --config "$config/nova.conf" --input.rules '[{ pattern = "x", action = "a" }]' "$sample"
mistake "regular expression" observe --config "$config/nova.conf" --input.rules '[{ pattern = "(" }]' "$sample"

echo 'lockstep { specifcations = [] }' > typo.conf
mistake "specifications" "$LOCKSTEP" run typo.conf
printf 'lockstep {\n  port = \n}\n' > syntax.conf
mistake "syntax.conf: line 2, at its end: a value" "$LOCKSTEP" run syntax.conf
mistake "\"--caf.colour=1\": it is no option of CAF" "$LOCKSTEP" run "$config/demo.conf" --caf.colour=1
echo 'lockstep { script = [ { int = "o1" } ] }' > script.conf
mistake "script step 1" "$LOCKSTEP" run script.conf
echo '{"specification": "S"' > broken.json
mistake "broken.json" observe --specifications broken.json --input.format jsonl \
  --input.identifier-pointer /a --input.action-pointer /b /dev/null

mkdir models && echo nonsense > models/a.spex
mistake "a.spex" observe --config "$config/nova.conf" --impl-models-dir models "$sample"

# A malformed record names file and line; what came before it is recorded.
echo '{"specification": "Order", "transitions": [["new", "pay", "paid"]]}' > order.json
printf '{"id":"o1","what":"pay"}\nnonsense\n' > orders.jsonl
expect_status 2 observe --specifications order.json --store-dir s --input.format jsonl \
  --input.identifier-pointer /id --input.action-pointer /what orders.jsonl
expect_text err "orders.jsonl:2"
expect_text err "1 new step"

# A store goes to another number of shards, but not without all its files.
expect_status 0 observe --config "$config/nova.conf" --learn --store-dir four --impl-models-dir m /dev/null
rm four/shard-2.sqlite
for factor in 4 5; do
  expect_status 2 observe --config "$config/nova.conf" --store-dir four --distribution-factor "$factor" /dev/null
  expect_one_line err
  expect_text err "four/shard-2.sqlite is missing"
done

# No file of ours.
mkdir other && echo "this is no database at all, and it is long enough to be seen as none" > other/shard-1.sqlite
expect_status 2 observe --config "$config/nova.conf" --store-dir other /dev/null
expect_one_line err

# A port that another node has.
cat > first.conf <<CONF
lockstep {
  specifications = ["order.json"]
  in-memory = true
  log-level = "off"
  port = 0
}
CONF
start_node first.conf
port=${address##*:}
echo 'lockstep { specifications = ["order.json"] }' > second.conf
mistake "port $port is in use at 127.0.0.1; choose another port or address" \
  "$LOCKSTEP" run second.conf --port "$port" --once
mistake "cannot listen on 192.0.2.1:0: " "$LOCKSTEP" run second.conf --port 0 --address 192.0.2.1 --once
stop_node
