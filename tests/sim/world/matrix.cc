#include "sim/world/matrix.h"

#include "sim/world/cluster.h"

namespace s3dr::sim {

MatrixReport run_parts(const std::vector<MatrixPart>& parts, Log* log) {
  MatrixReport report;
  for (const MatrixPart& part : parts) {
    try {
      part.run(report, log);
    } catch (const Failed& failure) {
      report.expect(false, std::string(part.name) + ": " + failure.what());
    }
  }
  return report;
}

}  // namespace s3dr::sim
