# The command line explains itself.
source "$(dirname "$0")/support.sh"

expect_status 0 "$LOCKSTEP" --version
expect_text out "lockstep "
expect_text out "CAF "
expect_text out "SQLite "

expect_status 0 "$LOCKSTEP" --help
for word in observe run hash Examples; do expect_text out "$word"; done

for command in observe run hash; do
  expect_status 0 "$LOCKSTEP" "$command" --help
  expect_text out "Examples"
done

expect_status 2 "$LOCKSTEP"
expect_one_line err
expect_status 2 "$LOCKSTEP" obsreve
expect_one_line err
expect_status 2 "$LOCKSTEP" run --no-such-option x.conf
expect_one_line err
expect_text err '"--no-such-option" is no option of lockstep run; see lockstep run --help'
expect_status 2 "$LOCKSTEP" instances show x --as text
expect_text err '--as "text" is unknown; give binary, integer, atom or term, or see lockstep instances show --help'
expect_status 2 "$LOCKSTEP" instances lst
expect_text err '"lst" is no command of lockstep instances; list may be meant, or see lockstep instances --help'
expect_status 2 "$LOCKSTEP" wher order-1
expect_text err 'wher is no command; where may be meant, or see lockstep --help'
expect_status 2 "$LOCKSTEP" where order-1 --shard 3
expect_text err '"--shard" is no option of lockstep where; --shards may be meant, or see lockstep where --help'
expect_status 2 "$LOCKSTEP" shards start a --nod b
expect_text err '"--nod" is no option of lockstep shards start; --node may be meant, or see lockstep shards start --help'

# Output that is lost is an error, whatever was to be printed.
printf 'des (0, 1, 2)\n(0, a, 1)\n' > a.aut
printf 'des (0, 1, 2)\n(0, b, 1)\n' > b.aut
cp "$config/specs/order.json" "$config/models/Order.spex" .
lost() { # COMMAND …
  local status=0
  "$LOCKSTEP" "$@" > /dev/full 2> err || status=$?
  [ "$status" = 2 ] || fail "status $status on a full disk: $*"
  expect_one_line err
  expect_text err "cannot write to standard output"
  status=0
  "$LOCKSTEP" "$@" >&- 2> err || status=$?
  [ "$status" = 2 ] || fail "status $status without standard output: $*"
  [ "$(grep -c "cannot write to standard output" err)" = 1 ] || fail "not told: $*"
}
if [ -c /dev/full ]; then
  lost compare a.aut a.aut
  expect_text err "cannot write to standard output, so what it got is incomplete"
  lost --help
  lost --version
  lost draw --help
  lost compare a.aut b.aut --json
  lost minimise a.aut -o small.aut
  lost minimise a.aut -o -
  lost draw a.aut
  lost hash 5
  lost check --specifications order.json Order.spex
  lost specs validate order.json
fi
# What prints nothing needs no standard output, and no file gets into its place.
"$LOCKSTEP" draw a.aut -o a.mmd >&- 2> err || fail "a picture needs no standard output"
[ -s a.mmd ] || fail "there is no picture"

# CAF's own options reach CAF.
expect_status 0 "$LOCKSTEP" run "$config/demo.conf" --once --caf.scheduler.max-threads=2
expect_status 2 "$LOCKSTEP" run "$config/demo.conf" --once --caf.scheduler.max-threads=many
expect_text err "CAF"
for unusable in max-threads=0 max-throughput=0 policy=nix; do
  expect_status 2 timeout -s KILL 60 "$LOCKSTEP" run "$config/demo.conf" --once "--caf.scheduler.$unusable"
  expect_text err "caf.scheduler.${unusable%=*} "
done
