// Says which side an error of the network is about: "http://127.0.0.1:9102 (the destination, us-east-2)". The
// layers below know addresses alone, and those above would each have to say it.
#pragma once

#include <memory>
#include <string>

#include "app/config.h"
#include "http/transport.h"

namespace s3dr::app {

// "the destination, us-east-2"; "both sides" when they have one address; empty: the host of neither store (STS
// of another region, the metadata service).
std::string side_at(const Config& config, const Endpoint& endpoint);

// `inner` with such errors: unavailable and outcome_unknown that name the endpoint.
std::unique_ptr<http::HttpTransport> name_sides(std::unique_ptr<http::HttpTransport> inner,
                                                const Config& config);

}  // namespace s3dr::app
