# A log is learned, checked, and recorded once.
source "$(dirname "$0")/support.sh"

observe() { "$LOCKSTEP" observe --config "$config/nova.conf" "$@"; }

head -n 20 "$sample" > healthy.log
expect_status 0 observe --learn healthy.log
expect_text out "0 duplicates"
[ -s spex_impl_models/NovaVm.spex ] || fail "no .spex file was written"
[ -s spex_impl_models/NovaVm.mmd ] || fail "no Mermaid diagram was written"
expect_text spex_impl_models/NovaVm.spex "Learning mode: false"
dump_store lockstep_store > first

expect_status 0 observe healthy.log
expect_text out "0 new steps"
dump_store lockstep_store > second
cmp first second || fail "reading a log twice changed the store"

# The whole log has a machine that deviates.
expect_status 1 observe --store-dir fresh "$sample"
expect_text out "deviation_not_equivalent"
expect_status 1 observe --store-dir fresh --json "$sample"
expect_text out '"recorded": 0'
expect_text out '"deviation_count"'

# From standard input, CSV and JSON lines; a specification is all they need.
cat > order.json <<'JSON'
{"specification": "Order", "transitions": [["new", "pay", "paid"], ["paid", "ship", "shipped"]]}
JSON
printf 'id,what,to\no1,pay,paid\n"o,2",pay,paid\no1,ship,shipped\n' > orders.csv
expect_status 0 "$LOCKSTEP" observe --specifications order.json --store-dir csv --input.format csv \
  --input.identifier-column id --input.action-column what --input.state-column to - < orders.csv
expect_text out "3 new steps"
printf '{"id":"o1","what":"pay","to":"paid"}\n{"id":7,"what":"pay","to":"paid"}\n' > orders.jsonl
expect_status 0 "$LOCKSTEP" observe --specifications order.json --store-dir jsonl \
  --input.format jsonl --input.identifier-pointer /id --input.action-pointer /what \
  --input.state-pointer /to orders.jsonl
expect_text out "2 new steps"

# The command line goes before the file.
expect_status 0 observe --learn --store-dir seven --impl-models-dir m7 --distribution-factor 7 healthy.log
expect_text out "in 7 shards"
