// JSON as YAML that people read: short values on one line, longer ones in blocks. Pure.
#pragma once

#include <boost/json.hpp>
#include <string>

namespace s3dr::deploy {

// Every YAML 1.1 or 1.2 reader gets the same value back. Texts are always quoted, so that no reader takes one for
// a date, a number or a truth value. Keys keep their order. Ends with a newline.
std::string yaml_text(const boost::json::object& document);

}  // namespace s3dr::deploy
