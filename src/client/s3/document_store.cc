#include "client/s3/document_store.h"

#include <utility>

#include "client/s3/answers.h"
#include "s3/xml_object.h"

namespace s3dr::client {
namespace {

class HttpDocumentStore : public ports::DocumentStore {
 public:
  HttpDocumentStore(S3Client& client, s3::AccountId account, s3::BucketName bucket)
      : client_(client), account_(std::move(account)), bucket_(std::move(bucket)) {}

  Task<std::optional<ports::Document>> read(std::string key) override {
    S3Call call = document_call("GET", std::move(key));
    const std::string resource = resource_of(call);
    S3Outcome outcome = co_await client_.call(std::move(call));
    if (!outcome) {
      if (outcome.error().code() == "NoSuchKey") co_return std::nullopt;
      throw outcome.error();
    }
    ports::Document document;
    document.etag = outcome->headers.get_or("ETag", "");
    if (document.etag.empty()) {
      throw Error(ErrorKind::corrupt, "the answer has no ETag to compare and swap by")
          .with_resource(resource);
    }
    document.text = std::move(outcome->text);
    co_return document;
  }

  // The precondition makes every attempt safe to repeat, because it can take effect only once. But a 412 may
  // come from an earlier attempt of ours whose answer was lost. Reading back tells.
  Task<std::optional<std::string>> write(std::string key, std::string text,
                                         std::optional<std::string> etag) override {
    bool may_have_landed = false;
    for (int attempt = 0;; ++attempt) {
      std::optional<Error> unknown;
      bool conflicted = false;
      try {
        S3Outcome outcome = co_await client_.call(write_call(key, text, etag));
        if (outcome) {
          std::string written(outcome->headers.get_or("ETag", ""));
          if (!written.empty()) co_return written;
          may_have_landed = true;  // it did take effect, but only reading back tells the new etag
        } else if (outcome.error().code() == "ConditionalRequestConflict") {
          conflicted = true;
          unknown = outcome.error();
        } else if (!precondition_failed(outcome.error(), etag)) {
          throw outcome.error();
        }
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::outcome_unknown) {
          if (may_have_landed) throw with_kind(error, ErrorKind::outcome_unknown);
          throw;
        }
        unknown = error;
        may_have_landed = true;
      }
      // A 412, and no earlier attempt can have taken effect: the race is lost.
      if (!unknown && !may_have_landed) co_return std::nullopt;

      const auto current = co_await read_back(key, may_have_landed);
      if (may_have_landed && current && current->text == text) co_return current->etag;
      const bool unchanged = etag ? (current && current->etag == *etag) : !current;
      if (!unchanged) co_return std::nullopt;  // another writer was faster
      // Nothing has changed (yet): the same conditional write again, as long as the policy allows.
      if (attempt + 1 >= client_.options().retry.attempts_max) {
        if (unknown) throw conflicted ? with_kind(*unknown, ErrorKind::precondition_failed) : *unknown;
        throw Error(ErrorKind::corrupt, "the write was acknowledged, but reading does not find it")
            .with_resource(resource_of(document_call("PUT", key)));
      }
      co_await client_.clock().sleep(retry_delay(client_.options().retry, attempt, client_.random()));
    }
  }

  Task<ports::DocumentPage> list(std::string prefix, std::string continuation_token) override {
    S3Call call = document_call("GET", "");
    call.xml_answer = true;
    call.needs_document = true;
    call.query = {{"list-type", "2"}, {"encoding-type", "url"}};
    if (!prefix.empty()) call.query.emplace_back("prefix", std::move(prefix));
    if (!continuation_token.empty()) call.query.emplace_back("continuation-token", continuation_token);
    const std::string resource = resource_of(call);
    const S3Answer answer = co_await client_.require(std::move(call));
    const s3::ObjectPage listed = understood(answer, resource, s3::parse_list_objects_v2_result);
    ports::DocumentPage page;
    for (const s3::ListedObject& object : listed.objects) page.keys.push_back(object.key.bytes());
    if (listed.is_truncated) {
      if (listed.next.empty() || listed.next == continuation_token) {
        throw Error(ErrorKind::corrupt, "the listing is cut off and says no place to go on from")
            .with_resource(resource);
      }
      page.continuation_token = listed.next;
    }
    co_return page;
  }

 private:
  S3Call document_call(const char* method, std::string key) const {
    S3Call call;
    call.method = method;
    call.bucket = bucket_;
    call.key = s3::ObjectKey(std::move(key));
    call.owner = account_;
    call.xml_answer = false;  // a document may be any text
    return call;
  }

  S3Call write_call(const std::string& key, const std::string& text,
                    const std::optional<std::string>& etag) const {
    S3Call call = document_call("PUT", key);
    call.repeatable = Repeatable::only_unsent;  // repeated here, after a look
    call.text = text;
    call.headers.add("Content-Type", "application/json");
    if (etag) {
      call.headers.add("If-Match", *etag);
    } else {
      call.headers.add("If-None-Match", "*");
    }
    return call;
  }

  // If reading back fails, for whatever reason, the outcome stays unknown.
  Task<std::optional<ports::Document>> read_back(std::string key, bool may_have_landed) {
    try {
      co_return co_await read(std::move(key));
    } catch (const Error& error) {
      if (!may_have_landed || error.kind() == ErrorKind::cancelled) throw;
      throw with_kind(error, ErrorKind::outcome_unknown);
    }
  }

  // With If-Match a document that is gone is 404, not 412.
  static bool precondition_failed(const Error& error, const std::optional<std::string>& etag) {
    return error.status() == 412 || (etag && error.code() == "NoSuchKey");
  }

  S3Client& client_;
  s3::AccountId account_;
  s3::BucketName bucket_;
};

}  // namespace

std::unique_ptr<ports::DocumentStore> make_document_store(S3Client& client, s3::AccountId account,
                                                          s3::BucketName bucket) {
  return std::make_unique<HttpDocumentStore>(client, std::move(account), std::move(bucket));
}

}  // namespace s3dr::client
