#include "persistence/ledger.hpp"

#include "test/support/books.hpp"
#include "test/support/term_generator.hpp"

#include <catch2/catch_test_macros.hpp>
#include <rapidcheck.h>

using namespace lockstep;
using namespace lockstep::test;
using namespace std::chrono_literals;

namespace {

/// Counts how often an instance is read from the store.
class counting_store final : public test::forwarding_store {
public:
  counting_store(std::unique_ptr<instance_store> store, std::shared_ptr<std::size_t> finds)
      : forwarding_store(std::move(store)), finds_(std::move(finds)) {}

  result<std::optional<stored_instance>> find(const term& identifier) override {
    ++*finds_;
    return forwarding_store::find(identifier);
  }

private:
  std::shared_ptr<std::size_t> finds_;
};

/// Orders 0 to 9, committed, in a ledger that keeps `residents` of them in memory.
struct counted_ledger {
  std::shared_ptr<std::size_t> finds = std::make_shared<std::size_t>(0);
  ledger books;

  explicit counted_ledger(std::size_t residents) : books(open(residents)) {
    for (std::int64_t i = 0; i < 10; ++i) {
      initialisation request;
      request.specification = "Order";
      request.identifier = i;
      accepted(books.initialise(request, at_second(0)));
    }
    must(books.commit());
  }

  /// How many reads of the store it takes to get an instance.
  std::size_t reads_for(std::int64_t identifier) {
    const auto before = *finds;
    must(books.get(identifier));
    return *finds - before;
  }

private:
  ledger open(std::size_t residents) {
    ledger_options options;
    options.max_resident_instances = residents;
    return must(
        ledger::open(std::make_unique<counting_store>(std::make_unique<memory_store>(), finds),
                     std::make_shared<const specification_catalog>(
                         specification_catalog{{"Order", order_specification()}}),
                     {order_model()}, options));
  }
};

/// One request to a ledger, with all that it answers.
struct action {
  int kind = 0;
  std::int64_t identifier = 0;
  std::string name;
  std::string state;
  std::string operation_id;
  std::int64_t seconds = 0;
};

/// How RapidCheck shows a counterexample.
void showValue(const action& one, std::ostream& out) {
  out << one.kind << ' ' << one.identifier << " --[" << one.name << "]-> " << one.state << ' '
      << one.operation_id << " +" << one.seconds << "s";
}

rc::Gen<action> any_action() {
  return rc::gen::construct<action>(
      rc::gen::weightedElement<int>(
          {{4, 0}, {8, 1}, {2, 2}, {1, 3}, {2, 4}, {2, 5}, {4, 6}, {2, 7}, {1, 8}, {1, 9}}),
      rc::gen::inRange<std::int64_t>(0, 4), rc::gen::element<std::string>("pay", "ship", "lose"),
      rc::gen::element<std::string>("new", "paid", "shipped", "lost", ""),
      rc::gen::element<std::string>("", "", "op-1", "op-2", "op-3"),
      rc::gen::inRange<std::int64_t>(0, 8));
}

std::string summary_of(const decision& made) {
  std::string text = made.answer ? std::to_string(made.answer->step_number) + ' '
                                       + std::string(to_string(made.answer->outcome))
                                       + (made.answer->duplicate ? " again" : "")
                                 : made.answer.error().message;
  for (const auto& [report, spec] : made.reports)
    text += "; " + report.message;
  return text;
}

/// Does what `one` says. @returns what can be seen of it.
std::string run(books& b, const action& one) {
  b.now += std::chrono::seconds{one.seconds};
  switch (one.kind) {
  case 0:
    return summary_of(b.init(one.identifier, one.operation_id));
  case 1:
    return summary_of(b.step(one.identifier, one.name, one.state, one.operation_id));
  case 2:
    return summary_of(b.first_step(one.identifier, one.name, one.state, one.operation_id));
  case 3:
    return b.mock(one.identifier, one.state) ? "mocked" : "not mocked";
  case 4:
    return b.ledger->remove(one.identifier) ? "removed" : "not removed";
  case 5: {
    auto reports = must(b.ledger->expire(b.now));
    return summary_of({receipt{}, std::move(reports)});
  }
  case 8: {
    b.faults->fail_next_commit();
    const auto committed = bool(b.ledger->commit());
    b.faults->failing_commits.clear();
    return committed ? "nothing to commit" : "rolled back";
  }
  case 9:
    b.open();
    return "opened";
  default:
    b.commit();
    return "committed";
  }
}

} // namespace

TEST_CASE("instances that were used last stay in memory", "[ledger]") {
  counted_ledger l{2};
  CHECK(l.reads_for(9) == 0);
  CHECK(l.reads_for(8) == 0);
  CHECK(l.reads_for(0) == 1);
  CHECK(l.reads_for(0) == 0);
  CHECK(l.reads_for(8) == 0);
  CHECK(l.reads_for(9) == 1);
}

TEST_CASE("reading does not fill the memory", "[ledger]") {
  counted_ledger l{2};
  for (std::int64_t i = 0; i < 10; ++i)
    CHECK(l.reads_for(i) <= 1);
  for (std::int64_t i = 0; i < 8; ++i)
    CHECK(l.reads_for(i) == 1);
}

TEST_CASE("a deleted instance does not take the place of a live one in memory", "[ledger]") {
  counted_ledger l{2};
  must(l.books.remove(term{8}));
  must(l.books.commit());
  CHECK(l.reads_for(7) == 1);
  CHECK(l.reads_for(9) == 0);
}

TEST_CASE("however few instances stay in memory, a ledger does the same", "[ledger]") {
  const auto same = rc::check("any requests, commits, failures and reopenings", [] {
    const auto opened = [](std::size_t residents, engine which) {
      auto made = std::make_unique<books>(which);
      made->limit_time(10s);
      made->files = {order_model()};
      made->options.max_resident_instances = residents;
      made->open();
      return made;
    };
    auto few = opened(*rc::gen::inRange<std::size_t>(0, 2), engine::sqlite);
    auto many = opened(1000, engine::memory);
    const auto actions = *rc::gen::container<std::vector<action>>(any_action());
    for (const auto& one : actions) {
      RC_ASSERT(run(*few, one) == run(*many, one));
      RC_ASSERT(few->ledger->next_deadline() == many->ledger->next_deadline());
      RC_ASSERT(few->ledger->staged() == many->ledger->staged());
    }
    few->commit();
    many->commit();
    for (std::int64_t identifier = 0; identifier < 4; ++identifier) {
      const auto one = few->ledger->get(identifier);
      const auto other = many->ledger->get(identifier);
      RC_ASSERT(one.has_value() == other.has_value());
      RC_ASSERT(!one || *one == *other);
      RC_ASSERT(few->ledger->store().find(identifier).value()
                == many->ledger->store().find(identifier).value());
    }
    RC_ASSERT(must(few->ledger->models()) == must(many->ledger->models()));
  });
  CHECK(same);
}
