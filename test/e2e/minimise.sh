# Systems of every form are minimised; mistakes are told and leave nothing behind.
source "$(dirname "$0")/support.sh"

minimise() { "$LOCKSTEP" minimise "$@"; }
mistake() { # TEXT ARGUMENTS …
  local text=$1
  shift
  expect_status 2 minimise "$@"
  expect_one_line err
  expect_text err "$text"
  [ "$(find . -name 'out*')" = ./out ] || fail "something was left behind by: $*"
}

# One internal step is inert, two states are equal.
printf 'des (0, 6, 6)\r\n(0, "pay, now", 1)\n(0, "pay, now", 2)\n(1, i, 3)\n(3, "ship", 4)\n(2, "ship", 5)\n(5, tau, 5)\n\n' > a.aut
expect_status 0 minimise a.aut -o small.aut
expect_text out "a.aut: 6 states, 6 transitions; small.aut: 3 states, 2 transitions, branching bisimilar"
expect_one_line out
printf 'des (0, 2, 3)\n(0, "pay, now", 1)\n(1, ship, 2)\n' | cmp - small.aut
expect_status 0 minimise a.aut -o strong.aut --equivalence strong --json
expect_text out '"transitions": 6'
expect_text out '"equivalence": "strong"'
expect_text strong.aut "des (0, 6, 6)"

# Minimising what is minimal changes nothing.
expect_status 0 minimise small.aut -o again.aut
cmp small.aut again.aut
printf 'des (0, 5, 3)\n(1, b, 0)\n(1, b, 2)\n(1, a, 0)\n(0, c, 1)\n(2, i, 1)\n' > mixed.aut
expect_status 0 minimise mixed.aut -o once.aut
expect_status 0 minimise once.aut -o twice.aut
cmp once.aut twice.aut

# The form is that of the input, or the one that is asked for; the report does not get in its way.
expect_status 0 minimise a.aut -o -
cmp out small.aut
expect_text err "3 states, 2 transitions"
expect_status 0 minimise "$config/specs/order.json" -o - --json
cp out order.json
expect_text err '"states": '
expect_status 0 "$LOCKSTEP" specs validate order.json
expect_status 0 minimise a.aut -o deep/in/a.json
expect_text deep/in/a.json '"specification": "a"'
expect_text deep/in/a.json '"pay, now"'
expect_status 0 "$LOCKSTEP" specs validate deep/in/a.json
expect_status 0 minimise a.aut -o a.spex
expect_text a.spex 'nil --[__initialisation__]-> 0'
expect_status 0 minimise a.spex -o back.aut
cmp small.aut back.aut
expect_status 0 minimise a.spex -o a.mmd
expect_status 0 "$LOCKSTEP" specs validate a.mmd
expect_status 0 minimise a.mmd -o back.aut
cmp small.aut back.aut

# States keep the names of the first that they stand for, a specification its options.
echo '{"specification": "S", "transition_timeout": "7s",
  "transitions": [["new", "a", "left"], ["new", "a", "right"], ["left", "b", "end"], ["right", "b", "done"]]}' > s.json
expect_status 0 minimise s.json -o t.json
expect_text t.json '"7s"'
expect_text t.json left
! grep -q -e right -e done t.json || fail "two names of one state"
# A visible i stays visible: Aldebaran form cannot have it.
echo '{"specification": "S", "transitions": [["a", "i", "b"], ["b", "i", "c"]]}' > i.json
expect_status 0 minimise i.json -o j.json
expect_text out "3 states, 2 transitions; j.json: 3 states, 2 transitions"

# Links stay and permissions, too; a pipe and a link to standard output get the text themselves.
mkdir links
ln -s there.aut links/link.aut
expect_status 0 minimise a.aut -o links/link.aut
chmod 640 links/there.aut
expect_status 0 minimise a.aut -o links/link.aut
[ -L links/link.aut ] || fail "the link was replaced"
cmp links/there.aut small.aut
[ "$(stat -c %a links/there.aut)" = 640 ] || fail "the permissions are lost"
mkfifo links/pipe.aut
cat links/pipe.aut > piped.aut &
reader=$!
expect_status 0 minimise a.aut -o links/pipe.aut
wait "$reader"
[ -p links/pipe.aut ] || fail "the pipe was replaced"
cmp piped.aut small.aut
if [ -e /proc/self/fd/1 ]; then
  ln -s /proc/self/fd/1 links/out.aut
  expect_status 0 minimise a.aut -o links/out.aut
  { cat small.aut && echo "a.aut: 6 states, 6 transitions; links/out.aut: 3 states, 2 transitions, branching bisimilar"; } \
    | cmp - out
fi
rm -r links

rm -f small.aut
mistake 'action "i"' i.json -o out.aut
mistake "standard input cannot be read" - -o out.aut
mistake "no-such.aut" no-such.aut -o out.aut
mistake "a.txt" a.txt -o out.aut
mistake ".aut, .spex, .json, .mmd and .mermaid" a.aut -o out.txt
mistake ".aut, .spex, .json, .mmd and .mermaid" a.aut -o outs
mistake ".aut, .spex, .json, .mmd and .mermaid" a.aut -o out.md
mistake "--equivalence \"trace\" is unknown; give branching or strong, or see lockstep minimise" a.aut -o out.aut --equivalence trace
mistake "--format" a.aut -o out.aut --format svg
mistake "--output" a.aut
mistake "FILE is missing" -o out.aut
mkdir folder.aut
mistake "folder.aut" folder.aut -o out.aut
touch blocker
mistake "blocker" a.aut -o blocker/out.aut
: > empty.aut
mistake "empty.aut:1: the file is empty" empty.aut -o out.aut
printf 'des (0, 4294967295, 4294967294)\n(0, a, 1)\n' > huge.aut
mistake "huge.aut:2: the file ends after 1 of 4294967295" huge.aut -o out.aut
printf 'des (0, 1, 4294967294)\n(0, a, 1)\n' > idle.aut
mistake "idle.aut:1: the header announces 4294967294 states" idle.aut -o out.aut
printf 'des (0, 1, 1)\n(0, __initialisation__, 0)\n' > init.aut
mistake "__initialisation__" init.aut -o out.json
printf 'des (0, 1, 1)\n(0, __internal__, 0)\n' > internal.aut
mistake "internal.aut:2" internal.aut -o out.aut
printf 'des (0, 1, 1)\n(0, "a]-> b", 0)\n' > arrow.aut
mistake "]-> " arrow.aut -o out.spex
printf 'des (0, 0, 1)\n' > none.aut
mistake "no transition" none.aut -o out.json
printf 'Specification: S\nLearning mode: false\nTransitions:\na --[b]-> c\n' > none.spex
mistake "none.spex: the model has 0 initialisations" none.spex -o out.aut

# A line of a gigabyte is refused in little memory.
printf 'des (0, 1, 1)\n(0, "' > line.aut
truncate -s 1G line.aut
(
  limit_memory 1000000
  expect_status 2 minimise line.aut -o out.aut
)
expect_text err "line.aut:2: the line is longer than 65536 bytes"
for file in line.json line.mmd line.md; do
  mv line.aut "$file"
  (
    limit_memory 1000000
    mistake "$file is larger than 64 MiB" "$file" -o out.aut
  )
  mv "$file" line.aut
done
{ printf 'Specification: S\n' && head -c 3000000 line.aut; } > line.spex
truncate -s 1G line.spex
(
  limit_memory 1000000
  mistake "line.spex, line 3: the line is longer than 1 MiB" line.spex -o out.aut
)
rm line.*

# Too little memory is told as well; a sanitizer would end the program instead.
if [ -z "${LOCKSTEP_SANITIZE:-}" ]; then
  echo 'des (0, 100000000, 1)' > large.aut
  truncate -s 1G large.aut # as if they were there: room for them is made at once
  (
    limit_memory 1000000
    mistake "not enough memory" large.aut -o out.aut
  )
  rm large.aut
fi

expect_status 0 minimise --help
expect_text out "Exit status"
