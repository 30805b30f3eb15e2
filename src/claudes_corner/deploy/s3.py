"""A target that is an S3-compatible store.

Owns keys, content types and cache headers. Its third-party import is boto3, with its botocore; credentials are theirs
to find: environment, shared files, the machine's role. Knows nothing of the order, or of receipts.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from claudes_corner.deploy.files import File
from claudes_corner.errors import DeployError, Problem
from claudes_corner.settings import S3Target
from claudes_corner.site.kinds import KINDS, kind_of
from claudes_corner.site.marker import MARKER
from claudes_corner.text import canonical_json, digest

AT_ONCE = 8
_FEEDS = {
    "feed.xml": "application/rss+xml; charset=utf-8",
    "atom.xml": "application/atom+xml; charset=utf-8",
    "feed.json": "application/feed+json; charset=utf-8",
}
_DIGESTED = re.compile(r"assets/.*-[0-9a-f]{10}\.\w+")  # another content has another name
_FOREVER, _ONE_DAY = "public, max-age=31536000, immutable", "public, max-age=86400"
_HEADERS = "corner-headers"  # kept with the marker: by which rules the objects got their headers


class S3:
    """The store."""

    def __init__(self, settings: S3Target) -> None:
        self.place = f"s3://{settings.bucket}/{settings.prefix}"
        self._bucket, self._prefix = settings.bucket, settings.prefix
        self._changing = f"public, max-age={settings.max_age_seconds}"
        rules = [_FEEDS, KINDS, _DIGESTED.pattern, _FOREVER, _ONE_DAY, self._changing]
        self._rules = digest(canonical_json(rules))[7:23]
        self._found_rules = ""
        quiet = Config(
            retries={"mode": "standard", "max_attempts": 5},
            connect_timeout=20,
            read_timeout=60,
            max_pool_connections=AT_ONCE,
            request_checksum_calculation="when_required",  # not every store knows Amazon's newer checksums
            response_checksum_validation="when_required",
        )
        with self._explained():
            self._client: Any = boto3.client(
                "s3", region_name=settings.region or None, endpoint_url=settings.endpoint or None, config=quiet
            )

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def look(self) -> tuple[bytes | None, str]:
        """Fetch what marks the place; else look whether it holds anything."""
        with self._explained():
            try:
                answer = self._client.get_object(**self._at(MARKER))
            except self._client.exceptions.NoSuchKey:
                page = self._client.list_objects_v2(Bucket=self._bucket, Prefix=self._prefix, MaxKeys=1)
                return None, next((item["Key"] for item in page.get("Contents", ())), "")
            self._found_rules = answer["Metadata"].get(_HEADERS, "")
            return answer["Body"].read(), ""

    def differing(self, files: Sequence[File]) -> set[str]:
        """Compare with the listing, and where it does not tell, with what was kept; old headers differ as well."""
        if self._found_rules != self._rules:
            return {file.path for file in files}
        there = self._listing()
        unlike = [file for file in files if there.get(file.path) != _md5(file.read()).hexdigest()]
        differing = {file.path for file in unlike}

        def look_closer(file: File) -> None:
            """Ask for the digest that was kept: an encrypted object's ETag is no MD5."""
            if file.path in there:
                kept = self._client.head_object(**self._at(file.path))["Metadata"]
                if kept.get("sha256") == file.sha256:
                    differing.discard(file.path)

        self._each(look_closer, unlike)
        return differing

    def present(self, paths: Iterable[str]) -> set[str]:
        """Tell which of these the store lists."""
        return self._listing().keys() & set(paths)

    def mark(self, marker: bytes, *, is_last: bool) -> None:
        """Put the marker; by which rules headers are set is said when all are."""
        self._found_rules = self._rules if is_last else self._found_rules
        with self._explained():
            self._client.put_object(
                **self._at(MARKER),
                Body=marker,
                ContentType="application/json",
                CacheControl="no-store",
                Metadata={_HEADERS: self._found_rules},
            )

    def put(self, files: Sequence[File], tell: Callable[[], None]) -> None:
        """Put objects, some at once."""

        def put_one(file: File) -> None:
            """Put one object; the store checks what it got."""
            content = file.read()
            self._client.put_object(
                **self._at(file.path),
                Body=content,
                ContentMD5=b64encode(_md5(content).digest()).decode(),
                ContentType=_FEEDS.get(file.path.rpartition("/")[2]) or kind_of(file.path),
                CacheControl=self._cache_control(file.path),
                Metadata={"sha256": file.sha256},
            )

        self._each(put_one, files, tell)

    def remove(self, paths: Sequence[str]) -> None:
        """Delete objects, one request each: not every store takes many in one."""
        self._each(lambda path: self._client.delete_object(**self._at(path)), paths)

    def _at(self, path: str) -> dict[str, str]:
        """Name an object as requests do."""
        return {"Bucket": self._bucket, "Key": self._prefix + path}

    def _cache_control(self, path: str) -> str:
        """Say how long caches may keep a file."""
        fixed = _FOREVER if _DIGESTED.fullmatch(path) else _ONE_DAY
        return fixed if path.startswith("assets/") else self._changing

    def _each(self, act: Callable[[Any], Any], things: Sequence[Any], tell: Callable[[], None] = lambda: None) -> None:
        with self._explained(), ThreadPoolExecutor(AT_ONCE) as pool:
            try:
                for _ in pool.map(act, things):
                    tell()
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def _listing(self) -> dict[str, str]:
        """List the store: each object's ETag, which is the MD5 of what was put in one piece."""
        with self._explained():
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix)
            items = (item for page in pages for item in page.get("Contents", ()))
            return {item["Key"].removeprefix(self._prefix): item["ETag"].strip('"') for item in items}

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Let what the store refuses, or the way to it, be said as a problem."""
        try:
            yield
        except ClientError as error:
            told = error.response.get("Error", {})
            what = f"the store refused: {told.get('Code', '')}: {told.get('Message', '')}".rstrip(": .")
            raise DeployError(Problem(what, self.place, fix="What was sent is kept: deploy again.")) from None
        except (BotoCoreError, ValueError) as error:
            raise DeployError(Problem(f"the store cannot be asked: {str(error).rstrip('.')}", self.place)) from None


def _md5(content: bytes) -> hashlib._Hash:
    return hashlib.md5(content, usedforsecurity=False)
