// For each kind of setting: a document, another one, what is refused of it and with which code, and what is answered
// where it is not set.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace s3dr::cloud {

struct SettingFixture {
  std::string query;              // "inventory&id=daily"
  std::string first, first_kept;  // as put, and the inside as it comes back; empty: as put
  std::string second;
  std::string absent;  // where it is not set: the code of the 404, or the inside
  bool has_delete = true;
  std::string event, delete_event;                                // CloudTrail's names
  std::string action;                                             // of IAM
  std::vector<std::pair<std::string, std::string>> refused = {};  // document, code
  std::string root = {};
};

inline std::string setting_document(const SettingFixture& fixture, const std::string& inside) {
  return "<" + fixture.root + " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" + inside + "</" +
         fixture.root + ">";
}

inline std::vector<SettingFixture> setting_fixtures() {
  const std::string tiering =
      "<Status>Enabled</Status><Tiering><Days>90</Days><AccessTier>ARCHIVE_ACCESS</AccessTier></Tiering>";
  const std::string exported =
      "<StorageClassAnalysis><DataExport><OutputSchemaVersion>V_1</OutputSchemaVersion><Destination>"
      "<S3BucketDestination><Format>CSV</Format><Bucket>arn:aws:s3:::reports</Bucket></S3BucketDestination>"
      "</Destination></DataExport></StorageClassAnalysis>";
  const auto inventory = [](const std::string& id, const std::string& bucket, const std::string& frequency) {
    return "<Destination><S3BucketDestination><Bucket>" + bucket +
           "</Bucket><Format>CSV</Format></S3BucketDestination></Destination><IsEnabled>true</"
           "IsEnabled><Id>" +
           id + "</Id><IncludedObjectVersions>All</IncludedObjectVersions><Schedule><Frequency>" + frequency +
           "</Frequency></Schedule>";
  };
  const auto encryption = [](const std::string& algorithm, const std::string& further) {
    return "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>" + algorithm + "</SSEAlgorithm>" +
           further + "</ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled>";
  };
  const auto topic = [](const std::string& id, const std::string& arn, const std::string& event) {
    return "<TopicConfiguration><Id>" + id + "</Id><Topic>" + arn + "</Topic><Event>" + event +
           "</Event></TopicConfiguration>";
  };
  const std::string news = "arn:aws:sns:us-west-2:111122223333:news";
  const std::string lock = "<ObjectLockEnabled>Enabled</ObjectLockEnabled>";
  const auto retention = [&](const std::string& period) {
    return lock + "<Rule><DefaultRetention><Mode>GOVERNANCE</Mode>" + period + "</DefaultRetention></Rule>";
  };
  const auto website_rule = [](const std::string& condition, const std::string& redirect) {
    return "<IndexDocument><Suffix>i</Suffix></IndexDocument><RoutingRules><RoutingRule>" + condition +
           "<Redirect>" + redirect + "</Redirect></RoutingRule></RoutingRules>";
  };
  const std::string cors =
      "<CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule>";
  return {
      {"ownershipControls",
       "<Rule><ObjectOwnership>BucketOwnerPreferred</ObjectOwnership></Rule>",
       "",
       "<Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule>",
       "OwnershipControlsNotFoundError",
       true,
       "PutBucketOwnershipControls",
       "DeleteBucketOwnershipControls",
       "s3:PutBucketOwnershipControls",
       {{"", "MalformedXML"},
        {"<Rule><ObjectOwnership>Nobody</ObjectOwnership></Rule>", "MalformedXML"},
        {"<Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule>"
         "<Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule>",
         "MalformedXML"}},
       "OwnershipControls"},
      {"publicAccessBlock",
       "<BlockPublicPolicy>TRUE</BlockPublicPolicy>",
       "<BlockPublicAcls>false</BlockPublicAcls><IgnorePublicAcls>false</IgnorePublicAcls>"
       "<BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>false</RestrictPublicBuckets>",
       "<BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>"
       "<BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets>",
       "NoSuchPublicAccessBlockConfiguration",
       true,
       "PutBucketPublicAccessBlock",
       "DeleteBucketPublicAccessBlock",
       "s3:PutBucketPublicAccessBlock",
       {{"<BlockPublicAcls>maybe</BlockPublicAcls>", "MalformedXML"}, {"<Else/>", "MalformedXML"}},
       "PublicAccessBlockConfiguration"},
      {"encryption",
       encryption("AES256", "") +
           "<BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes></Rule>",
       "",
       encryption("AES256", "") +
           "<BlockedEncryptionTypes><EncryptionType>NONE</EncryptionType></BlockedEncryptionTypes></Rule>",
       encryption("AES256", "") +
           "<BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes></Rule>",
       true,
       "PutBucketEncryption",
       "DeleteBucketEncryption",
       "s3:PutEncryptionConfiguration",
       {{"", "MalformedXML"},
        {encryption("ROT13", "") + "</Rule>", "MalformedXML"},
        {encryption("AES256", "") + "</Rule>" + encryption("AES256", "") + "</Rule>", "MalformedXML"},
        {encryption("AES256", "<KMSMasterKeyID>k</KMSMasterKeyID>") + "</Rule>", "InvalidArgument"},
        {encryption("aws:kms", "<KMSMasterKeyID>k</KMSMasterKeyID>") + "</Rule>", "NotImplemented"}},
       "ServerSideEncryptionConfiguration"},
      {"cors",
       cors,
       "",
       "<CORSRule><ID>a</ID><AllowedHeader>x-*</AllowedHeader><AllowedMethod>PUT</AllowedMethod>"
       "<AllowedOrigin>https://*.example.com</AllowedOrigin><ExposeHeader>ETag</ExposeHeader>"
       "<MaxAgeSeconds>60</MaxAgeSeconds></CORSRule>",
       "NoSuchCORSConfiguration",
       true,
       "PutBucketCors",
       "DeleteBucketCors",
       "s3:PutBucketCORS",
       {{"", "MalformedXML"},
        {"<CORSRule><AllowedMethod>GET</AllowedMethod></CORSRule>", "MalformedXML"},
        {"<CORSRule><AllowedMethod>FLY</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule>",
         "InvalidRequest"},
        {"<CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*.*</AllowedOrigin></CORSRule>",
         "InvalidRequest"},
        {"<CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin>"
         "<ExposeHeader>x-*</ExposeHeader></CORSRule>",
         "InvalidRequest"},
        {"<CORSRule><AllowedHeader>a b</AllowedHeader><AllowedMethod>GET</AllowedMethod>"
         "<AllowedOrigin>*</AllowedOrigin></CORSRule>",
         "InvalidRequest"}},
       "CORSConfiguration"},
      {"website",
       "<IndexDocument><Suffix>index.html</Suffix></IndexDocument>",
       "",
       "<RedirectAllRequestsTo><HostName>example.com</HostName><Protocol>https</Protocol>"
       "</RedirectAllRequestsTo>",
       "NoSuchWebsiteConfiguration",
       true,
       "PutBucketWebsite",
       "DeleteBucketWebsite",
       "s3:PutBucketWebsite",
       {{"", "InvalidArgument"},
        {"<IndexDocument><Suffix>a/b</Suffix></IndexDocument>", "InvalidArgument"},
        {"<IndexDocument><Suffix>i</Suffix></IndexDocument><RedirectAllRequestsTo><HostName>h</HostName>"
         "</RedirectAllRequestsTo>",
         "MalformedXML"},
        {website_rule("<Condition/>", "<HostName>h</HostName>"), "MalformedXML"},
        {website_rule("", ""), "MalformedXML"},
        {website_rule("", "<HttpRedirectCode>306</HttpRedirectCode>"), "InvalidRequest"},
        {website_rule("", "<HttpRedirectCode>3xx</HttpRedirectCode>"), "MalformedXML"},
        {website_rule("", "<ReplaceKeyWith>a</ReplaceKeyWith><ReplaceKeyPrefixWith>b</ReplaceKeyPrefixWith>"),
         "InvalidRequest"},
        {website_rule("", "<Protocol>ftp</Protocol>"), "InvalidRequest"},
        {website_rule("<Condition><HttpErrorCodeReturnedEquals>418</HttpErrorCodeReturnedEquals></Condition>",
                      "<HostName>h</HostName>"),
         "InvalidRequest"},
        {"<IndexDocument/>", "MalformedXML"}},
       "WebsiteConfiguration"},
      {"logging",
       "<LoggingEnabled><TargetBucket>reports</TargetBucket><TargetPrefix>a/</TargetPrefix></LoggingEnabled>",
       "",
       "<LoggingEnabled><TargetBucket>reports</TargetBucket><TargetPrefix/></LoggingEnabled>",
       "",
       false,
       "PutBucketLogging",
       "",
       "s3:PutBucketLogging",
       {{"<LoggingEnabled><TargetBucket>reports</TargetBucket></LoggingEnabled>", "MalformedXML"},
        {"<LoggingEnabled><TargetBucket>nowhere</TargetBucket><TargetPrefix/></LoggingEnabled>",
         "InvalidTargetBucketForLogging"},
        {"<LoggingEnabled><TargetBucket>bobs-logs</TargetBucket><TargetPrefix/></LoggingEnabled>",
         "InvalidTargetBucketForLogging"},
        {"<LoggingEnabled><TargetBucket>far-away</TargetBucket><TargetPrefix/></LoggingEnabled>",
         "CrossLocationLoggingProhibitted"}},
       "BucketLoggingStatus"},
      {"notification",
       topic("a", news, "s3:ObjectCreated:*"),
       "",
       topic("b", news, "s3:ObjectRemoved:*") + "<EventBridgeConfiguration/>",
       "",
       false,
       "PutBucketNotification",
       "",
       "s3:PutBucketNotification",
       {{topic("a", "nonsense", "s3:ObjectCreated:*"), "InvalidArgument"},
        {topic("a", "arn:aws:sns:us-east-2:111122223333:news", "s3:ObjectCreated:*"), "InvalidArgument"},
        {topic("a", news, "s3:Nothing:*"), "InvalidArgument"},
        {topic("a", news, "s3:ObjectCreated:*") + topic("b", news, "s3:ObjectCreated:Put"),
         "InvalidArgument"},
        {"<TopicConfiguration><Topic>" + news + "</Topic></TopicConfiguration>", "MalformedXML"}},
       "NotificationConfiguration"},
      {"accelerate",
       "<Status>Enabled</Status>",
       "",
       "<Status>Suspended</Status>",
       "",
       false,
       "PutAccelerateConfiguration",
       "",
       "s3:PutAccelerateConfiguration",
       {{"", "MalformedXML"}, {"<Status>On</Status>", "MalformedXML"}},
       "AccelerateConfiguration"},
      {"requestPayment",
       "<Payer>Requester</Payer>",
       "",
       "<Payer>BucketOwner</Payer>",
       "<Payer>BucketOwner</Payer>",
       false,
       "PutBucketRequestPayment",
       "",
       "s3:PutBucketRequestPayment",
       {{"", "MalformedXML"}, {"<Payer>Nobody</Payer>", "MalformedXML"}},
       "RequestPaymentConfiguration"},
      {"object-lock",
       lock,
       "",
       retention("<Days>30</Days>"),
       "ObjectLockConfigurationNotFoundError",
       false,
       "PutBucketObjectLockConfiguration",
       "",
       "s3:PutBucketObjectLockConfiguration",
       {{"", "MalformedXML"},
        {"<ObjectLockEnabled>Disabled</ObjectLockEnabled>", "MalformedXML"},
        {retention(""), "MalformedXML"},
        {retention("<Days>1</Days><Years>1</Years>"), "MalformedXML"},
        {retention("<Days>0</Days>"), "InvalidArgument"},
        {retention("<Years>101</Years>"), "InvalidArgument"}},
       "ObjectLockConfiguration"},
      {"abac",
       "<Status>Enabled</Status>",
       "",
       "<Status>Disabled</Status>",
       "<Status>Disabled</Status>",
       false,
       "PutBucketAbac",
       "",
       "s3:PutBucketAbac",
       {{"", "MalformedXML"}, {"<Status>Suspended</Status>", "MalformedXML"}},
       "AbacStatus"},
      {"intelligent-tiering&id=cold",
       "<Id>cold</Id>" + tiering,
       "",
       "<Id>cold</Id><Filter><Prefix>a/</Prefix></Filter>" + tiering,
       "NoSuchConfiguration",
       true,
       "PutBucketIntelligentTieringConfiguration",
       "DeleteBucketIntelligentTieringConfiguration",
       "s3:PutIntelligentTieringConfiguration",
       {{"<Id>warm</Id>" + tiering, "IdMismatch"},
        {"<Id>cold</Id><Status>Enabled</Status>", "MalformedXML"},
        {"<Id>cold</Id><Filter/>" + tiering, "MalformedXML"},
        {"<Id>cold</Id><Status>Enabled</Status><Tiering><Days>30</Days><AccessTier>ARCHIVE_ACCESS</"
         "AccessTier>"
         "</Tiering>",
         "InvalidArgument"}},
       "IntelligentTieringConfiguration"},
      {"analytics&id=all",
       "<Id>all</Id><StorageClassAnalysis/>",
       "",
       "<Id>all</Id>" + exported,
       "NoSuchConfiguration",
       true,
       "PutBucketAnalyticsConfiguration",
       "DeleteBucketAnalyticsConfiguration",
       "s3:PutAnalyticsConfiguration",
       {{"<Id>none</Id><StorageClassAnalysis/>", "IdMismatch"}, {"<Id>all</Id>", "MalformedXML"}},
       "AnalyticsConfiguration"},
      {"metrics&id=all",
       "<Id>all</Id>",
       "",
       "<Id>all</Id><Filter><And><Prefix>a/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter>",
       "NoSuchConfiguration",
       true,
       "PutBucketMetricsConfiguration",
       "DeleteBucketMetricsConfiguration",
       "s3:PutMetricsConfiguration",
       {{"<Id>none</Id>", "IdMismatch"},
        {"<Id>all</Id><Filter><Prefix>a</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></Filter>",
         "MalformedXML"}},
       "MetricsConfiguration"},
      {"inventory&id=daily",
       inventory("daily", "arn:aws:s3:::reports", "Daily"),
       "",
       inventory("daily", "arn:aws:s3:::reports", "Weekly"),
       "NoSuchConfiguration",
       true,
       "PutBucketInventoryConfiguration",
       "DeleteBucketInventoryConfiguration",
       "s3:PutInventoryConfiguration",
       {{inventory("weekly", "arn:aws:s3:::reports", "Daily"), "IdMismatch"},
        {inventory("daily", "reports", "Daily"), "InvalidS3DestinationBucket"},
        {inventory("daily", "arn:aws:s3:::reports", "Hourly"), "MalformedXML"},
        {"<Id>daily</Id>", "MalformedXML"}},
       "InventoryConfiguration"},
  };
}

}  // namespace s3dr::cloud
