// Makes the tables of a schema in a database, and refuses a database that another version of the program
// made.
#pragma once

#include <string_view>

#include "cloud/store/database.h"

namespace s3dr::cloud {

// Needs a `schema` of CREATE … IF NOT EXISTS statements, applied at every start; the database may be new,
// empty or of an earlier start. A table that is there already must have exactly the schema's columns: else
// raises invalid, naming the file, table and column, and nothing is changed. There are no migrations: the
// data folder is a test bed's.
void apply_schema(Connection& connection, std::string_view schema);

}  // namespace s3dr::cloud
