// One round with the AWS SDK for JavaScript v3. Usage: node aws_sdk_client.mjs ENDPOINT BUCKET REGION
import assert from "node:assert";
import {
  CreateBucketCommand, DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, ListObjectVersionsCommand,
  PutBucketVersioningCommand, PutObjectCommand, PutObjectTaggingCommand, GetObjectTaggingCommand, S3Client,
} from "@aws-sdk/client-s3";

const [endpoint, Bucket, region] = process.argv.slice(2);
const client = new S3Client({ endpoint, region, forcePathStyle: true, maxAttempts: 1 });
await client.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: region } }));
await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
const Key = "a//ü +%";
const first = await client.send(new PutObjectCommand({ Bucket, Key, Body: "one", Metadata: { m: "1" } }));
await client.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.alloc(300_000, "x") }));
await client.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet: [{ Key: "k", Value: "v" }] } }));
const tags = await client.send(new GetObjectTaggingCommand({ Bucket, Key }));
assert.deepStrictEqual(tags.TagSet, [{ Key: "k", Value: "v" }]);
const old = await client.send(new GetObjectCommand({ Bucket, Key, VersionId: first.VersionId }));
assert.strictEqual(await old.Body.transformToString(), "one");
assert.deepStrictEqual(old.Metadata, { m: "1" });
assert.strictEqual((await client.send(new HeadObjectCommand({ Bucket, Key }))).ContentLength, 300_000);
await client.send(new DeleteObjectCommand({ Bucket, Key }));
const listed = await client.send(new ListObjectVersionsCommand({ Bucket }));
assert.strictEqual(listed.Versions.length, 2);
assert.strictEqual(listed.DeleteMarkers.length, 1);
console.log("ok");
