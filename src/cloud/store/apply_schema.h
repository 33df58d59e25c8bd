// Makes the tables of a schema in a database. Refuses a database that another version of the program made.
#pragma once

#include <string_view>

#include "cloud/store/database.h"

namespace s3dr::cloud {

// Needs a `schema` of statements that may be repeated (CREATE … IF NOT EXISTS). Called at every start: the
// database may be new, empty or from an earlier start. So a new table, index or trigger reaches an old database.
// A table that already exists must have exactly the columns of the schema. If not, raises invalid, names the
// file, the table and the column, and changes nothing.
// There are no migrations: this cloud is for trying and testing.
void apply_schema(Connection& connection, std::string_view schema);

}  // namespace s3dr::cloud
