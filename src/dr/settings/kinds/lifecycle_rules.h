// What the rules of a lifecycle configuration delete, and after how long. Internal to dr/settings.
#pragma once

#include <string>
#include <vector>

#include "dr/settings/kinds/xml_form.h"

namespace s3dr::dr {

struct Deletion {
  enum class Of { current, noncurrent };
  Of of = Of::current;
  std::string filter;  // the rule's, as XML: the same text selects the same objects
  std::string date;    // of a deletion on a day; else empty
  long long days = 0;  // after so many days
  long long kept = 0;  // noncurrent: so many newer ones are kept
};

// Of the rules that are on. `root`: a LifecycleConfiguration in normal form.
std::vector<Deletion> deletions_of(const XmlElement& root);

// True: whatever `one` deletes, one of `others` deletes too, and not later.
bool is_covered(const Deletion& one, const std::vector<Deletion>& others);

}  // namespace s3dr::dr
