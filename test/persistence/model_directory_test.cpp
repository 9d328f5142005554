#include "persistence/model_directory.hpp"

#include "persistence/text_file.hpp"
#include "test/support/results.hpp"
#include "test/support/temporary_folder.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace lockstep;
using namespace lockstep::test;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string init{initialisation_action};

implementation_model model_of(const std::string& specification) {
  return {specification, false, {{"", init, "new"}, {"new", "pay", "paid"}}};
}

} // namespace

TEST_CASE("a model's file has the name of its specification", "[model_directory]") {
  CHECK(model_file_name("Elixir.MyApp.OrderSpec") == "Elixir.MyApp.OrderSpec.spex");
  CHECK(model_file_name("a/b") == "a%2Fb.spex");
  CHECK(model_file_name("a%2Fb") == "a%252Fb.spex");
  CHECK(model_file_name("../..") == "..%2F...spex");
}

TEST_CASE("a folder of models that is not there has none", "[model_directory]") {
  temporary_folder folder;
  CHECK(must(read_models(folder / "nothing")).empty());
  CHECK(must(read_models(folder.path())).empty());
}

TEST_CASE("models are read in the order of their files, other files ignored", "[model_directory]") {
  temporary_folder folder;
  for (const auto* specification : {"Order", "Invoice", "a/b"})
    CHECK(must(write_model(folder.path(), model_of(specification))));
  must(write_text_file(folder / "README.md", "about"));
  must(write_text_file(folder / "Order.spex.new", "half"));
  CHECK(must(read_models(folder.path()))
        == std::vector{model_of("Invoice"), model_of("Order"), model_of("a/b")});
}

TEST_CASE("a file need not have the name of its specification", "[model_directory]") {
  temporary_folder folder;
  must(write_text_file(folder / "mine.spex",
                       "Specification: Order\r\nLearning mode: true\r\nTransitions:\r\n"
                       "nil --[__initialisation__]-> new\r\n"));
  CHECK(must(read_models(folder.path()))
        == std::vector{implementation_model{"Order", true, {{"", init, "new"}}}});
}

TEST_CASE("a bad file of models stops with file, line and reason", "[model_directory]") {
  temporary_folder folder;
  must(write_model(folder.path(), model_of("Order")));
  must(write_text_file(folder / "bad.spex", "Specification: Order\nLearning mode: false\n"
                                            "Transitions:\nnew -> paid\n"));
  auto refused = error_of(read_models(folder.path()));
  CHECK(refused.code == ec::invalid_spex_file);
  CHECK(refused.context.at("file") == term{(folder / "bad.spex").string()});
  CHECK(refused.context.at("line") == term{4});
}

TEST_CASE("a folder that has the name of a model is an error that names it", "[model_directory]") {
  temporary_folder folder;
  std::filesystem::create_directory(folder / "Order.spex");
  auto refused = error_of(read_models(folder.path()));
  CHECK(refused.code == ec::invalid_spex_file);
  CHECK_THAT(refused.message, ContainsSubstring((folder / "Order.spex").string()));
}

TEST_CASE("two files for one specification are an error that names both", "[model_directory]") {
  temporary_folder folder;
  must(write_model(folder.path(), model_of("Order")));
  std::filesystem::copy_file(folder / "Order.spex", folder / "mine.spex");
  auto refused = error_of(read_models(folder.path()));
  CHECK(refused.code == ec::invalid_spex_file);
  CHECK_THAT(refused.message, ContainsSubstring((folder / "Order.spex").string()));
  CHECK_THAT(refused.message, ContainsSubstring((folder / "mine.spex").string()));
}

TEST_CASE("a file in the place of the folder of models is an error that names the option",
          "[model_directory]") {
  temporary_folder folder;
  must(write_text_file(folder / "file", ""));
  auto refused = error_of(read_models(folder / "file"));
  CHECK(refused.code == ec::invalid_spex_file);
  CHECK_THAT(refused.message, ContainsSubstring("impl-models-dir"));
  CHECK(error_code_of(write_model(folder / "file", model_of("Order"))) == ec::store_failure);
}

TEST_CASE("a model is written only if its file says something else", "[model_directory]") {
  temporary_folder folder;
  CHECK(must(write_model(folder / "models", model_of("Order"))));
  CHECK_FALSE(must(write_model(folder / "models", model_of("Order"))));

  auto larger = model_of("Order");
  larger.transitions.insert({"paid", "ship", "shipped"});
  CHECK(must(write_model(folder / "models", larger)));
  CHECK(must(read_models(folder / "models")) == std::vector{larger});

  must(write_text_file(folder / "models" / "Order.spex", "no model"));
  CHECK(must(write_model(folder / "models", larger)));
  CHECK(must(read_models(folder / "models")) == std::vector{larger});
}

TEST_CASE("the order and the line ends of a file do not matter", "[model_directory]") {
  temporary_folder folder;
  must(write_text_file(folder / "Order.spex",
                       "Specification: Order\r\nLearning mode: false\r\nTransitions:\r\n"
                       "new --[pay]-> paid\r\nnil --[__initialisation__]-> new\r\n"));
  CHECK_FALSE(must(write_model(folder.path(), model_of("Order"))));
}

TEST_CASE("a model goes to the file that has it already", "[model_directory]") {
  temporary_folder folder;
  must(write_text_file(folder / "mine.spex", to_file(model_of("Order")).text));
  auto changed = model_of("Order");
  changed.transitions.insert({"paid", "ship", "shipped"});
  CHECK(must(write_model(folder.path(), changed)));
  CHECK_FALSE(std::filesystem::exists(folder / "Order.spex"));
  CHECK(must(read_models(folder.path())) == std::vector{changed});
}

TEST_CASE("a model that could not be read back is not written over a good one",
          "[model_directory]") {
  temporary_folder folder;
  CHECK(must(write_model(folder.path(), model_of("Order"))));
  auto odd = model_of("Order");
  odd.transitions.insert({"a", "x]-> y", "b --[q]-> z"});
  CHECK(error_code_of(write_model(folder.path(), odd)) == ec::invalid_spex_file);
  CHECK(must(read_models(folder.path())) == std::vector{model_of("Order")});
}

TEST_CASE("a model is not written over that of another specification", "[model_directory]") {
  temporary_folder folder;
  must(write_text_file(folder / "Order.spex", to_file(model_of("Invoice")).text));
  CHECK(error_code_of(write_model(folder.path(), model_of("Order"))) == ec::invalid_spex_file);
  CHECK(must(read_models(folder.path())) == std::vector{model_of("Invoice")});
}

TEST_CASE("a model with an endless line is refused at that line", "[model_directory]") {
  temporary_folder folder;
  must(write_text_file(folder / "Order.spex",
                       "Specification: Order\n" + std::string(max_model_line_bytes + 1, 'x')));
  const auto refused = error_of(read_model(folder / "Order.spex"));
  CHECK(refused.code == ec::invalid_spex_file);
  CHECK_THAT(refused.message,
             ContainsSubstring("Order.spex, line 2: the line is longer than 1 MiB"));
}
