#pragma once

/// What a fleet knows of its workers' messages when it is compiled.

#include <caf/detail/implicit_conversions.hpp>
#include <caf/response_type.hpp>
#include <caf/unit.hpp>

#include <type_traits>

namespace lockstep {

/// In the place of an answer's type: the one that the worker's interface says.
struct from_interface;

namespace detail {

/// As what an argument travels, e.g. `"text"` as a `std::string`.
template <class T>
using sent_as = caf::detail::strip_and_convert_t<T>;

template <class Worker, class... Ts>
using response_of = caf::response_type<typename Worker::signatures, sent_as<Ts>...>;

template <class Response>
struct only_answer {
  static_assert(sizeof(Response) == 0,
                "say what the worker answers, as in call<int>(key, ...): its interface does not "
                "tell, or it answers with several values");
};
template <template <class...> class List>
struct only_answer<List<>> {
  using type = void;
};
template <template <class...> class List, class T>
struct only_answer<List<T>> {
  using type = std::conditional_t<std::is_same_v<T, caf::unit_t>, void, T>;
};

template <class Wanted, class Response>
struct checked_answer : only_answer<Response> {
  static_assert(std::is_same_v<Wanted, typename only_answer<Response>::type>,
                "the worker's interface says that it answers with another type");
};
template <class Response>
struct checked_answer<from_interface, Response> : only_answer<Response> {};
/// Without a typed interface the caller must know.
template <class Wanted>
requires(!std::is_same_v<Wanted, from_interface>) struct checked_answer<Wanted, caf::message> {
  using type = Wanted;
};

} // namespace detail

/// Does the worker's interface have such a message? Handles without a type have every message.
template <class Worker, class... Ts>
concept understands = detail::response_of<Worker, Ts...>::valid;

/// What the worker answers: `Wanted`, if it fits, or what the interface says.
template <class Worker, class Wanted, class... Ts>
using answer_of =
    typename detail::checked_answer<Wanted,
                                    typename detail::response_of<Worker, Ts...>::type>::type;

} // namespace lockstep
