// The attributes of a queue: what SQS accepts and what it shows. An attribute that this cloud does not act on
// is refused: FIFO queues, encryption, redrive-allow policies.
#pragma once

#include <boost/json.hpp>
#include <string>

#include "cloud/services/sqs/sqs_store.h"
#include "cloud/store/database.h"

namespace s3dr::services {

// The given attributes, checked and in the form in which they are kept: name → text. An empty text removes
// Policy or RedrivePolicy. A dead-letter queue must exist. Refuses InvalidAttributeName,
// InvalidAttributeValue, InvalidParameterValue, and with 501 what this cloud does not have.
boost::json::object checked_attributes(cloud::Connection& db, const boost::json::object& given,
                                       const std::string& region, const std::string& account);
// Sets them on the queue; its other attributes stay.
void apply_attributes(QueueRow& queue, const boost::json::object& checked);
// The name of the first attribute that has another value on the queue; empty: all are equal.
std::string differing_attribute(const QueueRow& queue, const boost::json::object& checked);

// For GetQueueAttributes: the attributes in `names`; "All" means every one. Refuses InvalidAttributeName.
boost::json::object told_attributes(cloud::Connection& db, const QueueRow& queue, const std::string& region,
                                    const std::vector<std::string>& names, Instant now);

}  // namespace s3dr::services
