#include "model/term/phash2.hpp"

#include <benchmark/benchmark.h>

namespace {

using lockstep::atom;
using lockstep::term;

void hash(benchmark::State& state, const term& value) {
  for (auto _ : state) {
    const auto* alias = &value;
    benchmark::DoNotOptimize(alias);
    benchmark::DoNotOptimize(lockstep::phash2(*alias));
  }
}

BENCHMARK_CAPTURE(hash, binary_of_36_bytes, term{"550e8400-e29b-41d4-a716-446655440000"});
BENCHMARK_CAPTURE(hash, integer, term{1027});
BENCHMARK_CAPTURE(hash, integer_of_64_bits, term{std::int64_t{1} << 62});
BENCHMARK_CAPTURE(hash, atom, term{atom{"order_1027"}});
BENCHMARK_CAPTURE(hash, tuple_of_atom_and_binary,
                  term::tuple({term{atom{"order"}}, term{"550e8400-e29b-41d4-a716-446655440000"}}));

} // namespace
