# SPDX-License-Identifier: MIT
"""The few S3 calls that the checks need, written independently of libconvert. Signs with AWS Signature
Version 4 (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html)."""

import datetime
import hashlib
import hmac
import http.client
import urllib.parse
import xml.etree.ElementTree

TIMEOUT = 30
EMPTY = hashlib.sha256(b"").hexdigest()


def _sign(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _quoted(text, safe="-_.~"):
    return urllib.parse.quote(text, safe=safe)


class S3Error(OSError):
    """An answer other than success."""


class S3Client:
    """Path style, over HTTP, without retries: the gateway is on the same machine."""

    def __init__(self, host, region, access_key, secret_key):
        self.host = host
        self.region = region
        self.access_key = access_key
        self.secret_key = secret_key

    def request(self, method, path, query=(), body=b""):
        """Returns the status and the body."""
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        scope = f"{now[:8]}/{self.region}/s3/aws4_request"
        digest = hashlib.sha256(body).hexdigest() if body else EMPTY
        headers = {"host": self.host, "x-amz-content-sha256": digest, "x-amz-date": now}
        names = ";".join(sorted(headers))
        target = _quoted(path, "/-_.~")
        parameters = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in sorted(query))
        canonical = "\n".join(
            [method, target, parameters, *(f"{name}:{headers[name]}" for name in sorted(headers))]
            + ["", names, digest]
        )
        text = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = ("AWS4" + self.secret_key).encode()
        for word in (now[:8], self.region, "s3", "aws4_request"):
            key = _sign(key, word)
        signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.access_key}/{scope}, SignedHeaders={names}, "
            f"Signature={signature}"
        )
        connection = http.client.HTTPConnection(self.host, timeout=TIMEOUT)
        try:
            connection.request(method, f"{target}?{parameters}" if parameters else target, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except http.client.HTTPException as error:
            raise S3Error(f"{method} {path}: {error}") from error
        finally:
            connection.close()

    def create_bucket(self, bucket):
        return self.request("PUT", f"/{bucket}")[0]

    def put(self, bucket, key, body):
        return self.request("PUT", f"/{bucket}/{key}", body=body)[0]

    def get(self, bucket, key):
        return self._successful("GET", f"/{bucket}/{key}", ())

    def objects(self, bucket):
        """All keys with their sizes."""
        found, token = {}, None
        while True:
            query = [("list-type", "2"), ("max-keys", "1000")]
            if token:
                query.append(("continuation-token", token))
            tree = _without_namespaces(self._successful("GET", f"/{bucket}", query))
            for entry in tree.iter("Contents"):
                found[entry.findtext("Key")] = int(entry.findtext("Size"))
            token = tree.findtext("NextContinuationToken")
            if not token:
                return found

    def uploads(self, bucket):
        """Keys and ids of the multipart uploads that are not completed."""
        tree = _without_namespaces(self._successful("GET", f"/{bucket}", [("uploads", "")]))
        return [(entry.findtext("Key"), entry.findtext("UploadId")) for entry in tree.iter("Upload")]

    def _successful(self, method, path, query):
        status, body = self.request(method, path, query)
        if status != 200:
            raise S3Error(f"{method} {path}: {status} {body[:300]!r}")
        return body


def _without_namespaces(text):
    tree = xml.etree.ElementTree.fromstring(text)
    for element in tree.iter():
        element.tag = element.tag.rpartition("}")[2]
    return tree
