"""The kinds of servers that have models, each behind the same two questions."""

from typing import assert_never

import msgspec

from app.catalogue.downloads import hugging_face, modelscope
from app.catalogue.downloads.address import Address
from app.catalogue.downloads.answers import PassingError
from app.catalogue.downloads.fetching import Retries, Tools
from app.catalogue.downloads.messages import Job
from app.catalogue.downloads.values import Listing, RemoteFile
from app.catalogue.downloads.wire import Token
from app.catalogue.entries import Site
from app.catalogue.tokens import TokenStore


def with_token(job: Job) -> Job:
    """The job with the token that it is to be done with.

    ModelScope knows no keys of Hugging Face, so it gets none.
    """
    if job.site is not Site.HUGGING_FACE:
        return msgspec.structs.replace(job, token="")
    if job.kept_token and not job.token:
        return msgspec.structs.replace(job, token=TokenStore().load(job.endpoint))
    return job


def token_of(job: Job) -> Token | None:
    """Who we are to the endpoint, and to nobody else.

    Raises:
        UserError: The endpoint is no address.
    """
    if not job.token:
        return None
    return Token(job.token, Address.parse(job.endpoint).origin)


def url_of(job: Job, file: RemoteFile) -> str:
    """Where a file is."""
    if job.site is Site.MODELSCOPE:
        return modelscope.url(job.endpoint, job.repository, file)
    return hugging_face.url(job.endpoint, job.repository, file)


def list_files(job: Job, tools: Tools) -> Listing:
    """The server's list of a repository's files, tried as often as makes sense.

    Raises:
        UserError: There is none.
        HaltedError: It is not wanted any more.
    """
    retries = Retries(tools, "")
    while True:
        tools.halt.check()
        try:
            return _ask(job, tools)
        except PassingError as trouble:
            retries.wait(trouble)


def _ask(job: Job, tools: Tools) -> Listing:
    match job.site:
        case Site.MODELSCOPE:
            return modelscope.listing(
                tools.wire, job.endpoint, job.repository, revision=job.revision
            )
        case Site.HUGGING_FACE:
            return hugging_face.listing(
                job.endpoint,
                job.repository,
                seconds=job.patience.silence,
                revision=job.revision,
                token=job.token,
            )
    assert_never(job.site)
