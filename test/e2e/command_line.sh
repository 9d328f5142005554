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

# CAF's own options reach CAF.
expect_status 0 "$LOCKSTEP" run "$config/demo.conf" --once --caf.scheduler.max-threads=2
expect_status 2 "$LOCKSTEP" run "$config/demo.conf" --once --caf.scheduler.max-threads=many
expect_text err "CAF"
