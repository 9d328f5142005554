#include "app/configuration.hpp"

#include "fuzz/properties.hpp"

#include <algorithm>
#include <sstream>
#include <string>

#include <caf/actor_system_config.hpp>
#include <caf/init_global_meta_objects.hpp>

using namespace lockstep;

namespace {

/// Takes the lines `--NAME=VALUE` off that the text begins with, as the command line's options.
command_line_options take_options(std::string_view& text) {
  command_line_options options;
  options.config_file = "conf/node.conf";
  while (text.starts_with("--")) {
    const auto size = std::min(text.find('\n'), text.size());
    const auto option = text.substr(2, size - 2);
    text.remove_prefix(std::min(size + 1, text.size()));
    if (const auto equals = option.find('='); equals != std::string_view::npos)
      options.values[std::string(option.substr(0, equals))].emplace_back(option.substr(equals + 1));
  }
  return options;
}

void demand_in_bounds(const configuration& made) {
  fuzz::demand(made.distribution_factor >= 1 && made.distribution_factor <= 1'024,
               "there are 1 to 1024 shards");
  fuzz::demand(made.max_resident_instances >= 1, "a shard keeps an instance at least");
  fuzz::demand(!made.prune_interval || *made.prune_interval > duration::zero(),
               "the pause between two passes is longer than nothing");
  fuzz::demand(!made.store_dir.empty() && !made.impl_models_dir.empty(), "folders have names");
  fuzz::demand(!made.address.empty(), "there is an address");
  for (std::size_t i = 0; i < made.script.size(); ++i)
    fuzz::demand(made.script[i].number == i + 1, "steps are numbered from 1");
  if (!made.input)
    return;
  fuzz::demand(made.input->max_record_bytes >= 1, "a record may have a byte");
  if (made.input->format == input_format::lines)
    fuzz::demand(!made.input->rules.empty(), "there is a rule for lines");
  else
    fuzz::demand(made.input->rules.empty(), "rules are for lines");
}

} // namespace

/// What the program does first, too.
extern "C" int LLVMFuzzerInitialize(int*, char***) {
  caf::core::init_global_meta_objects();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = fuzz::text_of(data, size);
  const auto options = take_options(text);
  std::istringstream source{std::string(text)};
  const auto settings = caf::actor_system_config::parse_config(source);
  if (!settings)
    return 0;
  if (const auto made = make_configuration(*settings, options))
    demand_in_bounds(*made);
  else
    fuzz::demand_message(made.error(), ec::invalid_configuration);
  return 0;
}
