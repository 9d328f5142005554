# lockstep hash agrees with Erlang on every reference vector, in every format.
source "$(dirname "$0")/support.sh"
vectors=$LOCKSTEP_SOURCE_DIR/test/data/phash2.jsonl

expect_status 0 "$LOCKSTEP" hash '<<"order-1">>' '{my_app,123}'
[ "$(wc -l < out)" = 2 ] || fail "two terms, two numbers"
expect_status 2 "$LOCKSTEP" hash '{my_app,'
expect_one_line err
expect_status 2 "$LOCKSTEP" hash --range 0 5
expect_one_line err

# Names are printed as terms are read.
"$LOCKSTEP" where order-1 --shards 4 --json > where.json
name=$(sed -E 's/.*"name":(.*),"display_name".*/\1/' where.json)
[ "$("$LOCKSTEP" hash --format json "$name")" = "$("$LOCKSTEP" hash '{shard,3}')" ] || fail "$name is not {shard,3}"

# The vectors are JSON objects with the members etf and phash2, each on a line of its own.
sed -E 's/.*"etf":"([^"]*)".*/\1/' "$vectors" > etf
sed -E 's/.*"phash2":([0-9]+),.*/\1/' "$vectors" > wanted
"$LOCKSTEP" hash --format etf-base64 < etf > numbers
cmp numbers wanted || fail "phash2 differs from Erlang's"
[ "$(wc -l < numbers)" = "$(wc -l < "$vectors")" ] || fail "a vector was lost"

sed -E 's/.*"phash2_r":\{"range":([0-9]+),"value":([0-9]+)\}.*/\1 \2/' "$vectors" \
  | paste -d' ' - etf | sed -n 1,40p | while read -r range value etf; do
  [ "$("$LOCKSTEP" hash --format etf-base64 --range "$range" "$etf")" = "$value" ] \
    || fail "range $range of $etf is not $value"
done
