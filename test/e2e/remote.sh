# Every call of the instance manager, from another process over CAF's network layer.
source "$(dirname "$0")/support.sh"

cat > node.conf <<CONF
lockstep {
  specifications = ["$config/specs/order.json"]
  impl-models-dir = "$config/models"
  store-dir = "store"
  port = 0
  log-level = "off"
}
CONF
start_node node.conf
"$LOCKSTEP_REMOTE_CLIENT" "${address%:*}" "${address##*:}" || fail "the client's calls"
stop_node
# What the client left behind is durable.
expect_status 0 "$LOCKSTEP" instances list --config node.conf
expect_text out '<<"remote-2">>'
