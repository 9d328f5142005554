# A run that is killed half-way and started again ends with the same store as one run.
source "$(dirname "$0")/support.sh"

observe() { "$LOCKSTEP" observe --config "$config/nova.conf" --input.source log "$@"; }

# Enough machines that the run can be caught in the middle.
for i in $(seq 1 400); do
  sed "s/11111111-/$(printf '%08d' "$i")-/g; s/22222222-/$(printf '%08d' $((i + 1000)))-/g; s/33333333-/$(printf '%08d' $((i + 2000)))-/g" "$sample"
done > big.log

observe --learn --store-dir whole --impl-models-dir models-whole big.log > out 2> err || true
dump_store whole > wanted

# The input comes through a pipe that stays open, so that the program is alive when it is killed,
# with some of it recorded: the journal of the first shard tells.
mkfifo pipe
lines=$(wc -l < big.log)
for part in 4 2; do
  # No function here: the program itself is to be killed, not a shell around it.
  "$LOCKSTEP" observe --config "$config/nova.conf" --input.source log --learn --store-dir killed \
    --impl-models-dir models-killed - < pipe > /dev/null 2>&1 &
  program=$!
  exec 3> pipe
  head -n $((lines / part)) big.log >&3
  until [ -s killed/shard-1.sqlite-wal ] && [ "$(stat -c %s killed/shard-1.sqlite-wal)" -gt 150000 ]; do
    kill -0 "$program" || fail "the program ended by itself"
    read -r -t 0.05 <> <(:) || true
  done
  if "$LOCKSTEP" observe --config "$config/nova.conf" --store-dir killed /dev/null 2> err; then
    fail "two programs use one store"
  fi
  expect_text err "process $program"
  kill -9 "$program"
  wait "$program" || true
  exec 3>&-
done
observe --learn --store-dir killed --impl-models-dir models-killed - < big.log > out 2> err || true
expect_text out "duplicate"
dump_store killed > have
diff wanted have || fail "the store differs from that of one run"
cmp models-whole/NovaVm.spex models-killed/NovaVm.spex || fail "the model differs"
