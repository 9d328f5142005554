#include "app/input/line_source.hpp"
#include "test/input/support.hpp"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <rapidcheck.h>

#include <fcntl.h>
#include <unistd.h>

using namespace lockstep;
using test::temp_dir;

namespace {

struct owned_line {
  std::string text;
  std::string end;
  std::uint64_t number;
  std::uint64_t offset;
  bool too_long = false;
  bool operator==(const owned_line&) const = default;
};

std::vector<owned_line> lines_of(line_source& source) {
  std::vector<owned_line> lines;
  for (;;) {
    auto next = source.next();
    REQUIRE(next);
    if (!*next)
      return lines;
    const auto& read = **next;
    lines.push_back(
        {std::string{read.text}, std::string{read.end}, read.number, read.offset, read.too_long});
  }
}

std::vector<owned_line> lines_in(const std::string& content,
                                 std::size_t limit = line_source::default_max_line_bytes) {
  temp_dir dir;
  auto source = line_source::open(dir.file(content), limit);
  REQUIRE(source);
  auto lines = lines_of(*source);
  CHECK(source->bytes() == content.size());
  CHECK(source->total_bytes() == content.size());
  CHECK(source->lines() == lines.size());
  return lines;
}

/// Puts a file in the place of standard input.
class replaced_standard_input {
public:
  explicit replaced_standard_input(const std::string& path) : saved_(::dup(STDIN_FILENO)) {
    const auto file = ::open(path.c_str(), O_RDONLY);
    REQUIRE(file >= 0);
    REQUIRE(::dup2(file, STDIN_FILENO) == STDIN_FILENO);
    ::close(file);
  }
  replaced_standard_input(const replaced_standard_input&) = delete;
  replaced_standard_input& operator=(const replaced_standard_input&) = delete;
  ~replaced_standard_input() {
    ::dup2(saved_, STDIN_FILENO);
    ::close(saved_);
  }

private:
  int saved_;
};

} // namespace

TEST_CASE("an empty file has no lines", "[line_source]") { CHECK(lines_in("").empty()); }

TEST_CASE("lines know their number, offset and end", "[line_source]") {
  CHECK(lines_in("ab\ncde\r\n\nf\n")
        == std::vector<owned_line>{
            {"ab", "\n", 1, 0}, {"cde", "\r\n", 2, 3}, {"", "\n", 3, 8}, {"f", "\n", 4, 9}});
}

TEST_CASE("a last line needs no line feed", "[line_source]") {
  CHECK(lines_in("a\nb") == std::vector<owned_line>{{"a", "\n", 1, 0}, {"b", "", 2, 2}});
}

TEST_CASE("a carriage return without a line feed is text", "[line_source]") {
  CHECK(lines_in("a\rb\nc\r") == std::vector<owned_line>{{"a\rb", "\n", 1, 0}, {"c\r", "", 2, 4}});
}

TEST_CASE("a byte order mark belongs to no line but counts in offsets", "[line_source]") {
  CHECK(lines_in("\xEF\xBB\xBF"
                 "a\nb\n")
        == std::vector<owned_line>{{"a", "\n", 1, 3}, {"b", "\n", 2, 5}});
  CHECK(lines_in("\xEF\xBB\xBF").empty());
  CHECK(lines_in("\xEF\xBB") == std::vector<owned_line>{{"\xEF\xBB", "", 1, 0}});
}

TEST_CASE("only lines over the limit are skipped", "[line_source]") {
  const auto content = std::string{"1234\n12345\n1234\r\n12345\r\n12345"};
  CHECK(lines_in(content, 4)
        == std::vector<owned_line>{{"1234", "\n", 1, 0},
                                   {"", "\n", 2, 5, true},
                                   {"1234", "\r\n", 3, 11},
                                   {"", "\r\n", 4, 17, true},
                                   {"", "", 5, 24, true}});
}

TEST_CASE("a line of many buffers is skipped, and the next one is read", "[line_source]") {
  const auto long_line = std::string(3'000'000, 'x');
  const auto lines = lines_in("a\n" + long_line + "\nb\n");
  CHECK(lines
        == std::vector<owned_line>{
            {"a", "\n", 1, 0}, {"", "\n", 2, 2, true}, {"b", "\n", 3, 3'000'003}});
}

TEST_CASE("a line longer than the buffer is delivered whole if the limit allows", "[line_source]") {
  const auto long_line = std::string(500'000, 'x') + 'y';
  const auto lines = lines_in(long_line + "\r\nb");
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].text == long_line);
  CHECK(lines[0].end == "\r\n");
  CHECK(lines[1] == owned_line{"b", "", 2, 500'003});
}

TEST_CASE("the limit is exact for lines longer than the buffer", "[line_source]") {
  for (const std::string end : {"", "\n", "\r\n"}) {
    const auto fitting = lines_in(std::string(200'000, 'x') + end, 200'000);
    REQUIRE(fitting.size() == 1);
    CHECK_FALSE(fitting[0].too_long);
    CHECK(fitting[0].text.size() == 200'000);
    CHECK(fitting[0].end == end);
    const auto skipped = lines_in(std::string(200'001, 'x') + end, 200'000);
    REQUIRE(skipped.size() == 1);
    CHECK(skipped[0].too_long);
    CHECK(skipped[0].text.empty());
  }
}

TEST_CASE("line ends may fall on every place in the buffer", "[line_source]") {
  for (std::size_t size = 65'530; size < 65'540; ++size) {
    const auto text = std::string(size, 'x');
    const auto lines = lines_in(text + "\r\nb\r\n");
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].text.size() == size);
    CHECK(lines[1] == owned_line{"b", "\r\n", 2, size + 2});
  }
}

TEST_CASE("joined lines are the file, and offsets point at them", "[line_source]") {
  CHECK(rc::check([] {
    const auto pieces = *rc::gen::container<std::vector<std::string>>(
        rc::gen::container<std::string>(rc::gen::element('a', 'b', '\r', '\n', '\0', '\xFF')));
    std::string content;
    for (const auto& piece : pieces)
      content += piece;
    std::string joined;
    std::uint64_t number = 0;
    for (const auto& each : lines_in(content)) {
      RC_ASSERT(each.offset == joined.size());
      RC_ASSERT(each.number == ++number);
      RC_ASSERT(each.text.find('\n') == std::string::npos);
      joined += each.text + each.end;
    }
    RC_ASSERT(joined == content);
  }));
}

TEST_CASE("a file that is not there is an error that says why", "[line_source]") {
  temp_dir dir;
  const auto path = dir.path() + "/missing.log";
  const auto source = line_source::open(path);
  REQUIRE_FALSE(source);
  CHECK(source.error().code == ec::invalid_input);
  CHECK(source.error().message
        == "cannot read \"" + path
               + "\": No such file or directory; name a readable file, or - for standard input");
}

TEST_CASE("a directory is an error that says so", "[line_source]") {
  temp_dir dir;
  const auto source = line_source::open(dir.path());
  REQUIRE_FALSE(source);
  CHECK(source.error().message.find("Is a directory") != std::string::npos);
}

TEST_CASE("a dash is standard input", "[line_source]") {
  temp_dir dir;
  const replaced_standard_input input{dir.file("a\nb")};
  auto source = line_source::open("-");
  REQUIRE(source);
  CHECK(source->path() == "-");
  CHECK(source->total_bytes() == 3);
  CHECK(lines_of(*source) == std::vector<owned_line>{{"a", "\n", 1, 0}, {"b", "", 2, 2}});
}

TEST_CASE("a device has no size", "[line_source]") {
  const auto source = line_source::open("/dev/null");
  REQUIRE(source);
  CHECK_FALSE(source->total_bytes());
}

TEST_CASE("a source may move between two lines", "[line_source]") {
  temp_dir dir;
  auto source = line_source::open(dir.file("a\nb\n"));
  REQUIRE(source);
  REQUIRE(source->next());
  auto moved = *std::move(source);
  CHECK(lines_of(moved) == std::vector<owned_line>{{"b", "\n", 2, 2}});
}
