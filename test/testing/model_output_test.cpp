#include "testing/model_output.hpp"

#include "persistence/model_directory.hpp"
#include "persistence/text_file.hpp"
#include "test/support/results.hpp"
#include "test/support/temporary_folder.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;
using test::error_of;
using test::must;

namespace {

constexpr testing::suite_end whole{.passed = true, .complete = true};
constexpr testing::suite_end part{.passed = true, .complete = false};
constexpr testing::suite_end broken{.passed = false, .complete = true};

const transition begin{"", "__initialisation__", "new"};
const transition pay{"new", "pay", "paid"};
const transition ship{"paid", "ship", "shipped"};

implementation_model learned(std::set<transition> seen, const std::string& name = "Order") {
  return {name, true, std::move(seen)};
}

struct output_folder {
  test::temporary_folder parent;
  testing::model_output_options options{.impl_models_dir = parent / "models"};

  testing::model_output write(std::vector<implementation_model> models,
                              const testing::suite_end& end) {
    return must(testing::write_models(std::move(models), end, options));
  }
  std::vector<implementation_model> read() { return must(read_models(options.impl_models_dir)); }
  bool exists() { return std::filesystem::exists(options.impl_models_dir); }
  std::filesystem::path file() { return options.impl_models_dir / "Order.spex"; }
};

using models = std::vector<implementation_model>;

} // namespace

TEST_CASE("a suite's models are written with learning switched off") {
  output_folder folder;
  auto output = folder.write({learned({begin, pay})}, whole);
  CHECK(output.files == std::vector{folder.file()});
  CHECK(output.remark.empty());
  CHECK(folder.read() == models{{"Order", false, {begin, pay}}});
}

TEST_CASE("a complete suite replaces a model, other models stay") {
  output_folder folder;
  folder.write({learned({begin, pay}), learned({begin}, "Refund")}, whole);
  folder.write({learned({begin, ship})}, whole);
  CHECK(folder.read() == models{{"Order", false, {begin, ship}}, {"Refund", false, {begin}}});
}

TEST_CASE("a part of a suite adds to a model") {
  output_folder folder;
  folder.write({learned({begin, pay})}, whole);
  folder.write({learned({ship})}, part);
  CHECK(folder.read() == models{{"Order", false, {begin, pay, ship}}});
}

TEST_CASE("a complete suite adds to a model if it is told so") {
  output_folder folder;
  folder.write({learned({begin, pay})}, whole);
  folder.options.add_to_existing = true;
  folder.write({learned({ship})}, whole);
  CHECK(folder.read() == models{{"Order", false, {begin, pay, ship}}});
}

TEST_CASE("a model without transitions leaves its file alone") {
  output_folder folder;
  auto nothing = folder.write({learned({})}, whole);
  CHECK(nothing.files.empty());
  CHECK(nothing.remark.find("no test reported a step") != std::string::npos);
  CHECK_FALSE(folder.exists());
  folder.write({learned({begin, pay})}, whole);
  folder.write({learned({})}, whole);
  CHECK(folder.read() == models{{"Order", false, {begin, pay}}});
}

TEST_CASE("a failed suite writes nothing and says so") {
  output_folder folder;
  auto output = folder.write({learned({begin, pay})}, broken);
  CHECK(output.files.empty());
  CHECK(output.remark.find("the suite failed") != std::string::npos);
  CHECK_FALSE(folder.exists());
}

TEST_CASE("a failed suite writes its models if it is told so") {
  output_folder folder;
  folder.options.write_when_failed = true;
  CHECK(folder.write({learned({begin, pay})}, broken).files.size() == 1);
}

TEST_CASE("a file that cannot be read is replaced but never added to") {
  output_folder folder;
  must(write_text_file(folder.file(), "no model\n"));
  CHECK(error_of(testing::write_models({learned({ship})}, part, folder.options)).code
        == ec::invalid_spex_file);
  CHECK(must(read_text_file(folder.file())) == "no model\n");
  folder.write({learned({begin, pay})}, whole);
  CHECK(folder.read() == models{{"Order", false, {begin, pay}}});
}

TEST_CASE("a file with another specification's model is not added to") {
  output_folder folder;
  must(write_text_file(folder.file(),
                       "Specification: Refund\nLearning mode: false\nTransitions:\n"));
  auto error = error_of(testing::write_models({learned({ship})}, part, folder.options));
  CHECK(error.code == ec::invalid_spex_file);
  CHECK(error.message.find("Refund instead of Order") != std::string::npos);
}

TEST_CASE("a folder that cannot be made is an error that names it") {
  output_folder folder;
  must(write_text_file(folder.options.impl_models_dir, "in the way"));
  auto error = error_of(testing::write_models({learned({begin})}, whole, folder.options));
  CHECK(error.code == ec::store_failure);
  CHECK(error.message.find(folder.options.impl_models_dir.string()) != std::string::npos);
}
