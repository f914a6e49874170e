"""What a download would consist of."""

import pytest

from app.catalogue.downloads.messages import Failed, Finished, Listed, ListedFile
from app.catalogue.entries import Site
from app.catalogue.requests import Request
from app.domain.errors import ErrorCode
from app.services.listings import ListingService

HUB = "https://huggingface.co"
ONE, TWO = (Request(Site.HUGGING_FACE, HUB, f"o/{name}") for name in ("one", "two"))
LISTED = Listed((ListedFile("w.gguf", 7),))


class Link:
    def __init__(self):
        self.jobs = []
        self.stopped = []

    def start(self, name, job):
        self.jobs.append((name, job))

    def send(self, name, command):
        pytest.fail("nothing is told to it")

    def stop(self, name):
        self.stopped.append(name)


class Tokens:
    def held(self, endpoint):
        return "hf_one"


class Bench:
    def __init__(self):
        self.link = Link()
        self.answers = []
        self.service = ListingService(
            self.link,
            tokens=Tokens(),
            answered=lambda request, answer: self.answers.append((request, answer)),
        )

    def end(self, name, *events, problem=""):
        for event in events:
            self.service.downloader_event(name, event)
        self.service.downloader_ended(name, problem)


@pytest.fixture
def bench():
    return Bench()


def test_a_list_is_an_answer(bench):
    bench.service.ask(ONE)
    ((name, job),) = bench.link.jobs
    assert (job.repository, job.only_list, job.token) == ("o/one", True, "")
    bench.end(name, LISTED, Finished())
    assert bench.answers == [(ONE, LISTED)]


def test_a_token_is_shown_only_to_who_asks(bench):
    bench.service.ask(ONE)
    bench.end(bench.link.jobs[0][0], Failed(ErrorCode.DOWNLOAD_GATED, "o/one"))
    name, job = bench.link.jobs[1]
    assert (job.token, job.kept_token) == ("hf_one", True)
    bench.end(name, Failed(ErrorCode.DOWNLOAD_GATED, "o/one"))
    ((request, error),) = bench.answers
    assert request == ONE
    assert error.code is ErrorCode.DOWNLOAD_GATED


def test_a_later_question_replaces_an_earlier_one(bench):
    bench.service.ask(ONE)
    bench.service.ask(TWO)
    (first, _), (second, _) = bench.link.jobs
    assert bench.link.stopped == [first]
    bench.end(first, LISTED, Failed(ErrorCode.DOWNLOAD_LOST))
    bench.end(second, LISTED, Finished())
    assert bench.answers == [(TWO, LISTED)]


def test_a_process_that_breaks_off_is_an_answer_too(bench):
    bench.service.ask(ONE)
    bench.end(bench.link.jobs[0][0], problem="signal 9")
    ((_, error),) = bench.answers
    assert (error.code, error.detail) == (ErrorCode.DOWNLOADER_LOST, "signal 9")
