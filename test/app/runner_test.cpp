#include "app/script/runner.hpp"

#include "actors/node.hpp"
#include "actors/types.hpp"
#include "test/support/settings.hpp"

#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace lockstep;

namespace {

caf::actor_system_config configure() {
  make_types_known();
  caf::actor_system_config config;
  config.set("caf.scheduler.max-threads", 2);
  return config;
}

/// Keeps what was there at each flush: then others may print, too.
class noting_buffer : public std::stringbuf {
public:
  std::vector<std::string> flushed;

private:
  int sync() override {
    flushed.push_back(str());
    return 0;
  }
};

/// A node in memory that runs scripts.
class script_world {
public:
  script_world() {
    node_options options;
    options.store_dir.reset();
    options.distribution_factor = 1;
    auto order = specification::make("Order", {{"new", "pay", "paid"}});
    REQUIRE(order);
    options.specifications = std::make_shared<const specification_catalog>(
        specification_catalog{{"Order", std::make_shared<const specification>(std::move(*order))}});
    auto started = node::start(system_, std::move(options));
    REQUIRE(started);
    node_ = std::move(*started);
  }

  /// Did a signal come?
  std::function<bool()> interrupted = [] { return false; };
  std::function<bool(duration)> wait = [](duration) { return true; };
  std::ostringstream out;
  bool terminal = false;

  script_outcome run(const std::string& calls) { return run(calls, out); }

  script_outcome run(const std::string& calls, std::ostream& into) {
    auto settings = test::settings_from("script = [ " + calls + " ]");
    auto steps = parse_script(settings, "node.conf");
    REQUIRE(steps);
    return run_script(*steps, {node_->manager(), {}, wait, interrupted, into, terminal});
  }

private:
  caf::actor_system_config config_ = configure();
  caf::actor_system system_{config_};
  std::unique_ptr<node> node_;
};

} // namespace

TEST_CASE("a script that runs to its end is not interrupted", "[runner]") {
  script_world world;
  auto outcome = world.run(R"({ wait = "20s" }, { expect = "a", absent = true })");
  CHECK_FALSE(outcome.interrupted);
  CHECK(outcome.expectations == 1);
  CHECK(world.out.str()
        == "[1] wait 20s: ok\n[2] expect <<\"a\">>: holds: <<\"a\">> is not there\n");
}

TEST_CASE("a signal during a wait ends the script and tells what was not made", "[runner]") {
  script_world world;
  world.wait = [](duration) { return false; };
  auto outcome = world.run(R"({ wait = "20s" }, { expect = "a" }, { expect = "b" })");
  CHECK(outcome.interrupted);
  CHECK(outcome.failures == 0);
  CHECK(world.out.str()
        == "[1] wait 20s: interrupted\nScript interrupted, 2 of 3 calls not made\n");
}

TEST_CASE("a signal during the last wait interrupts the script, too", "[runner]") {
  script_world world;
  world.wait = [](duration) { return false; };
  CHECK(world.run(R"({ wait = "20s" })").interrupted);
  CHECK(world.out.str() == "[1] wait 20s: interrupted\n");
}

TEST_CASE("a signal between two calls ends the script before the next one", "[runner]") {
  script_world world;
  world.interrupted = [&] { return world.out.str().find("[1]") != std::string::npos; };
  auto outcome = world.run(R"({ init = "a", specification = "Order" }, { delete = "a" })");
  CHECK(outcome.interrupted);
  CHECK(world.out.str()
        == "[1] init <<\"a\">> of Order: ok, step 1, learned\nScript interrupted, 1 of 2 calls not "
           "made\n");
}

TEST_CASE("a signal after the last call is none of the script's", "[runner]") {
  script_world world;
  world.interrupted = [&] { return world.out.str().find("[1]") != std::string::npos; };
  CHECK_FALSE(world.run(R"({ init = "a", specification = "Order" })").interrupted);
}

TEST_CASE("a signal stops generating between two batches", "[runner]") {
  script_world world;
  auto looks = 0;
  world.interrupted = [&] { return ++looks > 2; };
  auto outcome = world.run(R"({ generate = 100000, specification = "Order" }, { summary = true })");
  CHECK(outcome.interrupted);
  CHECK(world.out.str().find("generate 100,000 instances of Order: interrupted after 4,000 steps\n"
                             "Script interrupted, 1 of 2 calls not made\n")
        != std::string::npos);
}

TEST_CASE("nothing is printed of a line before its end", "[runner]") {
  script_world world;
  noting_buffer buffer;
  std::ostream into{&buffer};
  world.terminal = GENERATE(false, true);
  auto outcome = world.run(
      R"({ init = "a", specification = "Order" }, { transition = "a", action = "x", to = "y" },
         { get = "b" }, { summary = true }, { generate = 9, specification = "Order" })",
      into);
  CHECK(outcome.failures == 1);
  CHECK(buffer.flushed.size() >= 5);
  for (const auto& text : buffer.flushed)
    CHECK(text.ends_with('\n'));
}

TEST_CASE("a terminal shows a wait while it lasts", "[runner]") {
  script_world world;
  std::string during;
  world.wait = [&](duration) {
    during = world.out.str();
    return true;
  };
  (void)world.run(R"({ wait = "20s" })");
  CHECK(during.empty());
  world.terminal = true;
  world.out.str("");
  (void)world.run(R"({ wait = "20s" })");
  CHECK(during == "[1] wait 20s");
  CHECK(world.out.str() == "[1] wait 20s\r\x1b[K[1] wait 20s: ok\n");
}
