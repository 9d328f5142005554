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
mkfifo told
"$LOCKSTEP" run node.conf > told 2> node.err &
node=$!
exec 3< told
while read -r line <&3; do
  case $line in
    *"listening on "*) port=${line##*:} ;;
    Serving*) break ;;
  esac
done
"$LOCKSTEP_REMOTE_CLIENT" 127.0.0.1 "$port" || fail "the client's calls"
kill -TERM "$node"
wait "$node" || fail "status $? of the node"
# What the client left behind is durable.
expect_status 0 "$LOCKSTEP" instances list --config node.conf
expect_text out '<<"remote-2">>'
