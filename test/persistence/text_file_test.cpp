#include "persistence/text_file.hpp"

#include "test/support/results.hpp"
#include "test/support/temporary_folder.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <array>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace lockstep;
using namespace lockstep::test;
using Catch::Matchers::ContainsSubstring;

namespace {

auto entries_of(const std::filesystem::path& folder) {
  return std::distance(std::filesystem::directory_iterator{folder}, {});
}

auto permissions_of(const std::filesystem::path& file) {
  return static_cast<unsigned>(std::filesystem::status(file).permissions());
}

/// A descriptor that is closed in the end.
struct opened {
  int number;
  ~opened() { ::close(number); }
  [[nodiscard]] std::string path() const { return "/dev/fd/" + std::to_string(number); }
};

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

TEST_CASE("a file of more than the limit is refused", "[text_file]") {
  temporary_folder folder;
  const auto file = folder / "text";
  must(write_text_file(file, std::string(100'000, 'x')));
  CHECK(must(read_text_file(file, {.bytes = 100'000})).size() == 100'000);
  const auto refused = error_of(read_text_file(file, {.bytes = 99'999}));
  CHECK(refused.code == ec::invalid_input);
  CHECK(refused.message
        == file.string() + " is larger than 99999 bytes, the most that is read of such a file");
}

TEST_CASE("a file with a line of more than the limit is refused at that line", "[text_file]") {
  temporary_folder folder;
  const auto file = folder / "text";
  // Lines that begin and end anywhere in the blocks that are read.
  const auto size =
      GENERATE(std::size_t{1}, std::size_t{65'535}, std::size_t{65'536}, std::size_t{100'000});
  const std::string line(size, 'x');
  must(write_text_file(file, line + '\n' + line + "\n\n" + line));
  CHECK(must(read_text_file(file, {.line_bytes = size})).size() == 3 * size + 3);
  must(write_text_file(file, line + '\n' + line + "\n" + line + "y\n"));
  CHECK(error_of(read_text_file(file, {.line_bytes = size})).message
        == file.string() + ", line 3: the line is longer than " + std::to_string(size) + " bytes");
}

TEST_CASE("a file keeps its permissions when it is written anew", "[text_file]") {
  temporary_folder folder;
  const auto file = folder / "text";
  must(write_text_file(file, "before"));
  must(write_text_file(folder / "other", "usual"));
  CHECK(permissions_of(file) == permissions_of(folder / "other"));
  for (const auto mode : {0640U, 0755U, 0600U, 0666U}) {
    REQUIRE(::chmod(file.c_str(), mode) == 0);
    must(write_text_file(file, "after"));
    CHECK(permissions_of(file) == mode);
  }
}

TEST_CASE("a link stays, and what it leads to is written", "[text_file]") {
  temporary_folder folder;
  std::filesystem::create_directory(folder / "there");
  std::filesystem::create_symlink("there/text", folder / "inner");
  std::filesystem::create_symlink(folder / "inner", folder / "outer");
  for (const auto* text : {"to nothing yet", "to a file"}) {
    must(write_text_file(folder / "outer", text));
    CHECK(std::filesystem::is_symlink(folder / "outer"));
    CHECK(std::filesystem::is_symlink(folder / "inner"));
    CHECK_FALSE(std::filesystem::is_symlink(folder / "there" / "text"));
    CHECK(must(read_text_file(folder / "there" / "text")) == text);
  }
  CHECK(entries_of(folder / "there") == 1);
}

TEST_CASE("a link to itself is an error", "[text_file]") {
  temporary_folder folder;
  std::filesystem::create_symlink("text", folder / "text");
  CHECK_THAT(error_of(write_text_file(folder / "text", "new")).message,
             ContainsSubstring("symbolic link"));
  CHECK(std::filesystem::is_symlink(folder / "text"));
}

TEST_CASE("a pipe stays one and gets the text, also through a link", "[text_file]") {
  temporary_folder folder;
  const auto pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const opened reader{::open(pipe.c_str(), O_RDWR | O_NONBLOCK)};
  REQUIRE(reader.number >= 0);
  std::filesystem::create_symlink("pipe", folder / "link");
  for (const auto& path : {pipe, folder / "link"}) {
    must(write_text_file(path, "here"));
    std::array<char, 16> text{};
    REQUIRE(::read(reader.number, text.data(), text.size()) == 4);
    CHECK(std::string(text.data()) == "here");
    CHECK(std::filesystem::is_fifo(pipe));
  }
  CHECK(std::filesystem::is_symlink(folder / "link"));
  CHECK(entries_of(folder.path()) == 2);
}

TEST_CASE("a descriptor gets the text where it is", "[text_file]") {
  temporary_folder folder;
  const auto file = folder / "text";
  must(write_text_file(file, ""));
  const opened writer{::open(file.c_str(), O_WRONLY | O_CLOEXEC)};
  if (!std::filesystem::exists(writer.path()))
    SKIP("this system has no /dev/fd");
  REQUIRE(::write(writer.number, "first ", 6) == 6);
  must(write_text_file(writer.path(), "second "));
  REQUIRE(::write(writer.number, "third", 5) == 5);
  CHECK(must(read_text_file(file)) == "first second third");

  const opened reader{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  const auto refused = error_of(write_text_file(reader.path(), "new"));
  CHECK(refused.code == ec::store_failure);
  CHECK_THAT(refused.message, ContainsSubstring(reader.path() + ": Bad file descriptor"));
}

TEST_CASE("what others have beside a file is left alone", "[text_file]") {
  temporary_folder folder;
  std::ofstream{folder / "text.new"} << "mine";
  must(write_text_file(folder / "text", "here"));
  CHECK(must(read_text_file(folder / "text")) == "here");
  CHECK(must(read_text_file(folder / "text.new")) == "mine");
  CHECK(entries_of(folder.path()) == 2);
}
