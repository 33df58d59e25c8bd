#include "unit/aws/sigv4_vectors.h"

#include <fstream>
#include <sstream>

#include "base/encoding.h"

namespace s3dr::aws::testing {

std::string VectorCase::context(const std::string& member) const {
  const std::string& json = files.at("context.json");
  std::size_t at = json.find('"' + member + '"');
  if (at == std::string::npos) return {};
  at = json.find(':', at) + 1;
  while (json[at] == ' ') ++at;
  if (json[at] == '"') return json.substr(at + 1, json.find('"', at + 1) - at - 1);
  return json.substr(at, json.find_first_of(",\n}", at) - at);
}

Credentials VectorCase::credentials() const {
  return {context("access_key_id"), Secret(context("secret_access_key")), Secret(context("token"))};
}

Instant VectorCase::time() const {
  return from_iso8601(context("timestamp")).value();
}

std::vector<VectorCase> load_vectors() {
  std::ifstream input(std::string(S3DR_TEST_DATA) + "/sigv4/vectors.txt", std::ios::binary);
  std::vector<VectorCase> cases;
  std::string* file = nullptr;
  std::string line;
  while (std::getline(input, line)) {
    if (line.starts_with("==== ")) {
      cases.push_back({line.substr(5), {}});
      file = nullptr;
    } else if (line.starts_with("---- ")) {
      file = &cases.back().files[line.substr(5)];
    } else {
      *file += line + "\n";
    }
  }
  for (VectorCase& vector : cases) {
    for (auto& [name, text] : vector.files) text.pop_back();  // the newline the packaging added
  }
  return cases;
}

HttpRequest parse_request(const std::string& text) {
  const std::size_t blank = text.find("\n\n");
  std::istringstream head(text.substr(0, blank));
  HttpRequest request;
  if (blank != std::string::npos) request.body = text.substr(blank + 2);
  std::string line;
  std::getline(head, line);
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(" HTTP/1.1");
  request.method = line.substr(0, first);
  request.target = line.substr(first + 1, last - first - 1);
  std::vector<Header> fields;
  while (std::getline(head, line)) {
    if (line.empty()) continue;
    if (line.front() == ' ') {
      fields.back().value += "\n" + line;
    } else {
      const std::size_t colon = line.find(':');
      fields.push_back({line.substr(0, colon), line.substr(colon + 1)});
    }
  }
  for (Header& field : fields) request.headers.add(field.name, field.value);
  return request;
}

std::vector<std::string> sorted_fields(const Headers& headers) {
  std::multimap<std::string, std::string> ordered;  // keeps the order within one name
  for (const Header& field : headers) ordered.emplace(lower_case(field.name), field.value);
  std::vector<std::string> fields;
  for (const auto& [name, value] : ordered) fields.push_back(name + ":" + value);
  return fields;
}

}  // namespace s3dr::aws::testing
