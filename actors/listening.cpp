#include "actors/listening.hpp"

#include <cerrno>
#include <memory>
#include <system_error>

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

namespace lockstep {

namespace {

/// @returns 0, or the number of the error.
int bind_error(const addrinfo& where) {
  auto descriptor = ::socket(where.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0)
    return errno;
  // As CAF does it: a port whose last connections are still being closed is free.
  const int on = 1;
  ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  auto reason =
      ::bind(descriptor, where.ai_addr, where.ai_addrlen) == 0 && ::listen(descriptor, 1) == 0
          ? 0
          : errno;
  ::close(descriptor);
  return reason;
}

} // namespace

tl::unexpected<failure> cannot_listen(const std::string& address, std::uint16_t port,
                                      const std::string& reason) {
  return fail(ec::unavailable, "cannot listen on " + address + ":" + std::to_string(port) + ": "
                                   + reason + "; choose another port or address");
}

result<void> try_listening(const std::string& address, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (auto error = ::getaddrinfo(address.empty() ? nullptr : address.c_str(),
                                 std::to_string(port).c_str(), &hints, &found))
    return cannot_listen(address, port, ::gai_strerror(error));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned{found, ::freeaddrinfo};
  int reason = 0;
  // One of several addresses of a name is enough.
  for (const auto* one = found; one != nullptr; one = one->ai_next)
    if (reason = bind_error(*one); reason == 0)
      return {};
  if (reason == EADDRINUSE)
    return fail(ec::unavailable, "port " + std::to_string(port) + " is in use at " + address
                                     + "; choose another port or address");
  return cannot_listen(address, port, std::generic_category().message(reason));
}

} // namespace lockstep
