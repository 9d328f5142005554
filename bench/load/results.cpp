#include "bench/load/results.hpp"

namespace lockstep::bench {

namespace {

cell number(double value, int decimals) { return figure{value, decimals}; }
cell number_unless_zero(double value, int decimals) {
  return value == 0 ? cell{} : number(value, decimals);
}

/// How many steps one system makes in the processor time of a step of the other: also tells
/// something while the machine is busy with other things.
cell by_processor(const measured& a, const measured& b) {
  return number(b.found.per_step(b.found.processor_us) / a.found.per_step(a.found.processor_us), 2);
}

/// Calls `add(a, b)` with the rows that `first` and `second` choose and that have the same number
/// of clients and the same mode.
template <class First, class Second, class F>
void for_pairs(const findings& all, First first, Second second, F add) {
  for (const auto& a : all.rows)
    if (first(a))
      for (const auto& b : all.rows)
        if (second(b) && a.clients == b.clients && a.how == b.how)
          add(a, b);
}

auto node_with(store_kind store, std::uint32_t shards) {
  return [store, shards](const measured& one) {
    return one.system == "local" && one.store == store && one.shards == shards;
  };
}

std::string described(const measured& one) {
  return std::string{name_of(one.how)} + ", " + plural(one.clients, "client");
}

/// The durable node beside a loop that writes each step and the row of its instance, one file for
/// each shard or one in all; and beside one that only appends steps, as the node does at most
/// times.
void judge_durable(const findings& all, const load_options& options, scorecard& card) {
  for (const auto files : {options.shards, std::uint32_t{1}}) {
    const auto loops = [&](const measured& one) {
      return one.system == bare_sqlite && one.shards == files;
    };
    for_pairs(all, node_with(store_kind::durable, options.shards), loops,
              [&](const measured& node, const measured& loop) {
                card.add("durable / bare SQLite, " + plural(files, "file") + ": " + described(node),
                         node.found.rate() / loop.found.rate(), "", at_least(0.8), 2,
                         by_processor(node, loop));
              });
    if (options.shards == 1)
      break;
  }
  for_pairs(
      all, node_with(store_kind::durable, options.shards),
      [&](const measured& one) { return one.system == bare_steps && one.shards == options.shards; },
      [&](const measured& node, const measured& loop) {
        card.add("durable / bare SQLite, " + plural(options.shards, "file")
                     + ", steps alone: " + described(node),
                 node.found.rate() / loop.found.rate(), "", {}, 2, by_processor(node, loop));
      });
}

void judge_memory(const findings& all, const load_options& options, scorecard& card) {
  const auto ping = [](const measured& one) {
    return one.system == "caf" && (one.threads || one.how == mode::pipelined);
  };
  for_pairs(
      all, node_with(store_kind::memory, options.shards), ping,
      [&](const measured& node, const measured& bare) {
        // The target is one for requests that are waited for.
        const auto wanted = node.how == mode::request ? std::optional{at_least(0.7)} : std::nullopt;
        card.add("memory / bare CAF: " + described(node), node.found.rate() / bare.found.rate(), "",
                 wanted, 2, by_processor(node, bare));
      });
}

void judge_shards(const findings& all, const load_options& options, scorecard& card) {
  if (options.shards == 1)
    return;
  for (const auto store : options.stores)
    for_pairs(all, node_with(store, options.shards), node_with(store, 1),
              [&](const measured& many, const measured& one) {
                card.add(plural(options.shards, "shard") + " / 1 shard, " + name_of(store) + ": "
                             + described(many),
                         many.found.rate() / one.found.rate(), "", at_least(1.0), 2,
                         by_processor(many, one));
              });
}

/// What the files alone cost of that: a loop that appends to them in turn.
void judge_files(const findings& all, const load_options& options, scorecard& card) {
  if (options.shards == 1)
    return;
  const auto loop_of = [](std::uint32_t files) {
    return [files](const measured& one) { return one.system == bare_steps && one.shards == files; };
  };
  for_pairs(
      all, loop_of(options.shards), loop_of(1), [&](const measured& many, const measured& one) {
        card.add("appends, " + plural(options.shards, "file") + " / 1 file: " + described(many),
                 many.found.rate() / one.found.rate(), "", {}, 2, by_processor(many, one));
      });
}

void judge_lists(const findings& all, const load_options& options, scorecard& card) {
  for (const auto& lists : all.rows)
    for (const auto& single : all.rows)
      if (lists.how == mode::batched && single.how == mode::request && lists.system == single.system
          && lists.store == single.store && lists.store && lists.shards == single.shards
          && lists.shards == options.shards && lists.clients == single.clients)
        card.add("lists / single, " + lists.system + ", " + name_of(*lists.store) + ": "
                     + plural(lists.clients, "client"),
                 lists.found.rate() / single.found.rate(), "", at_least(5.0), 2,
                 by_processor(lists, single));
}

} // namespace

std::string plural(std::size_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

figures table_of(const findings& all) {
  figures table{"rows",
                "Steps. Latencies are in microseconds, for lists and for bare SQLite of a whole "
                "list or batch; cpu is processor time of a step in microseconds, of client and "
                "node; batch is steps in a commit",
                {"system", "store", "shards", "clients", "kind", "mode", "steps/s", "p50", "p99",
                 "p99.9", "cpu", "of node", "batch"}};
  for (const auto& one : all.rows) {
    const auto& [seen, seconds, processor, node_processor, commits] = one.found;
    table.add({one.system, one.store ? std::string{name_of(*one.store)} : std::string{"-"},
               number(one.shards, 0), number_unless_zero(static_cast<double>(one.clients), 0),
               std::string{is_loop(one) ? "loop" : (one.threads ? "thread" : "actor")},
               std::string{name_of(one.how)}, number(one.found.rate(), 0),
               number(seen.latency.percentile(0.5), 1), number(seen.latency.percentile(0.99), 1),
               number(seen.latency.percentile(0.999), 1), number(one.found.per_step(processor), 2),
               number_unless_zero(one.found.per_step(node_processor), 2),
               number_unless_zero(one.found.batch(), 1)});
  }
  return table;
}

scorecard judge(const findings& all, const load_options& options) {
  scorecard card{"by processor time"};
  judge_durable(all, options, card);
  judge_memory(all, options, card);
  judge_lists(all, options, card);
  judge_shards(all, options, card);
  judge_files(all, options, card);
  if (all.history)
    card.add("step after " + std::to_string(long_history) + " steps / after "
                 + std::to_string(short_history) + ", processor time",
             all.history->long_us / all.history->short_us, "", at_most(1.2));
  if (all.hash_ns)
    card.add("phash2 of a binary of 36 bytes, shortest reading (Erlang itself: 58)", *all.hash_ns,
             "ns", at_most(30), 1);
  return card;
}

} // namespace lockstep::bench
