#pragma once

#include "actors/keyed/keyed_shards.hpp"
#include "app/script/script.hpp"
#include "model/failure.hpp"

#include <concepts>
#include <functional>
#include <span>
#include <string>

namespace lockstep {

/// A call about keyed shards.
template <class T>
concept keyed_call = std::same_as<T, script::reserve> || std::same_as<
    T, script::write> || std::same_as<T, script::read> || std::
    same_as<T, script::unreserve> || std::same_as<T, script::advance_watermark> || std::same_as<
        T, script::start_shard> || std::same_as<T, script::shards>;

/// Execute a call. @param there The keyed shards of the node. @returns the line that tells its
/// result, `invalid_argument` if it is not clear whose shards are meant, and the call's own errors.
[[nodiscard]] result<std::string> execute(const script::reserve& call,
                                          std::span<const keyed_shards> there);
[[nodiscard]] result<std::string> execute(const script::write& call,
                                          std::span<const keyed_shards> there);
/// @param interrupted Asked while the read waits; it gives up if that says so. Errors:
/// `expectation_failed`, too.
[[nodiscard]] result<std::string> execute(const script::read& call,
                                          std::span<const keyed_shards> there,
                                          const std::function<bool()>& interrupted);
[[nodiscard]] result<std::string> execute(const script::unreserve& call,
                                          std::span<const keyed_shards> there);
[[nodiscard]] result<std::string> execute(const script::advance_watermark& call,
                                          std::span<const keyed_shards> there);
[[nodiscard]] result<std::string> execute(const script::start_shard& call,
                                          std::span<const keyed_shards> there);
[[nodiscard]] result<std::string> execute(const script::shards& call,
                                          std::span<const keyed_shards> there);

/// How a call is shown before its result.
[[nodiscard]] std::string title_of(const script::reserve& call);
[[nodiscard]] std::string title_of(const script::write& call);
[[nodiscard]] std::string title_of(const script::read& call);
[[nodiscard]] std::string title_of(const script::unreserve& call);
[[nodiscard]] std::string title_of(const script::advance_watermark& call);
[[nodiscard]] std::string title_of(const script::start_shard& call);
[[nodiscard]] std::string title_of(const script::shards& call);

} // namespace lockstep
