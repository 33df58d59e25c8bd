#include "lambda/sweep_stretch.h"

#include <utility>
#include <vector>

#include "dr/messages/message.h"

namespace s3dr::lambda {

Task<StretchResult> sweep_stretch(std::vector<functions::Context> contexts, EventBus& bus,
                                  SweepStretch stretch, milliseconds until) {
  StretchResult result;
  Clock& clock = contexts.front().clock;
  functions::SweepWalk walk(contexts, stretch.from);
  std::vector<BusEvent> batch;
  do {
    const auto found = co_await walk.next(until);
    for (const std::size_t protection : found ? found->protections : std::vector<std::size_t>()) {
      const functions::Context& context = contexts[protection];
      std::string correlation = context.random.hex(16);
      batch.push_back({std::string(bucket_check_type),
                       dr::to_json(dr::message_for(context.policy, dr::MessageKind::look, found->bucket,
                                                   std::move(correlation)))});
    }
    if (!batch.empty() && (walk.over() || batch.size() >= events_per_call_max)) {
      result.published += batch.size();
      co_await bus.put(std::exchange(batch, {}));
    }
  } while (!walk.over() && clock.uptime() < until);
  result.counts = walk.counts();
  result.incomplete_before = stretch.incomplete;
  if (walk.over()) co_return result;
  if (stretch.number >= sweep_stretches_max) {
    throw Error(ErrorKind::invalid, "the sweep does not come to an end after " +
                                        std::to_string(sweep_stretches_max) + " stretches");
  }
  // The continuation is put last. If the stretch fails before that, Lambda delivers it again as a whole.
  SweepStretch next{walk.position(), stretch.number + 1,
                    result.incomplete_before || result.ended().has_value()};
  result.published += batch.size();
  batch.push_back({std::string(sweep_type), to_detail(next)});
  co_await bus.put(std::move(batch));
  result.goes_on = std::move(next);
  co_return result;
}

}  // namespace s3dr::lambda
