# Systems are compared with each other, and recorded pairs with their verdicts.
source "$(dirname "$0")/support.sh"
readonly pairs=$LOCKSTEP_SOURCE_DIR/test/data/bisim_pairs.jsonl

compare() { "$LOCKSTEP" compare "$@"; }
mistake() { # TEXT ARGUMENT …
  local text=$1
  shift
  expect_status 2 compare "$@"
  expect_one_line err
  expect_text err "$text"
}

expect_status 0 compare --help
for word in Examples "Exit status" weak-trace; do expect_text out "$word"; done

# -- pairs

expect_status 0 compare --pairs "$pairs"
expect_text out "200 passed, 0 failed"
expect_status 0 compare --pairs - < "$pairs"
[ "$(tail -n 1 out)" = "200 passed, 0 failed" ] || fail "the last line is not the counts"

sed '7s/"branching_bisimilar": false/"branching_bisimilar": TRUE/; 7s/"branching_bisimilar": true/"branching_bisimilar": false/; 7s/TRUE/true/' \
  "$pairs" > altered.jsonl
expect_status 1 compare --pairs altered.jsonl
[ "$(tail -n 1 out)" = "199 passed, 1 failed" ] || fail "the altered pair passed"
grep -qE '^altered.jsonl:7: expected (not )?equivalent, found (not )?equivalent$' out \
  || fail "the failure does not name its place"
grep -q '^  ' out && fail "an explanation that nobody asked for"
expect_status 1 compare --pairs altered.jsonl --json
expect_text out '"passed": 199'
expect_text out '"line": 7'
expect_status 1 compare --pairs altered.jsonl --explain
grep -q '^  ' out || fail "the failure is not explained"
[ "$(tail -n 1 out)" = "199 passed, 1 failed" ] || fail "the last line is not the counts"

# Only the action that tau names is internal, and an initial state may be in no transition.
cat > names.jsonl <<'PAIRS'
{"a": {"initial": "s", "transitions": [["s", "i", "t"]]}, "b": {"initial": "s", "transitions": []}, "branching_bisimilar": false}
{"a": {"initial": "s", "transitions": [["s", "tau", "t"]]}, "b": {"initial": "s", "transitions": []}, "tau": "__internal__", "branching_bisimilar": false}
{"a": {"initial": "s", "transitions": [["s", "__internal__", "t"]]}, "b": {"initial": "x", "transitions": [["s", "pay", "t"]]}, "branching_bisimilar": true}

{"a": {"initial": "s", "transitions": [["s", "i", "t"]]}, "b": {"initial": "s", "transitions": []}, "tau": "i", "branching_bisimilar": true}
{"a": {"initial": "s", "transitions": [["s", "__internal__", "t"]]}, "b": {"initial": "s", "transitions": []}, "tau": "i", "branching_bisimilar": false}
PAIRS
expect_status 0 compare --pairs names.jsonl
expect_text out "5 passed, 0 failed"

bad_pair() { # TEXT LINE
  { head -n 1 "$pairs" && echo "$2"; } > bad.jsonl
  mistake "bad.jsonl:2: $1" --pairs bad.jsonl
}
bad_pair "no JSON" '{"a": '
bad_pair "this is no object" '[1, 2]'
bad_pair '"branching_bisimilar" is missing' '{"a": {"initial": "s", "transitions": []}}'
bad_pair '"b" is missing' '{"a": {"initial": "s", "transitions": []}, "branching_bisimilar": true}'
bad_pair 'a.initial is missing' '{"a": {"transitions": []}, "branching_bisimilar": true}'
bad_pair 'a.transitions is no list' '{"a": {"initial": "s", "transitions": 3}, "branching_bisimilar": true}'
bad_pair 'a.transitions[1] is no list of three strings' \
  '{"a": {"initial": "s", "transitions": [["s", "x", "s"], ["s", "x"]]}, "branching_bisimilar": true}'
bad_pair '"tau" is no string' \
  '{"a": {"initial": "s", "transitions": []}, "tau": 1, "branching_bisimilar": true}'
head -c 20000000 /dev/zero | tr '\0' '[' > long.jsonl
mistake "long.jsonl:1: the line is longer than" --pairs long.jsonl
head -c 10000000 long.jsonl > deep.jsonl
mistake "deep.jsonl:1: no JSON" --pairs deep.jsonl
mistake "no-such.jsonl" --pairs no-such.jsonl
mistake "recorded verdicts are about branching bisimilarity" --pairs "$pairs" --equivalence strong
mistake "do not go together" --pairs "$pairs" a.aut
mistake "takes two files" a.aut
mistake "c.aut" a.aut b.aut c.aut
kinds="is unknown; give branching, strong, trace or weak-trace, or see lockstep compare --help"
mistake "--equivalence \"weak\" $kinds" a.aut b.aut --equivalence weak
mistake "--equivalence \"\" $kinds" a.aut b.aut --equivalence ''
mistake "standard input cannot be read" - a.aut
mkfifo pipe
mistake "the pipe pipe cannot be read" pipe a.aut
printf '\n \n' > blank.jsonl
for empty in blank.jsonl /dev/null; do
  mistake "$empty has no pair" --pairs "$empty"
done
expect_status 2 compare --pairs - < blank.jsonl
expect_text err "standard input has no pair"

# -- files

# Both can do a, then b or c; only the left one can do both after any a.
printf 'des (0, 3, 4)\n(0, a, 1)\n(1, b, 2)\n(1, c, 3)\n' > late.aut
printf 'des (0, 4, 5)\n(0, a, 1)\n(0, a, 2)\n(1, b, 3)\n(2, c, 4)\n' > early.aut
printf 'des (0, 4, 5)\n(0, a, 1)\n(1, i, 2)\n(2, b, 3)\n(2, "c", 4)\n' > slow.aut

expect_status 1 compare late.aut early.aut
expect_text out "late.aut and early.aut are NOT EQUIVALENT: not branching bisimilar"
expect_text out "5 states, 4 transitions"
expect_text out "--explain"
expect_status 0 compare late.aut early.aut --equivalence trace
expect_text out "late.aut and early.aut are equivalent: trace equivalent"
expect_status 0 compare late.aut slow.aut
expect_text out "equivalent: branching bisimilar"
expect_status 1 compare late.aut slow.aut --equivalence strong
expect_status 1 compare late.aut slow.aut --equivalence trace
expect_status 0 compare late.aut slow.aut --equivalence weak-trace --json
expect_text out '"equivalence": "weak-trace"'
expect_text out '"equivalent": true'
expect_text out '"states": 5'

# Why not, and what corresponds.
expect_status 1 compare late.aut early.aut --explain
expect_text out '"late.aut"'
expect_text out "formula: "
expect_status 1 compare late.aut early.aut --explain --json
expect_text out '"experiment"'
expect_text out '"formula"'
expect_status 1 compare late.aut slow.aut --equivalence trace --explain
expect_text out 'After `a` "slow.aut" can make an internal step; "late.aut" cannot'
expect_status 0 compare late.aut slow.aut --explain
expect_text out '`1` = `1`, `2`'
mkdir copies && cp slow.aut copies/late.aut
expect_status 0 compare late.aut copies/late.aut --explain
expect_text out 'States of "late.aut" and those of "copies/late.aut" that'
expect_status 0 compare late.aut late.aut --explain
expect_text out 'States of the first "late.aut" and those of the second "late.aut" that'
expect_status 0 compare late.aut slow.aut --explain --json
expect_text out '"relation"'
expect_status 0 compare late.aut slow.aut --equivalence weak-trace --explain
expect_text out "--equivalence branching"

# A byte order mark is fine.
{ printf '\xEF\xBB\xBF' && cat late.aut; } > marked.aut
expect_status 0 compare late.aut marked.aut

# Names stay on one line.
cp late.aut $'two\nlines.aut'
expect_status 0 compare late.aut $'two\nlines.aut'
expect_text out 'late.aut and two\x0Alines.aut are equivalent'
mistake 'no\x0Asuch.aut' late.aut $'no\nsuch.aut'

# Files of all kinds: a model does what its specification says.
expect_status 0 compare "$config/specs/order.json" "$config/models/Order.spex"
# An action that is called i is visible in a specification.
echo '{"specification": "S", "transitions": [["s", "i", "t"]]}' > visible.json
printf 'des (0, 1, 2)\n(0, i, 1)\n' > internal.aut
expect_status 1 compare visible.json internal.aut

mistake "no-such.aut" late.aut no-such.aut
printf 'des (0, 4, 4)\n(0, a, 1)\n' > short.aut
mistake "short.aut" late.aut short.aut
mistake "late.txt" late.aut late.txt

# A check tells why, too.
mkdir models && grep -v refund "$config/models/Order.spex" > models/Order.spex
expect_status 1 "$LOCKSTEP" check --specifications "$config/specs/order.json" models
expect_text out "NOT EQUIVALENT"
expect_text out 'After `pay` the specification can `refund`; the implementation cannot'
expect_text out "1 model, 1 not equivalent"
expect_status 1 "$LOCKSTEP" check --specifications "$config/specs/order.json" models --json
expect_text out '"why": "After `pay` the specification can `refund`'
expect_text out '"able": "lhs"'
expect_status 0 "$LOCKSTEP" check --specifications "$config/specs/order.json" "$config/models/Order.spex"
grep -q After out && fail "an equivalent model needs no explanation"
grep -v __initialisation__ "$config/models/Order.spex" > models/Order.spex
expect_status 1 "$LOCKSTEP" check --specifications "$config/specs/order.json" models
expect_text out "0 initialisations instead of exactly one"

# What cannot be checked is told with the file and what to do.
check_mistake() { # TEXT ARGUMENT …
  local text=$1
  shift
  expect_status 2 "$LOCKSTEP" check "$@"
  expect_one_line err
  expect_text err "$text"
}
mkdir empty
check_mistake "no-such is not there; give a .spex file or a folder of them" no-such
check_mistake "empty has no models to check; give a .spex file or a folder of them" empty
check_mistake "models/Order.spex is a model of Order, but no specification is given" models
sed 's/Order/Invoice/' models/Order.spex > models/other.spex
for path in models/other.spex models; do
  check_mistake "models/other.spex is a model of Invoice, but the specifications given are Order; " \
    --specifications "$config/specs/order.json" "$path"
done
