// The attributes of a queue as SQS takes and tells them. What would be accepted here and not acted upon is
// refused: FIFO queues, encryption, redrive-allow policies.
#pragma once

#include <boost/json.hpp>
#include <string>

#include "cloud/services/sqs/sqs_store.h"
#include "cloud/store/database.h"

namespace s3dr::services {

// Checked and in the form they are kept in: name → text; an empty text takes Policy or RedrivePolicy away.
// A dead-letter queue must be there. Refuses InvalidAttributeName, InvalidAttributeValue,
// InvalidParameterValue, and with 501 what is not there.
boost::json::object checked_attributes(cloud::Connection& db, const boost::json::object& given,
                                       const std::string& region, const std::string& account);
// Puts them on the queue, over what it has.
void apply_attributes(QueueRow& queue, const boost::json::object& checked);
// The name of the first of them that the queue has otherwise; empty: all are as given.
std::string differing_attribute(const QueueRow& queue, const boost::json::object& checked);

// GetQueueAttributes: those of `names`, "All" among them for every one. Refuses InvalidAttributeName.
boost::json::object told_attributes(cloud::Connection& db, const QueueRow& queue, const std::string& region,
                                    const std::vector<std::string>& names, Instant now);

}  // namespace s3dr::services
