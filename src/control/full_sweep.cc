#include "control/full_sweep.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "dr/messages/message.h"

namespace s3dr::control {
namespace {

Task<> publish_look(functions::Context& context, ports::Topic& topic, s3::BucketName bucket,
                    SweepResult& result) {
  std::string correlation = context.random.hex(16);
  try {
    co_await topic.publish(
        dr::to_json(dr::message_for(context.policy, dr::MessageKind::look, bucket, std::move(correlation))));
    ++result.published;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    context.log.warning("not published", {{"bucket", bucket.text()}, {"why", error.what()}});
    result.all_published = false;
  }
}

}  // namespace

Task<SweepResult> full_sweep(std::vector<functions::Context> contexts, ports::Topic& topic, Pulse pulse) {
  SweepResult result;
  Clock& clock = contexts.front().clock;
  functions::SweepWalk walk(contexts);
  milliseconds last_beat = clock.uptime();
  while (true) {
    const auto found = co_await walk.next();
    if (!found) break;
    for (const std::size_t protection : found->protections)
      co_await publish_look(contexts[protection], topic, found->bucket, result);
    if (clock.uptime() - last_beat < pulse.every) continue;
    co_await pulse.beat(walk.counts());
    last_beat = clock.uptime();
  }
  result.counts = walk.counts();
  result.complete = result.all_published && std::ranges::none_of(result.counts, [](const auto& count) {
                      return count.ended.has_value();
                    });
  co_return result;
}

}  // namespace s3dr::control
