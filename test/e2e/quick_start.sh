# README's quick start, word for word, in an empty folder.
source "$(dirname "$0")/support.sh"

sed -n '/^## Quick start/,/^## /p' "$LOCKSTEP_SOURCE_DIR/README.md" \
  | sed -n '/^```sh/,/^```$/{/^```/d;p}' > commands
[ -s commands ] || fail "there are no commands in the quick start"
mkdir empty bin
ln -s "$LOCKSTEP" bin/lockstep
( cd empty && PATH=$work/bin:$PATH bash -eu ../commands ) > out 2> err || { cat out err >&2; fail "a command fails"; }
expect_text out "nothing is odd"
expect_text out "Deviations   none"
expect_text out '<<"B-2">>     2  new --[ship]-> shipped  deviation_not_equivalent'
expect_text out "status 1"
expect_text out "4 instances"
expect_text out 'Instance  Order in state shipped, 2 steps'
expect_text out "paid --[ship]-> shipped"
expect_text out "1 model, 0 not equivalent"
grep -v deviation_not_equivalent err && fail "something is odd" || true
