#include "persistence/text_file.hpp"

#include "test/support/results.hpp"
#include "test/support/temporary_folder.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <iterator>

using namespace lockstep;
using namespace lockstep::test;
using Catch::Matchers::ContainsSubstring;

namespace {

auto entries_of(const std::filesystem::path& folder) {
  return std::distance(std::filesystem::directory_iterator{folder}, {});
}

} // namespace

TEST_CASE("a file is read back byte by byte", "[text_file]") {
  temporary_folder folder;
  auto file = folder / "text";
  for (const auto& text : {std::string{}, std::string{"one line\r\n"}, std::string(100'000, 'x'),
                           std::string{"\0\xFF\x1A\n", 4}}) {
    must(write_text_file(file, text));
    CHECK(must(read_text_file(file)) == text);
  }
  CHECK(entries_of(folder.path()) == 1);
}

TEST_CASE("a text that breaks off leaves the file as it was", "[text_file]") {
  temporary_folder folder;
  const auto file = folder / "text";
  must(write_text_file(file, "before"));
  const auto broken = write_text_file(file, [](std::ostream& out) -> result<void> {
    out << "half";
    return fail(ec::invalid_input, "the rest is missing");
  });
  CHECK(error_of(broken).message == "the rest is missing");
  CHECK(must(read_text_file(file)) == "before");
  CHECK(entries_of(folder.path()) == 1);
}

TEST_CASE("missing folders of a file are made", "[text_file]") {
  temporary_folder folder;
  auto file = folder / "a" / "b" / "text";
  must(write_text_file(file, "here"));
  CHECK(must(read_text_file(file)) == "here");
}

TEST_CASE("a file that is not there is an error that names it and the reason", "[text_file]") {
  temporary_folder folder;
  auto refused = error_of(read_text_file(folder / "nothing"));
  CHECK(refused.code == ec::invalid_input);
  CHECK_THAT(refused.message, ContainsSubstring((folder / "nothing").string()));
  CHECK_THAT(refused.message, ContainsSubstring("No such file"));
  CHECK(refused.context.at("file") == term{(folder / "nothing").string()});
}

TEST_CASE("a folder is not read as a file", "[text_file]") {
  temporary_folder folder;
  auto refused = error_of(read_text_file(folder.path()));
  CHECK(refused.code == ec::invalid_input);
  CHECK_THAT(refused.message, ContainsSubstring("Is a directory"));
}

TEST_CASE("a folder is not replaced by a file, and nothing is left beside it", "[text_file]") {
  temporary_folder folder;
  must(write_text_file(folder / "a" / "text", "here"));
  auto refused = error_of(write_text_file(folder / "a", "new"));
  CHECK(refused.code == ec::store_failure);
  CHECK_THAT(refused.message, ContainsSubstring((folder / "a").string()));
  CHECK(must(read_text_file(folder / "a" / "text")) == "here");
  CHECK(entries_of(folder.path()) == 1);
}

TEST_CASE("a folder that cannot be made is an error that names it", "[text_file]") {
  temporary_folder folder;
  must(write_text_file(folder / "file", "in the way"));
  auto refused = error_of(write_text_file(folder / "file" / "text", "new"));
  CHECK(refused.code == ec::store_failure);
  CHECK_THAT(refused.message, ContainsSubstring((folder / "file").string()));
}
