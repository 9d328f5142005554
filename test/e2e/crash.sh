# A node that is killed at random moments under load has everything that it acknowledged, once and in
# order, and nothing that it refused, also as overloaded: steps, mocks, deletions and declarations.
# Every third start has another number of shards, so some are killed while instances are moved.
# LOCKSTEP_KILLS says how often (100 for the whole test), LOCKSTEP_SEED which requests and moments; a
# failure tells after how many kills.
source "$(dirname "$0")/support.sh"

cat > lamp.json << JSON
{ "specification": "Lamp", "transitions": [["off", "press", "on"], ["on", "release", "off"]] }
JSON
mkdir models
cat > models/Lamp.spex << SPEX
Specification: Lamp
Learning mode: false
Transitions:
nil --[__initialisation__]-> off
off --[press]-> on
on --[release]-> off
SPEX
cat > node.conf << CONF
lockstep {
  specifications = ["lamp.json"]
  impl-models-dir = "models"
  port = 0
  log-level = "off"
}
CONF
seed=${LOCKSTEP_SEED:-$RANDOM}
"$LOCKSTEP_CRASH_CLIENT" "$LOCKSTEP" node.conf store "${LOCKSTEP_KILLS:-10}" "$seed" \
  || fail "the node does not do what it said, with LOCKSTEP_SEED=$seed"
