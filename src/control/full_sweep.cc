#include "control/full_sweep.h"

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
    result.complete = false;
  }
}

}  // namespace

Task<SweepResult> full_sweep(functions::Context context, ports::Topic& topic, Pulse pulse) {
  SweepResult result;
  result.complete = true;
  functions::SweepWalk walk(context);
  milliseconds last_beat = context.clock.uptime();
  while (true) {
    const auto bucket = co_await walk.next();
    if (!bucket) break;
    co_await publish_look(context, topic, *bucket, result);
    if (context.clock.uptime() - last_beat < pulse.every) continue;
    co_await pulse.beat(walk.count());
    last_beat = context.clock.uptime();
  }
  result.count = walk.count();
  if (result.count.ended) result.complete = false;
  co_return result;
}

}  // namespace s3dr::control
