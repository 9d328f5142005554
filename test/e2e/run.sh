# A node runs its script, serves, and stops cleanly when it is told to.
source "$(dirname "$0")/support.sh"

expect_status 0 "$LOCKSTEP" run "$config/demo.conf" --once
expect_text out "all hold"
expect_text out "Late"
expect_text out "deviation_not_equivalent"

# Every option and call.
expect_status 0 "$LOCKSTEP" run "$config/calls.conf"
expect_text out "all hold"
expect_text out "declare specs/invoice.md: ok, Invoice"
expect_text out "delete all Order in state new: 2 instances deleted"

# A script may end at a call that fails.
cat > stop.conf <<CONF
lockstep {
  specifications = ["$config/specs/order.json"]
  in-memory = true
  log-level = "off"
  after-script = "exit"
  script = [
    { transition = "o1", action = "pay", to = "paid", or-stop = true },
    { init = "o1", specification = "Order" }
  ]
}
CONF
expect_status 1 "$LOCKSTEP" run stop.conf
expect_text out "The script stops here"
grep -q "^\[2\]" out && fail "the script went on"

# An expectation that does not hold is status 1, and the script goes on.
cat > wrong.conf <<CONF
lockstep {
  specifications = ["$config/specs/order.json"]
  after-script = "exit"
  script = [
    { init = "o1", specification = "Order" },
    { expect = "o1", state = "paid" },
    { expect-count = "instances", is = 1 }
  ]
}
CONF
expect_status 1 "$LOCKSTEP" run wrong.conf
expect_text out "[2] expect <<\"o1\">>: FAILED"
expect_text out "[3] expect instances: holds"

# Serving: a signal ends it with status 0, everything stored. Told by its output, not by a clock.
cat > serve.conf <<CONF
lockstep {
  specifications = ["$config/specs/order.json"]
  store-dir = "store"
  port = 0
  script = [ { init = "o1", specification = "Order" } ]
}
CONF
for signal in INT TERM HUP; do
  rm -rf store
  mkfifo "told-$signal"
  # A background job ignores SIGINT unless job control is on.
  set -m
  "$LOCKSTEP" run serve.conf > "told-$signal" 2> err &
  node=$!
  set +m
  {
    while read -r line; do
      case $line in
        *"listening on 127.0.0.1:"*) listening=1 ;;
        Serving*) kill -s "$signal" "$node" ;;
      esac
    done
  } < "told-$signal"
  wait "$node" || fail "status $? after SIG$signal"
  [ "${listening:-}" = 1 ] || fail "the node does not tell its port"
  # The second run finds the instance of the first one.
  expect_status 1 "$LOCKSTEP" run serve.conf --once
  expect_text out instance_identifier_already_in_use
done

# usage: interrupted SIGNAL CONFIGURATION … ; sends the signal when the node tells that it is there
interrupted() {
  local signal=$1 status=0 line
  shift
  rm -f told
  mkfifo told
  set -m
  "$LOCKSTEP" run "$@" > told 2> err &
  local node=$!
  set +m
  {
    while read -r line; do
      echo "$line"
      case $line in "$sign"*) kill -s "$signal" "$node" ;; esac
    done
  } < told > out
  wait "$node" || status=$?
  [ "$status" = "$wanted" ] || { cat out err >&2; fail "status $status after SIG$signal: $*"; }
}

# A script that is cut short tells what it did not do; that is status 130.
cat > cut.conf <<CONF
lockstep {
  specifications = ["$config/specs/order.json"]
  in-memory = true
  after-script = "exit"
  script = [
    { init = "o1", specification = "Order" },
    { wait = "1h" },
    { expect = "o1", state = "paid" },
    { expect-count = "instances", is = 2 }
  ]
}
CONF
sign="[1]" wanted=130
for signal in INT TERM HUP; do
  interrupted "$signal" cut.conf
  expect_text out " of 4 calls not made"
  grep -q "^\[3\]" out && fail "the script went on"
done

# Generating stops between two batches.
sed 's/{ wait = .* }/{ generate = 1000000000, specification = "Order" }/' cut.conf > generate.conf
interrupted INT generate.conf
expect_text out " of 4 calls not made"

# A serving node whose script failed ends with the script's status.
sed -e '/wait/d' -e '/after-script/d' cut.conf > failed.conf
sign=Serving wanted=1
interrupted INT failed.conf
expect_text out "Stopped"
