# Systems and differences are drawn in every form; mistakes are told and leave nothing behind.
source "$(dirname "$0")/support.sh"

draw() { "$LOCKSTEP" draw "$@"; }
mistake() { # TEXT ARGUMENTS …
  local text=$1
  shift
  expect_status 2 draw "$@"
  expect_one_line err
  expect_text err "$text"
  [ ! -s out ] || fail "something was printed by: $*"
  [ "$(find . -name 'out*')" = ./out ] || fail "something was left behind by: $*"
}

cp "$config/specs/order.json" order.json
cat > order.spex <<'SPEX'
Specification: Order
Learning mode: false
Transitions:
new --[pay]-> paid
nil --[__initialisation__]-> new
packed --[ship]-> shipped
paid --[pack]-> packed
shipped --[return "it"]-> new
SPEX
printf 'des (0, 3, 3)\n(0, i, 1)\n(1, "pay, now", 2)\n(1, tau, 1)\n' > a.aut
printf 'des (0, 2, 3)\n(0, "pay, now", 1)\n(1, ship, 2)\n' > b.aut

expect_status 0 draw order.json
expect_text out "flowchart LR"
expect_text out '-->|"refund"| '
expect_status 0 draw order.json -o order.mmd
[ ! -s out ] || fail "something was printed"
expect_text order.mmd "flowchart LR"
expect_status 0 draw a.aut -o deep/in/a.dot
expect_text deep/in/a.dot 's0 -> s1 [label="__internal__", style=dashed];'
expect_status 0 draw a.aut -o a.txt --format dot
cmp a.txt deep/in/a.dot

# The difference: blue, orange and red.
expect_status 0 draw order.json order.spex --format dot
expect_text out '[label="refund", color="#1f6fd0"'
expect_text out '[label="return \"it\"", color="#d11f1f"'
expect_text out "Legend"
expect_status 0 draw order.json order.spex
expect_text out "linkStyle"
expect_text out '#34;it#34;'
expect_status 0 draw a.aut b.aut
expect_text out '"0"'
expect_text out 'ship'
expect_text out 'stroke:#d11f1f'
# An internal step may be what deviates.
printf 'Specification: A\nLearning mode: false\nTransitions:\ns0 --[b]-> s0\nnil --[__initialisation__]-> s0\n' > b.spex
printf 'Specification: A\nLearning mode: false\nTransitions:\ns0 --[__internal__]-> s2\nnil --[__initialisation__]-> s0\n' > i.spex
expect_status 0 draw b.spex i.spex --format dot
expect_text out 's0 -> s1 [label="__internal__", color="#d11f1f"'
# What is equivalent has no deviating step.
expect_status 0 draw a.aut a.aut
! grep -q "linkStyle" out || fail "equal systems differ"

mistake "no-such.json" no-such.json
mistake "no-such.json" a.aut no-such.json
mistake "a.pdf" a.pdf
mistake ".dot, .gv and .svg" a.aut -o out.pdf
mistake ".dot, .gv and .svg" a.aut -o outs
for limit in many -5 '' 0 99999999999999999999999; do
  mistake "--limit \"$limit\" is no whole number from 1 to 4294967295; see lockstep draw --help" \
    a.aut --limit "$limit"
done
mistake "--format \"pdf\" is unknown; give mermaid, dot or svg, or see lockstep draw --help" \
  a.aut --format pdf
mistake "--format can be given only once; see lockstep draw --help" a.aut --format dot --format dot
mistake "--format needs a value; see lockstep draw --help" a.aut --format
mistake "standard input cannot be read" -
mistake "FILE is missing" -o out.svg
mistake "third.aut" a.aut b.aut third.aut
: > empty.aut
mistake "empty.aut:1: the file is empty" a.aut empty.aut
touch blocker
mistake "blocker" a.aut -o blocker/out.dot
{ echo 'des (0, 2001, 2)'; for _ in $(seq 2001); do echo '(0, a, 1)'; done; } > large.aut
mistake "2 states and 2,001 transitions, more than 2,000; " large.aut -o out.dot
expect_status 0 draw large.aut --limit 2001
mistake "more than 1; " a.aut b.aut --limit 1

# SVG: without dot there is a way out, with it there is a picture.
mkdir none
PATH_BEFORE=$PATH
lockstep=$(readlink -f "$LOCKSTEP")
status=0
PATH=$work/none "$lockstep" draw a.aut -o out.svg > out 2> err || status=$?
[ "$status" = 2 ] || fail "status $status without dot"
expect_text err "dot is not installed; install graphviz, or use --format dot"
[ ! -e out.svg ] || fail "a picture without dot"
printf '#!/bin/sh\ncat > /dev/null\necho "dot: no such font" >&2\necho more >&2\nexit 3\n' > none/dot
chmod +x none/dot
PATH="$work/none:$PATH_BEFORE" mistake "dot failed: dot: no such font" a.aut -o out.svg
printf '#!/bin/sh\ncat > /dev/null\n' > none/dot
PATH="$work/none:$PATH_BEFORE" mistake "dot printed nothing; use --format dot" a.aut -o out.svg
printf '#!/bin/sh\ncat\n' > none/dot
PATH="$work/none:$PATH_BEFORE" expect_status 0 draw a.aut --format svg
cmp out deep/in/a.dot
# It gets the three files that it is given and no others.
cat > none/dot <<'DOT'
#!/bin/sh
cat > /dev/null
for fd in /proc/$$/fd/*; do
  case ${fd##*/}:$(readlink "$fd") in
    [012]:*) ;;
    *\#*deleted*) echo "inherited: $fd" ;;
  esac
done
echo "the picture"
DOT
PATH="$work/none:$PATH_BEFORE" expect_status 0 draw a.aut --format svg
[ "$(cat out)" = "the picture" ] || fail "dot has files of its own: $(cat out)"
if command -v dot > /dev/null; then
  expect_status 0 draw order.json order.spex -o difference.svg
  expect_text difference.svg "</svg>"
  expect_text difference.svg "#d11f1f"
  expect_text difference.svg "return"
fi

expect_status 0 draw --help
expect_text out "Exit status"
