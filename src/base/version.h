// The version of all programs of this source: what --version prints and what a heartbeat carries.
#pragma once

namespace s3dr {

constexpr const char* program_version = "0.1.0";

}  // namespace s3dr
