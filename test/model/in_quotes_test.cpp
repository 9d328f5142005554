#include "model/in_quotes.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;

TEST_CASE("text is quoted as it is", "[in_quotes]") {
  CHECK(in_quotes("") == "\"\"");
  CHECK(in_quotes("größer als \xE2\x82\xAC 5") == "\"größer als \xE2\x82\xAC 5\"");
}

TEST_CASE("what would break a line or is no text is escaped", "[in_quotes]") {
  CHECK(in_quotes("a\nb\x7F") == "\"a\\x0Ab\\x7F\"");
  CHECK(in_quotes("a\xC2\x85") == "\"a\\xC2\\x85\""); // next line, a control character
  CHECK(in_quotes("\xFFok\xE2\x82") == "\"\\xFFok\\xE2\\x82\"");
}

TEST_CASE("different names are quoted differently", "[in_quotes]") {
  CHECK(quoted_name("a \"b\" `c`", '"') == R"("a \"b\" `c`")");
  CHECK(quoted_name("a \"b\" `c`", '`') == R"(`a "b" \`c\``)");
  CHECK(quoted_name("\\xFF", '"') == R"("\\xFF")");
  CHECK(quoted_name("\xFF", '"') == R"("\xFF")");
  CHECK(quoted_name("abc", '"', 2) == "\"ab\"...");
  CHECK(quoted_name("abc", '"', 3) == "\"abc\"");
}

TEST_CASE("long text is cut between characters", "[in_quotes]") {
  std::string eighty;
  for (int i = 0; i < 80; ++i)
    eighty += "ü";
  CHECK(in_quotes(eighty) == '"' + eighty + '"');
  CHECK(in_quotes(eighty + "x") == '"' + eighty + "\"...");
}

TEST_CASE("a path stays on one line and whole", "[in_quotes]") {
  const std::string path = std::string(200, 'x') + "/größer \"a\".json";
  CHECK(on_one_line(path) == path);
  CHECK(on_one_line("a\nb\x1B[0m\xFF") == "a\\x0Ab\\x1B[0m\\xFF");
}
