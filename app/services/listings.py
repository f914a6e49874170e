"""What a download would consist of, before anybody agrees to it."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import assert_never

from app.catalogue.downloads.messages import (
    Arrived,
    Event,
    Failed,
    Finished,
    Job,
    Listed,
    Progress,
    Retrying,
)
from app.catalogue.requests import Request
from app.domain.errors import ErrorCode, UserError
from app.services.downloads import DownloaderLink, Tokens


@dataclass(frozen=True, slots=True)
class _Question:
    """A question that waits for its answer.

    Attributes:
        request: What would be downloaded.
        with_token: Whether a token goes along.
    """

    request: Request
    with_token: bool = False


class ListingService:
    """Asks servers for lists of files; nothing is fetched.

    Args:
        link: Runs downloader processes; other than that of the downloads.
        tokens: Those that no keyring keeps.
        answered: Is told the list, or why there is none.
    """

    def __init__(
        self,
        link: DownloaderLink,
        *,
        tokens: Tokens,
        answered: Callable[[Request, Listed | UserError], None],
    ) -> None:
        self._link = link
        self._tokens = tokens
        self._answered = answered
        self._questions: dict[str, _Question] = {}
        self._failures: dict[str, UserError] = {}
        self._names = count(1)

    def ask(self, request: Request) -> None:
        """Asks; an earlier question that has no answer yet is dropped."""
        for name in tuple(self._questions):
            del self._questions[name]
            self._link.stop(name)
        self._start(_Question(request))

    def downloader_event(self, name: str, event: Event) -> None:
        """Takes what a downloader says."""
        question = self._questions.get(name)
        if question is None:
            return
        match event:
            case Listed():
                del self._questions[name]
                self._answered(question.request, event)
            case Failed(code, detail):
                self._failures[name] = UserError(code, detail)
            case Arrived() | Finished() | Progress() | Retrying():
                """Not of interest."""
            case _:
                assert_never(event)

    def downloader_ended(self, name: str, problem: str) -> None:
        """A downloader is gone; `problem` says how, where it said nothing."""
        question = self._questions.pop(name, None)
        failure = self._failures.pop(name, None)
        if question is None:
            return
        error = failure or UserError(ErrorCode.DOWNLOADER_LOST, problem)
        if error.code is ErrorCode.DOWNLOAD_GATED and not question.with_token:
            # Who we are is told only to those who ask for it.
            self._start(_Question(question.request, with_token=True))
        else:
            self._answered(question.request, error)

    def _start(self, question: _Question) -> None:
        name = str(next(self._names))
        self._questions[name] = question
        request, asks = question.request, question.with_token
        job = Job(
            site=request.site,
            endpoint=request.endpoint,
            repository=request.repository,
            folder="",
            revision=request.revision,
            file=request.file,
            token=self._tokens.held(request.endpoint) if asks else "",
            kept_token=asks,
            only_list=True,
        )
        self._link.start(name, job)
