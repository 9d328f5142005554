# The published log of a real OpenStack: two thousand lines, 22 virtual machines.
source "$(dirname "$0")/support.sh"
log=$shared/openstack_nova_2k.log
[ -r "$log" ] || skip "the reference data is not there"

observe() { "$LOCKSTEP" observe --config "$config/nova.conf" "$@" "$log"; }

expect_status 0 observe --learn
expect_text out "2,000 lines"
expect_text out "22 in 4 shards"
expect_text out "NovaVm: 20 transitions, branching bisimilar to its specification"
dump_store lockstep_store > first
expect_status 0 observe
expect_text out "0 new steps, 323 duplicates"
dump_store lockstep_store > second
cmp first second || fail "reading the log twice changed the store"
expect_status 0 observe --store-dir checked
expect_text out "Deviations   none"
