# An installed Lockstep is all that a project of its own needs to use the library, and its test
# suites teach what they saw.
source "$(dirname "$0")/support.sh"

readonly prefix=$work/prefix build=$work/build
: "${LOCKSTEP_BUILD_DIR:?names the folder that Lockstep was built in}"

step() {
  local name=$1
  shift
  "$@" > "$name.log" 2>&1 || { tail -n 50 "$name.log" >&2; fail "$name"; }
}
# usage: run_in FOLDER STATUS PROGRAM ARGUMENT …; the status `failed` is any but 0
run_in() {
  local folder=$1 status=$2 program=$3
  shift 3
  mkdir -p "$folder"
  cd "$folder"
  if [ "$status" != failed ]; then
    expect_status "$status" "$build/$program" "$@"
  elif "$build/$program" "$@" > out 2> err; then
    fail "status 0 instead of a failure: $program $*"
  fi
}

step install cmake --install "$LOCKSTEP_BUILD_DIR" --prefix "$prefix"
cmp "$prefix/bin/lockstep" "$LOCKSTEP" || fail "the program was not installed as it was built"

launcher=()
if command -v ccache > /dev/null; then launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
step configure cmake -S "$LOCKSTEP_SOURCE_DIR/test/consumer" -B "$build" -G Ninja \
  -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_BUILD_TYPE= -DCMAKE_CXX_FLAGS="-O0 -Wall -Wextra" \
  "${launcher[@]}"
step build cmake --build "$build" -j 2

cat > expected.spex <<'SPEX'
Specification: Order
Learning mode: false
Transitions:
new --[pay]-> paid
nil --[__initialisation__]-> new
packed --[ship]-> shipped
paid --[pack]-> packed
paid --[refund]-> cancelled
SPEX
# usage: check_suite PROGRAM OPTIONS-OF-A-PART OPTIONS-OF-THE-FAILING-TEST
check_suite() {
  local program=$1 part=$2 failing=$3 home=$work/$1

  run_in "$home/whole" 0 "$program"
  cmp spex_impl_models/Order.spex "$work/expected.spex" || fail "$program learned something else"

  # Models of a failing suite would be wrong; those that are there stay.
  run_in "$home/whole" failed "$program" "$failing"
  expect_text err "the suite failed"
  cmp spex_impl_models/Order.spex "$work/expected.spex" || fail "$program failed and wrote"
  run_in "$home/failing" failed "$program" "$failing"
  [ ! -e spex_impl_models ] || fail "$program failed and wrote"

  # A part of the suite adds, the whole suite replaces.
  run_in "$home/part" 0 "$program" "$part"
  expect_text spex_impl_models/Order.spex "paid --[refund]-> cancelled"
  ! grep -qF "ship" spex_impl_models/Order.spex || fail "$program ran more than a part"
  echo "shipped --[lose]-> lost" >> spex_impl_models/Order.spex
  run_in "$home/part" 0 "$program" "$part"
  expect_text spex_impl_models/Order.spex "shipped --[lose]-> lost"
  run_in "$home/part" 0 "$program"
  cmp spex_impl_models/Order.spex "$work/expected.spex" || fail "$program kept what was there"

  # Models that cannot be written fail a suite that passed.
  mkdir -p "$home/unwritable"
  touch "$home/unwritable/spex_impl_models"
  run_in "$home/unwritable" failed "$program"
  expect_text err "cannot write implementation models to ./spex_impl_models"
}
check_suite catch2_orders "a paid order*" "[.wrong]"
check_suite googletest_orders "--gtest_filter=*Refunded*" --gtest_also_run_disabled_tests

# The installed program checks events against what the suite taught it.
cd "$work/catch2_orders/whole"
printf 'id,what,to\no1,pay,paid\no1,pack,packed\no1,ship,shipped\n' > orders.csv
observe() {
  "$prefix/bin/lockstep" observe --specifications "$LOCKSTEP_SOURCE_DIR/test/consumer/order.json" \
    --input.format csv --input.identifier-column id --input.action-column what \
    --input.state-column to "$@"
}
expect_status 0 observe orders.csv
printf 'id,what,to\no2,pay,paid\no2,ship,shipped\n' > wrong.csv
expect_status 1 observe wrong.csv
expect_text out "paid --[ship]-> shipped"
