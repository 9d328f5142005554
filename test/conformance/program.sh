# The program itself: it passes, it can fail, and it tells what it cannot use.
source "$(dirname "$0")/../e2e/support.sh"
readonly traces=$LOCKSTEP_SOURCE_DIR/test/data/traces
readonly one=$traces/014.jsonl

conformance() { "$LOCKSTEP_CONFORMANCE" "$@"; }

# usage: expect_last_line TEXT
expect_last_line() { [ "$(tail -n 1 out)" = "$1" ] || { cat out >&2; fail "the last line is not '$1'"; }; }

# usage: expect_difference LINE SED_EXPRESSION ; the altered recording fails at that line
expect_difference() {
  sed -E "$2" "$one" > altered.jsonl
  ! cmp -s "$one" altered.jsonl || fail "$2 alters nothing"
  expect_status 1 conformance --store memory altered.jsonl
  expect_text out "FAILED altered.jsonl:$1, one shard, memory"
  expect_last_line "0 passed, 2 failed"
}

# usage: line_of PATTERN ; the first line of the recording that it is found in
line_of() { grep -n -m 1 -E "$1" "$one" | cut -d : -f 1; }

# --- it passes
expect_status 0 conformance --help
expect_text out "Examples:"
expect_status 0 conformance --store memory "$one"
expect_last_line "2 passed, 0 failed"
mkdir folder
cp "$one" folder/a.jsonl
cp "$one" folder/b.jsonl
echo "no recording" > folder/notes.txt
expect_status 0 conformance folder
expect_last_line "4 passed, 0 failed"

# --- it can fail
at=$(line_of '"op":"transition".*"result":\{"ok":true\}')
expect_difference "$at" "$at"'s/"result":\{"ok":true\}/"result":{"error":{"type":"InstanceError","reason":"instance_identifier_not_found"}}/'
expect_text out "  expected  {\"error\""
at=$(line_of '"reported":\["')
expect_difference "$at" "$at"'s/"reported":\["[^"]*"/"reported":["TransitionError\/transition_timeout"/'
at=$(line_of '"op":"[a-z]*_async".*"reported":\[\]')
expect_difference "$at" "$at"'s/"reported":\[\]/"reported":["TransitionError\/deviation_not_equivalent"]/'
at=$(line_of '"op":"get_instance".*"current_state"')
expect_difference "$at" "$at"'s/"current_state":"[^"]*"/"current_state":"elsewhere"/'
at=$(line_of '"op":"all_instances".*"to_state"')
expect_difference "$at" "$at"'s/"to_state":"[^"]*"/"to_state":"elsewhere"/'
at=$(line_of '"op":"all_impl_models"')
expect_difference "$at" "$at"'s/"learning_mode":true/"learning_mode":false/'
at=$(line_of '"op":"export_impl_models"')
expect_difference "$at" "$at"'s/("content_sorted":"[^"]*Transitions:)/\1 /'
expect_difference 1 '1s/"initial_state":"[^"]*"/"initial_state":"elsewhere"/'
expect_text out "other initial or terminal states"
sed -E "$at"'s/("content_sorted":"[^"]*Transitions:)/\1 /' "$one" > folder/b.jsonl
expect_status 1 conformance --store sqlite folder
expect_text out "FAILED folder/b.jsonl:$at, distributed over 3, sqlite"
expect_last_line "2 passed, 2 failed"

# --- the reference takes 16634 and 23078 for one, since they have the same hash
header='{"options":{"check_transition_timeouts_on_start":true,"distribution_factor":2,"prune_interval":"infinity"},"spex_files":[],"specs":[{"initial_state":"new","name":"S","prunable_states":[],"prune_timeout":"infinity","terminal_states":["paid"],"transition_timeout":"infinity","transitions":[["new","pay","paid"]]}]}'
# usage: call OP ARGS RESULT [REPORTED]
call() { echo "{\"op\":\"$1\",\"args\":$2,\"result\":$3,\"reported\":[${4:-}]}"; }
# usage: instance IDENTIFIER ; as it is listed
instance() { echo "{\"current_state\":\"new\",\"identifier\":{\"int\":$1},\"meta\":null,\"specification\":\"S\",\"transitions\":[{\"action\":\"__initialisation__\",\"to_state\":\"new\"}]}"; }
begin() { echo "{\"identifier\":{\"int\":$1},\"initial_state\":null,\"meta\":null,\"specification\":\"S\"}"; }
collision() {
  echo "$header"
  call init_instance "$(begin 16634)" '{"ok":true}' '"ImplModelError/impl_model_not_found"'
  call get_instance '{"identifier":{"int":16634}}' "{\"ok\":$(instance "$1")}"
  call init_instance "$(begin 23078)" '{"error":{"type":"InstanceError","reason":"instance_identifier_already_in_use"}}' '"InstanceError/instance_identifier_already_in_use"'
  call transition '{"identifier":{"int":23078},"action":"pay","state":"paid"}' '{"ok":true}'
  call init_instance "$(begin 1)" '{"ok":true}'
  call all_instances '{}' "{\"ok\":[$(instance 16634),$(instance "$2")]}"
}
collision 16634 1 > collision.jsonl
expect_status 0 conformance collision.jsonl
collision 5 1 > collision.jsonl
expect_status 1 conformance collision.jsonl
expect_text out "FAILED collision.jsonl:3,"
collision 16634 2 > collision.jsonl
expect_status 1 conformance collision.jsonl
expect_text out "FAILED collision.jsonl:7,"

# --- it tells what it cannot use
expect_unusable() {
  expect_status 2 conformance "$@"
  expect_one_line err
  [ ! -s out ] || fail "something was printed for unusable input"
}
expect_unusable
expect_unusable --store disk "$one"
expect_unusable missing
expect_text err "missing"
mkdir empty
expect_unusable empty
expect_text err "empty holds no .jsonl file"
sed '3s/.$//' "$one" > broken.jsonl
expect_unusable broken.jsonl
expect_text err "broken.jsonl:3: "
sed '4s/"op":"/"op":"un/' "$one" > broken.jsonl
expect_unusable broken.jsonl
expect_text err "broken.jsonl:4: "
sed 1d "$one" > broken.jsonl
expect_unusable broken.jsonl
expect_text err "broken.jsonl:1: "
: > broken.jsonl
expect_unusable broken.jsonl
cp broken.jsonl folder/c.jsonl
expect_unusable folder
