#include "model/term/term_text.hpp"

#include "test/support/term_generator.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace lockstep;

namespace {

term parsed(std::string_view text) {
  const auto value = parse_term(text);
  INFO(text << ": " << (value ? "" : value.error().message));
  REQUIRE(value);
  return *value;
}

std::string error_of(std::string_view text) {
  const auto value = parse_term(text);
  if (value)
    return "read as " + to_text(*value);
  CHECK(value.error().code == ec::invalid_term);
  return value.error().message;
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i)
    out += text;
  return out;
}

} // namespace

TEST_CASE("any term survives printing and reading", "[text]") {
  CHECK(rc::check([](const term& value) { RC_ASSERT(parse_term(to_text(value)) == value); }));
}

TEST_CASE("any text is read or refused", "[text]") {
  CHECK(rc::check([](const std::string& text) { (void)parse_term(text); }));
  const auto soup = rc::gen::container<std::string>(
      rc::gen::elementOf(std::string{"[]{}<>#=,|:/\"'\\$%-+0129aA_. \nxeu8"}));
  CHECK(rc::check([&] {
    const auto value = parse_term(*soup);
    if (value)
      RC_ASSERT(parse_term(to_text(*value)) == *value);
  }));
}

TEST_CASE("numbers are read in every notation", "[text]") {
  CHECK(parsed("-42") == term{-42});
  CHECK(parsed("+42") == term{42});
  CHECK(parsed("- 42") == term{-42});
  CHECK(parsed("1_000_000") == term{1'000'000});
  CHECK(parsed("16#fF") == term{255});
  CHECK(parsed("-2#1010") == term{-10});
  CHECK(parsed("36#Zz") == term{1295});
  CHECK(parsed("1.5e-3") == term{0.0015});
  CHECK(parsed("1_0.2_5E+2") == term{1025.0});
  CHECK(parsed("-0.0") == term{0.0});
  CHECK(parsed("5.0e-324") == term{5e-324});
  CHECK(parsed("$a") == term{97});
  CHECK(parsed("$\\n") == term{10});
  CHECK(parsed("$ ") == term{32});
  CHECK(parsed("$日") == term{0x65E5});
}

TEST_CASE("atoms are read with and without quotes", "[text]") {
  CHECK(parsed("order_1@Home") == term{atom{"order_1@Home"}});
  CHECK(parsed("été") == term{atom{"été"}});
  CHECK(parsed("'with \\'quote\\''") == term{atom{"with 'quote'"}});
  CHECK(parsed("'\\x{1F600}\\x41\\101\\e\\s\\d\\^A\\q'")
        == term{atom{"\xF0\x9F\x98\x80"
                     "AA\x1B \x7F\x01q"}});
  CHECK(parsed("'a\\000b'") == term{atom{std::string{"a\0b", 3}}});
  CHECK(parsed("end") == term{atom{"end"}});
}

TEST_CASE("atoms are printed with quotes where Erlang needs them", "[text]") {
  CHECK(to_text(atom{"ok"}) == "ok");
  CHECK(to_text(atom{"end"}) == "'end'");
  CHECK(to_text(atom{""}) == "''");
  CHECK(to_text(atom{"Upper"}) == "'Upper'");
  CHECK(to_text(atom{"_x"}) == "'_x'");
  CHECK(to_text(atom{"a\\b'\n"}) == "'a\\\\b\\'\\n'");
  CHECK(to_text(atom{"\xC2\x85"}) == "'\\205'");
}

TEST_CASE("strings are lists of characters", "[text]") {
  CHECK(parsed("\"aé日\"") == term::list({97, 0xE9, 0x65E5}));
  CHECK(parsed("\"\"") == term{});
  CHECK(to_text(term::list({97, 0xE9, 10, 34})) == "\"aé\\n\\\"\"");
  CHECK(to_text(term::list({97, 0x65E5})) == "[97,26085]");
  CHECK(to_text(term::list({97, 1})) == "[97,1]");
  CHECK(parsed("[1|\"ab\"]") == term::list({1, 97, 98}));
}

TEST_CASE("binaries and bit strings are read in every notation", "[text]") {
  CHECK(parsed("<<>>") == term{""});
  CHECK(parsed("<<\"abc\">>") == term{"abc"});
  CHECK(parsed("<<\"\\xe9\">>") == term{"\xE9"});
  CHECK(parsed("<<\"é\">>") == term{"\xE9"});
  CHECK(parsed("<<\"é\"/utf8>>") == term{"é"});
  CHECK(parsed("<< 1 , $a, \"b\" , 16#ff >>")
        == term{"\x01"
                "ab\xFF"});
  CHECK(parsed("<<255,1:3>>") == term{bitstring{"\xFF\x20", 3}});
  CHECK(parsed("<<1:4,2:4,1:16>>") == term{std::string{"\x12\0\1", 3}});
  CHECK(parsed("<<18446744073709551615:64>>") == term{std::string(8, '\xFF')});
}

TEST_CASE("binaries are printed as text where they are text", "[text]") {
  CHECK(to_text("order-1") == "<<\"order-1\">>");
  CHECK(to_text("é") == "<<\"é\"/utf8>>");
  CHECK(to_text("注文") == "<<\"注文\"/utf8>>");
  CHECK(to_text("\xE9t\xE9") == "<<\"été\">>");
  CHECK(to_text("a\x01") == "<<97,1>>");
  CHECK(to_text("\xC2\x85") == "<<194,133>>");
  CHECK(to_text(bitstring{"\xFF\x20", 3}) == "<<255,1:3>>");
}

TEST_CASE("floats are printed in their shortest form", "[text]") {
  CHECK(to_text(0.0) == "0.0");
  CHECK(to_text(1.0) == "1.0");
  CHECK(to_text(-0.1) == "-0.1");
  CHECK(to_text(1e22) == "1.0e22");
  CHECK(to_text(40300.0) == "4.03e4");
  CHECK(to_text(150980.0) == "150980.0");
  CHECK(to_text(0.001) == "0.001");
  CHECK(to_text(1e-5) == "1.0e-5");
  CHECK(to_text(9007199254740991.0) == "9007199254740991.0");
  CHECK(to_text(9007199254740992.0) == "9.007199254740992e15");
}

TEST_CASE("white space and comments may stand around everything", "[text]") {
  CHECK(parsed(" % a term\n { a , [ 1 | 2 ] , #{ k => v , 1 => [ ] } } % done")
        == parsed("{a,[1|2],#{k=>v,1=>[]}}"));
  CHECK(parsed("[1|[2|[3|[]]]]") == term::list({1, 2, 3}));
  CHECK(parsed("[1|[2|3]]") == term::improper_list({1, 2}, term{3}));
}

TEST_CASE("an error says where it is and what was expected", "[text]") {
  CHECK(error_of("") == "invalid term at column 1: expected a term, found the end");
  CHECK(error_of("{a,b") == "invalid term at column 5: expected ',' or '}', found the end");
  CHECK(error_of("{é b}") == "invalid term at column 4: expected ',' or '}', found 'b'");
  CHECK(error_of("[1,\n2 3]")
        == "invalid term at line 2, column 3: expected ',', '|' or ']', found '3'");
  CHECK(error_of("#{a 1}") == "invalid term at column 5: expected '=>', found '1'");
  CHECK(error_of("ok ok") == "invalid term at column 4: expected the end of the term, found 'o'");
  CHECK(error_of("Order")
        == "invalid term at column 1: expected a term (an atom that does not begin with a small "
           "letter needs single quotes), found 'O'");
  CHECK(error_of("'ab") == "invalid term at column 1: the text that begins with ' does not end");
  CHECK(error_of("<<256>>") == "invalid term at column 3: expected an integer of at most 8 bits");
  CHECK(error_of("<<\"日\">>")
        == "invalid term at column 3: a character of this text is more than a byte; write "
           "<<\"...\"/utf8>>");
  CHECK(error_of("a\xFF") == "invalid term: byte 1 is not UTF-8");
}

TEST_CASE("an error shows a control character by its number", "[text]") {
  CHECK(error_of("\"\\x{\n")
        == "invalid term at line 1, column 5: expected a hexadecimal digit, found '\\x0A'");
  CHECK(error_of("\x7F") == "invalid term at column 1: expected a term, found '\\x7F'");
  CHECK(error_of("a\x7F")
        == "invalid term at column 2: expected the end of the term, found '\\x7F'");
}

TEST_CASE("what is no term is refused", "[text]") {
  for (const auto* text : {"{",           "}",
                           "[1,]",        "[|1]",
                           "[1|2,3]",     "[1|2|3]",
                           "[1|[2],3]",   "[1|[2]",
                           "{a,}",        "#{a}",
                           "#{a=>}",      "#{a=>1,}",
                           "#a{}",        "1.",
                           "1.e5",        "1.0e",
                           "1__0",        "1_",
                           "_1",          "37#1",
                           "1#0",         "2#2",
                           "16#",         "0x10",
                           "1e5",         "-a",
                           "--1",         "$",
                           "$\\",         "'\\x{110000}'",
                           "'\\x{D800}'", "'\\x{}'",
                           "'\\x4'",      "'\\^a'",
                           "<<",          "<1>",
                           "<<1",         "<<1:0>>",
                           "<<1:65>>",    "<<8:3>>",
                           "<<-1>>",      "<<a>>",
                           "<<1.0>>",     "<<\"a\"/utf16>>",
                           "<<1,>>",      "<0.1.0>",
                           "#Ref<0.1>",   ":ok",
                           "%{}",         "1.0e400",
                           "\"",          "a.b"}) {
    INFO(text);
    CHECK_FALSE(parse_term(text));
  }
}

TEST_CASE("text may nest to the greatest depth and no deeper", "[text]") {
  const auto deepest = generate::nested(term::max_depth);
  CHECK(parsed(to_text(deepest)) == deepest);
  const auto brackets = [](std::size_t depth, const std::string& inner) {
    return repeated("[", depth) + inner + repeated("]", depth);
  };
  CHECK(parse_term(brackets(term::max_depth, "[]")));
  CHECK(parse_term(brackets(term::max_depth, "{}")));
  CHECK(error_of(brackets(term::max_depth + 1, "1"))
        == "invalid term at column 4001: terms nest more than 4000 deep");
  CHECK_FALSE(parse_term(brackets(term::max_depth, "\"a\"")));
  CHECK_FALSE(parse_term(repeated("#{a=>{", 1'000'000)));
  CHECK(parsed(repeated("[1|", 100'000) + "[]" + repeated("]", 100'000)).elements().size()
        == 100'000);
}

TEST_CASE("limits of size are kept in text", "[text]") {
  CHECK(parse_term(std::string{"'"}.append(repeated("日", 255)).append("'")));
  CHECK(error_of(repeated("a", 256))
        == "invalid term at column 1: an atom may have at most 255 characters");
  CHECK(parse_term(repeated("9", 9'000)));
  CHECK(error_of(repeated("9", 10'000))
        == "invalid term at column 1: an integer may have at most 4096 bytes");
}
