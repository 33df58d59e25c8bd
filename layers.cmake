# The layer table: which layer may include and link which. Arrows point down only (docs/architecture.md says why).
# CMake links by it, tests/lint checks the includes by it. `name: layers it may use`.
set(S3DR_LAYERS
  "base:"
  "aws:base"
  "s3:aws base"
  "http:base"
  "ports:s3 aws base"
  "dr:s3 aws base"
  "client:ports http s3 aws base"
  "cloud:client http s3 aws base"
  "services:cloud client http s3 aws base"
  "transfer:dr ports s3 aws base"
  "functions:dr ports s3 aws base"
  "lambda:functions client dr ports http s3 aws base"
  "deploy:client dr ports http s3 aws base"
  "control:functions transfer client dr ports http s3 aws base"
  "app:deploy control functions transfer services cloud client dr ports http s3 aws base"
)
