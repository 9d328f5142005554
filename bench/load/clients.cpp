#include "bench/load/clients.hpp"

#include <exception>
#include <stdexcept>
#include <thread>

namespace lockstep::bench {

load client_threads(workload& work, std::size_t clients,
                    std::function<void(tally&, share&, const window&)> body) {
  return [&work, clients, body](const window& when) -> std::function<tally()> {
    struct shared {
      std::vector<tally> seen;
      std::vector<std::jthread> threads;
    };
    auto all = std::make_shared<shared>();
    all->seen.resize(clients);
    for (std::size_t client = 0; client < clients; ++client)
      all->threads.emplace_back([&work, &seen = all->seen[client], client, clients, body, when] {
        share mine{work, client, clients};
        try {
          while (bench_clock::now() < when.until)
            body(seen, mine, when);
        } catch (const std::exception& wrong) {
          seen.error = wrong.what();
        }
      });
    return [all] {
      all->threads.clear(); // joins
      tally sum;
      for (const auto& one : all->seen)
        sum.add(one);
      return sum;
    };
  };
}

load requesting_threads(const instance_manager& manager, workload& work, std::size_t clients) {
  return client_threads(work, clients, [manager](tally& seen, share& mine, const window& when) {
    const auto sent = bench_clock::now();
    const auto answer = manager.step(mine.all().next_step(mine.next()));
    if (!answer)
      throw std::runtime_error{answer.error().message};
    seen.answered(sent, bench_clock::now(), when);
  });
}

load batching_threads(const instance_manager& manager, workload& work, std::size_t clients,
                      std::size_t list) {
  return client_threads(work, clients,
                        [manager, list](tally& seen, share& mine, const window& when) {
                          const auto sent = bench_clock::now();
                          std::vector<step_report> steps;
                          steps.reserve(list);
                          for (std::size_t i = 0; i < list; ++i)
                            steps.push_back(mine.all().next_step(mine.next()));
                          const auto answers = manager.steps(std::move(steps));
                          if (!answers)
                            throw std::runtime_error{answers.error().message};
                          for (const auto& one : *answers)
                            if (one.error)
                              throw std::runtime_error{one.error->message};
                          seen.answered(sent, bench_clock::now(), when, list);
                        });
}

} // namespace lockstep::bench
