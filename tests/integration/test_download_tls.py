"""Downloads over TLS, and by way of a proxy."""

import os
import random
import shutil
import subprocess

import pytest

from app.catalogue.downloads.client import DownloaderClient
from app.catalogue.downloads.messages import Failed, Finished, Job, Patience
from app.catalogue.entries import Site
from app.domain.errors import ErrorCode
from tests.fakes import http_server
from tests.fakes.http_server import CERTIFICATE
from tests.fakes.hub import Hub, Repository
from tests.fakes.proxy import Proxy

NAME = "q/w-GGUF"
MODEL = random.Random(0).randbytes(400_000)
QUICK = Patience(connect=5, silence=5, tries=2, first_wait=0.01, longest_wait=0.02)
EXAMPLE = "hub.example"


@pytest.fixture
def hub():
    with Hub({NAME: Repository({"w.gguf": MODEL})}, encrypted=True) as served:
        yield served


def run(endpoint, folder, *, site=Site.HUGGING_FACE, token="", **variables):
    job = Job(
        site=site,
        endpoint=endpoint,
        repository=NAME,
        folder=str(folder),
        token=token,
        patience=QUICK,
    )
    names = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy")
    environment = {k: v for k, v in os.environ.items() if k not in names}
    with DownloaderClient(job, environment={**environment, **variables}) as client:
        return list(client.events())[-1]


@pytest.mark.parametrize("site", Site)
def test_a_server_that_is_trusted(hub, tmp_path, site):
    trusted = {"SSL_CERT_FILE": str(CERTIFICATE)}
    assert isinstance(run(hub.endpoint, tmp_path, site=site, **trusted), Finished)
    assert (tmp_path / "w.gguf").read_bytes() == MODEL


@pytest.mark.parametrize("site", Site)
def test_a_server_that_is_not(hub, tmp_path, site):
    failed = run(hub.endpoint, tmp_path, site=site, token=hub.token)
    assert isinstance(failed, Failed)
    assert failed.code is ErrorCode.DOWNLOAD_UNTRUSTED
    assert not hub.seen


@pytest.mark.parametrize("site", Site)
def test_no_proxy_is_asked_for_this_computer(hub, tmp_path, site):
    variables = {
        "SSL_CERT_FILE": str(CERTIFICATE),
        "https_proxy": "http://127.0.0.1:9",
    }
    assert isinstance(run(hub.endpoint, tmp_path, site=site, **variables), Finished)


@pytest.fixture
def certificate(tmp_path, monkeypatch):
    """A certificate of another computer, which the hub then has."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl makes the certificate")
    key, made, both = (tmp_path / f"{n}.pem" for n in ("key", "made", "both"))
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    files = ["-keyout", str(key), "-out", str(made)]
    subject = ["-subj", f"/CN={EXAMPLE}", "-addext", f"subjectAltName=DNS:{EXAMPLE}"]
    subprocess.run([*command, *files, *subject], check=True, capture_output=True)
    both.write_bytes(key.read_bytes() + made.read_bytes())
    monkeypatch.setattr(http_server, "CERTIFICATE", both)
    return both


@pytest.mark.parametrize("site", Site)
def test_a_proxy_opens_tunnels_and_sees_no_more(certificate, tmp_path, site):
    repositories = {NAME: Repository({"w.gguf": MODEL})}
    with Hub(repositories, encrypted=True) as hub, Proxy(hub.server.port) as proxy:
        done = run(
            f"https://{EXAMPLE}",
            tmp_path / "out",
            site=site,
            token=hub.token,
            https_proxy=proxy.address,
            SSL_CERT_FILE=str(certificate),
        )
    assert isinstance(done, Finished)
    assert (tmp_path / "out" / "w.gguf").read_bytes() == MODEL
    assert len(proxy.asked) == 2
    for head in proxy.asked:
        assert head.startswith(f"CONNECT {EXAMPLE}:443 HTTP/1.")
        assert "proxy-authorization: basic bwu6c2vjcmv0" in head.lower()
        assert hub.token not in head


@pytest.mark.parametrize("site", Site)
def test_a_proxy_that_refuses_is_said(tmp_path, site):
    with Proxy(9, status="407 Proxy Authentication Required") as proxy:
        failed = run(
            f"https://{EXAMPLE}", tmp_path, site=site, https_proxy=proxy.address
        )
    assert failed.code is ErrorCode.DOWNLOAD_UNREACHABLE
    assert "407" in failed.detail
    assert "secret" not in failed.detail
