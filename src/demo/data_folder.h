// The folder of the embedded cloud when none is named.
#pragma once

#include <string>

namespace s3dr::app {

// ${XDG_DATA_HOME:-~/.local/share}/s3dr. Raises invalid with advice when there is no home folder.
std::string default_data_folder();

}  // namespace s3dr::app
