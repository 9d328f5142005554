/// What a node does with a store of millions of instances: see `bench_big_data --help`.

#include "actors/types.hpp"
#include "bench/big_data/filling.hpp"
#include "bench/big_data/node_phase.hpp"
#include "bench/load/workload.hpp"
#include "bench/support/disk_folder.hpp"
#include "bench/support/process_usage.hpp"

#include <chrono>
#include <fstream>
#include <iostream>
#include <stdexcept>

using namespace lockstep;
using namespace lockstep::bench;

namespace {

double bytes_in(const std::filesystem::path& folder) {
  double sum = 0;
  for (const auto& one : std::filesystem::recursive_directory_iterator{folder})
    if (one.is_regular_file())
      sum += static_cast<double>(one.file_size());
  return sum;
}

void run(const big_data_options& options) {
  std::ofstream file;
  const auto to_output = options.json == "-";
  if (options.json && !to_output)
    if (file.open(*options.json); !file)
      throw std::runtime_error{options.json->string() + " cannot be written"};
  const disk_folder folder{options.folder};
  const auto identifiers = uuids(options.instances);
  scorecard card;

  const auto begun = std::chrono::steady_clock::now();
  fill_apart(folder.path(), identifiers, options);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begun;
  const auto instances = static_cast<double>(options.instances);
  card.add("instances", instances, "", {}, 0);
  card.add("steps recorded while the store is filled",
           instances * static_cast<double>(steps_each) / taken.count(), "1/s", {}, 0);
  card.add("disk for an instance of " + std::to_string(steps_each) + " steps",
           bytes_in(folder.path()) / instances, "bytes", {}, 0);
  measure_node(folder.path(), identifiers, options, card);
  measure_books(folder.path(), identifiers, options, card);

  if (!to_output)
    card.table().print(std::cout);
  if (!options.json)
    return;
  auto& out = to_output ? std::cout : static_cast<std::ostream&>(file);
  out << card.table().to_json().dump(2) << '\n' << std::flush;
  if (!out)
    throw std::runtime_error{options.json->string() + " cannot be written"};
}

} // namespace

int main(int argc, char** argv) {
  int status = 0;
  const auto options = read_big_data_options(argc, argv, status);
  if (!options)
    return status;
  disk_folder::remove_on_signals();
  make_types_known();
  try {
    run(*options);
    return 0;
  } catch (const std::exception& wrong) {
    std::cerr << "bench_big_data: " << wrong.what() << '\n';
    return 1;
  }
}
