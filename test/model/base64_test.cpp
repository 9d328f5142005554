#include "model/term/base64.hpp"

#include <catch2/catch_test_macros.hpp>
#include <rapidcheck.h>

using namespace lockstep;

TEST_CASE("Base64 follows the test vectors of RFC 4648", "[base64]") {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    CHECK(to_base64(bytes) == text);
    CHECK(from_base64(text) == bytes);
  }
}

TEST_CASE("any bytes survive Base64", "[base64]") {
  CHECK(rc::check([](const std::string& bytes) { return from_base64(to_base64(bytes)) == bytes; }));
}

TEST_CASE("Base64 is refused in any other form", "[base64]") {
  for (const auto* text : {"Zg", "Zg=", "Zg===", "=", "====", "Zm9v=", "Z===", "Zg==Zg==", "Zm9\n",
                           "Zm 9", "Zm-_", "Zh==", "Zm9=", "Zg==\n"}) {
    INFO(text);
    CHECK_FALSE(from_base64(text));
  }
  CHECK(from_base64("Zm*v").error().message
        == "not Base64: column 3 is none of A-Z, a-z, 0-9, + and /");
}
