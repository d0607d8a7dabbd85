"""Fetching a source: from the public internet alone, within limits, with a reason for each failure."""

from __future__ import annotations

import gzip
import ipaddress
import os
import shutil
import socket
import subprocess
import time
import zlib
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from papers import reading
from papers.addresses import file_address, why_refused
from papers.fetching import Fetched, FetchError, Limits, _charset, clean_name, fetch
from papers.reading import HTML, PLAIN, encoding
from tests.web import LOOPBACK, Web, serving

PDF = b"%PDF-1.7 and so on"


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as running:
        yield running


def get(address: str, **kwargs: Any) -> Fetched:
    return fetch(address, **({"allowed": LOOPBACK} | kwargs))


def refusal(address: str, **kwargs: Any) -> str:
    with pytest.raises(FetchError) as refused:
        get(address, **kwargs)
    return str(refused.value)


class TestWhereTheFileLies:
    @pytest.mark.parametrize(
        ("address", "file"),
        [
            (
                "https://github.com/deepseek-ai/DeepSeek-R1/blob/main/DeepSeek_R1.pdf",
                "https://raw.githubusercontent.com/deepseek-ai/DeepSeek-R1/main/DeepSeek_R1.pdf",
            ),
            (
                "https://www.GitHub.com/a/b/blob/feature/x/docs/my%20paper.pdf?raw=true#page=3",
                "https://raw.githubusercontent.com/a/b/feature/x/docs/my%20paper.pdf",
            ),
            ("https://gitlab.com/g/s/p/-/blob/main/a.pdf", "https://gitlab.com/g/s/p/-/raw/main/a.pdf"),
            (
                "https://gitlab.uni.example/p/q/-/blob/v1/a.pdf",
                "https://gitlab.uni.example/p/q/-/raw/v1/a.pdf",
            ),
            ("https://huggingface.co/a/b/blob/main/c.pdf", "https://huggingface.co/a/b/resolve/main/c.pdf"),
            (
                "https://codeberg.org/a/b/src/branch/main/c.pdf",
                "https://codeberg.org/a/b/raw/branch/main/c.pdf",
            ),
            ("https://bitbucket.org/a/b/src/main/c.pdf", "https://bitbucket.org/a/b/raw/main/c.pdf"),
            (
                "https://gist.github.com/a/0123456789abcdef0123",
                "https://gist.githubusercontent.com/a/0123456789abcdef0123/raw",
            ),
            (
                "https://drive.google.com/file/d/1a_B-c/view?usp=sharing",
                "https://drive.google.com/uc?export=download&id=1a_B-c",
            ),
            ("https://arxiv.org/abs/2402.03300", "https://arxiv.org/pdf/2402.03300"),
            ("http://arxiv.org/abs/2402.03300v3", "https://arxiv.org/pdf/2402.03300v3"),
            ("https://www.arxiv.org/abs/2402.03300/", "https://arxiv.org/pdf/2402.03300"),
            ("https://arxiv.org/abs/hep-th/9901001v1", "https://arxiv.org/pdf/hep-th/9901001v1"),
            ("https://arxiv.org/abs/math.GT/0309136", "https://arxiv.org/pdf/math.GT/0309136"),
            ("https://export.arxiv.org/abs/2402.03300?context=cs", "https://arxiv.org/pdf/2402.03300"),
            ("https://arxiv.org/html/2402.03300v3", "https://arxiv.org/pdf/2402.03300v3"),
            ("https://arxiv.org/pdf/2402.03300", "https://arxiv.org/pdf/2402.03300"),
            ("https://arxiv.org/pdf/2402.03300v2.pdf", "https://arxiv.org/pdf/2402.03300v2"),
            ("https://doi.org/10.48550/arXiv.2402.03300", "https://arxiv.org/pdf/2402.03300"),
            ("https://huggingface.co/papers/2402.03300", "https://arxiv.org/pdf/2402.03300"),
            ("https://openreview.net/forum?id=aVh9KRZdRk", "https://openreview.net/pdf?id=aVh9KRZdRk"),
            ("https://aclanthology.org/2024.acl-long.1/", "https://aclanthology.org/2024.acl-long.1.pdf"),
            ("https://aclanthology.org/2024.acl-long.1.pdf", "https://aclanthology.org/2024.acl-long.1.pdf"),
            (
                "https://papers.nips.cc/paper_files/paper/2017/hash/3f5ee243-Abstract.html",
                "https://papers.nips.cc/paper_files/paper/2017/file/3f5ee243-Paper.pdf",
            ),
            (
                "https://www.biorxiv.org/content/10.1101/2020.01.01.000001v2.abstract",
                "https://www.biorxiv.org/content/10.1101/2020.01.01.000001v2.full.pdf",
            ),
        ],
    )
    def test_pages_around_a_file_become_its_address(self, address: str, file: str) -> None:
        if "hash/3f5ee243" not in address:  # a real one has 32 digits; the rule asks for hexadecimal only
            assert file_address(file) == file
        assert file_address(address) == file

    @pytest.mark.parametrize(
        "address",
        [
            "https://example.org/paper.pdf?x=1",
            "https://arxiv.org/list/cs.CL/recent",
            "https://arxiv.org/abs/not-an-id",
            "https://github.com/a/b",
            "https://github.com/a/b/tree/main/docs",
            "https://github.com.evil.example/a/b/blob/main/c.pdf",
            "https://notgithub.com/a/b/blob/main/c.pdf",
            "https://aclanthology.org/events/",
            "ftp://github.com/a/b/blob/main/c.pdf",
            "https://[half/a",
            "",
        ],
    )
    def test_others_stay(self, address: str) -> None:
        assert file_address(address) == address

    def test_a_place_within_the_file_is_no_part_of_its_address(self) -> None:
        assert file_address("https://example.org/a.pdf#page=6") == "https://example.org/a.pdf"

    def test_a_page_that_is_itself_the_source_stays(self) -> None:
        page = "https://arxiv.org/abs/2402.03300"
        assert file_address(page, paper=False) == page
        blob = "https://github.com/a/b/blob/main/README.md"
        assert file_address(blob, paper=False) == "https://raw.githubusercontent.com/a/b/main/README.md"

    @settings(max_examples=80)
    @given(
        st.text(max_size=60),
        st.sampled_from(["", "https://", "https://github.com/", "https://arxiv.org/abs/"]),
    )
    def test_any_text_gives_an_address_and_no_error(self, text: str, start: str) -> None:
        assert isinstance(file_address(start + text), str)


class TestWhichMachines:
    @pytest.mark.parametrize(
        "address",
        """127.0.0.1 127.255.0.9 0.0.0.0 0.1.2.3 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254
        100.64.0.1 100.127.255.255 192.0.0.1 192.0.2.1 198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1 239.1.1.1
        240.0.0.1 255.255.255.255 :: ::1 fe80::1 fe80::1%eth0 febf::1 fc00::1 fd12:3456::1 fec0::1 ff02::1
        ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 ::127.0.0.1 ::8.8.8.8 2002:7f00:1::1 2002:808:808::1
        2001:0:1234::1 2001:db8::1 64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b:1::1 100::1 4000::1 not-a-number
        """.split(),
    )
    def test_none_but_the_public_ones(self, address: str) -> None:
        assert why_refused(address)

    @pytest.mark.parametrize(
        "address",
        "8.8.8.8 1.1.1.1 100.63.255.255 172.32.0.1 2606:4700::1111 2a00:1450::1 64:ff9b::808:808".split(),
    )
    def test_public_ones_may_be_asked(self, address: str) -> None:
        assert why_refused(address) == ""

    def test_an_allowed_network_and_nothing_beside_it(self) -> None:
        allowed = [ipaddress.ip_network("10.1.0.0/16")]
        assert why_refused("10.1.2.3", allowed) == ""
        assert why_refused("10.2.2.3", allowed) == "private"
        assert why_refused("::ffff:10.1.2.3", allowed) == "a wrapped IPv4 address"

    @settings(max_examples=150)
    @given(st.one_of(st.integers(0, 2**32 - 1).map(ipaddress.IPv4Address), st.ip_addresses(v=6)))
    def test_what_may_be_asked_is_global_by_the_registry(self, ip: Any) -> None:
        if not why_refused(str(ip)):
            assert (ip.is_global or ip in ipaddress.ip_network("64:ff9b::/96")) and not ip.is_multicast


class TestByDefaultThisMachineIsRefused:
    @pytest.mark.parametrize("host", "127.0.0.1 localhost [::1] 0.0.0.0 [::ffff:127.0.0.1] [::]".split())
    def test_by_number_and_by_name(self, web: Web, host: str) -> None:
        web.put("/a.pdf", PDF)
        with pytest.raises(FetchError, match="not on the public internet"):
            fetch(f"http://{host}:{web.port}/a.pdf")
        assert web.asked == []

    @pytest.mark.parametrize("host", "2130706433 0x7f000001 0177.0.0.1 127.1 0x7f.1 127.0.0.1.".split())
    def test_however_the_number_is_written(self, web: Web, host: str) -> None:
        """The C library reads these as 127.0.0.1 too. What is checked is what it makes of them."""

        def as_the_library_reads(name: str, port: int) -> list[str]:
            return [socket.inet_ntoa(socket.inet_aton(name))]

        with pytest.raises(FetchError, match="its address 127.0.0.1 is loopback"):
            fetch(f"http://{host}:{web.port}/a.pdf", resolve=as_the_library_reads)
        assert web.asked == []

    def test_and_reached_where_it_is_allowed(self, web: Web) -> None:
        assert get(web.put("/a.pdf", PDF)).data == PDF

    @pytest.mark.parametrize(
        "inner", ["http://10.0.0.1/", "http://169.254.169.254/latest/", "http://[fd00::1]/"]
    )
    def test_a_redirect_is_checked_like_the_first_address(self, web: Web, inner: str) -> None:
        message = refusal(web.send_on("/a", inner))
        assert "not on the public internet" in message

    def test_a_name_with_one_private_address_among_public_ones_is_refused(self) -> None:
        message = refusal("http://two.example/", resolve=lambda host, port: ["93.184.216.34", "10.0.0.1"])
        assert "two.example is not on the public internet: its address 10.0.0.1 is private" in message

    def test_the_connection_goes_to_the_very_address_that_was_checked(self, web: Web) -> None:
        """A name that answers otherwise the second time gains nothing: there is no second time."""
        answers = iter([["127.0.0.1"], ["10.0.0.1"], ["10.0.0.1"]])
        looked_up = []

        def rebinding(host: str, port: int) -> list[str]:
            looked_up.append(host)
            return next(answers)

        web.put("/a.pdf", PDF)
        came = get(f"http://rebind.example:{web.port}/a.pdf", resolve=rebinding)
        assert came.data == PDF and looked_up == ["rebind.example"]
        assert web.asked == [("/a.pdf", f"rebind.example:{web.port}")]

    def test_each_hop_is_looked_up_anew(self, web: Web) -> None:
        answers = iter([["127.0.0.1"], ["10.0.0.1"]])
        web.send_on("/a", f"http://rebind.example:{web.port}/b")
        web.put("/b", PDF)
        message = refusal(f"http://rebind.example:{web.port}/a", resolve=lambda *_: next(answers))
        assert "10.0.0.1 is private" in message and [path for path, _ in web.asked] == ["/a"]

    def test_a_proxy_of_the_environment_is_not_used(self, web: Web, monkeypatch: Any) -> None:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        assert get(web.put("/a.pdf", PDF)).data == PDF


class TestAddresses:
    @pytest.mark.parametrize(
        ("address", "reason"),
        [
            ("", "Only http and https"),
            ("paper.pdf", "Only http and https"),
            ("file:///etc/passwd", "Only http and https"),
            ("ftp://example.org/a.pdf", "Only http and https"),
            ("gopher://example.org/", "Only http and https"),
            ("javascript:alert(1)", "Only http and https"),
            ("http://", "names no machine"),
            ("http:///a.pdf", "names no machine"),
            ("http://[::1/", "is no address"),
            ("http://a.example:99999/", "is no address"),
            ("http://a.example:x/", "is no address"),
            ("http://" + "a" * 70 + ".example/", "is no address"),
            ("http://user:secret@a.example/", "a name or a password"),
            ("http://a.example/a b", "a blank"),
            ("http://a.example/a\r\nHost: b", "a blank or a control character"),
            ("http://a.example:25/", "Port 25"),
            ("http://[fe80::1%25eth0]/", "names no machine"),
        ],
    )
    def test_what_is_no_address_is_said_to_be_none(self, address: str, reason: str) -> None:
        assert reason in refusal(address, resolve=lambda *_: pytest.fail("was looked up"))

    def test_letters_of_any_script_in_path_and_query(self, web: Web) -> None:
        web.put("/%C3%BCber%20uns/%E8%AB%96.pdf?q=%C3%A9", PDF)
        assert get(f"{web.address}/über%20uns/論.pdf?q=é").data == PDF

    def test_a_name_of_any_script_is_looked_up_as_the_web_writes_it(self, web: Web) -> None:
        web.put("/", PDF)
        get(f"http://bücher.example:{web.port}/", resolve=lambda host, port: ["127.0.0.1"])
        assert web.asked[0][1] == f"xn--bcher-kva.example:{web.port}"

    def test_a_name_nobody_has(self) -> None:
        def nobody(host: str, port: int) -> list[str]:
            raise socket.gaierror(-2, "Name or service not known")

        assert "There is no machine called nobody.example" in refusal(
            "http://nobody.example/", resolve=nobody
        )
        assert "no machine called" in refusal("http://nobody.example/", resolve=lambda *_: [])


class TestWhatComes:
    def test_bytes_name_and_last_address(self, web: Web) -> None:
        file = web.put("/files/My%20paper.pdf", PDF)
        web.send_on("/a", "/b", 301)
        came = get(web.send_on("/b", "files/My%20paper.pdf", 308).replace("/b", "/a"))
        assert came == Fetched(PDF, file, "My paper.pdf")

    def test_the_name_that_the_server_gives(self, web: Web) -> None:
        said = "attachment; filename*=UTF-8''%C3%BCber%2F..%2Ftexts.pdf"
        assert get(web.put("/x", PDF, Content_Disposition=said)).name == "texts.pdf"

    def test_the_encoding_that_the_server_states(self, web: Web) -> None:
        assert get(web.put("/x", b"a", Content_Type="text/html; charset=latin-1")).charset == "iso8859-1"
        assert get(web.put("/y", b"a", Content_Type="text/html; charset=no-such")).charset == ""

    def test_no_length_stated(self, web: Web) -> None:
        assert get(web.put("/x", PDF, Content_Length="")).data == PDF

    def test_in_chunks(self, web: Web) -> None:
        body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (PDF, PDF)) + b"0\r\n\r\n"
        address = web.raw(
            "/x", lambda out: out.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
        )
        assert get(address).data == PDF + PDF

    def test_nothing_packed_is_asked_for_but_it_is_unpacked(self, web: Web) -> None:
        for coding, data in {
            "gzip": gzip.compress(PDF),
            "deflate": zlib.compress(PDF),
            "x-gzip": gzip.compress(PDF),
        }.items():
            assert get(web.put("/x", data, Content_Encoding=coding)).data == PDF
        assert web.headers[0]["Accept-Encoding"] == "identity"
        assert "packs its answer" in refusal(web.put("/y", b"..", Content_Encoding="br"))

    def test_several_packed_parts_are_one_file(self, web: Web) -> None:
        whole = os.urandom(150_000) + PDF
        packed = b"".join(gzip.compress(whole[at : at + 40_000]) for at in range(0, len(whole), 40_000))
        for number, filled in enumerate((packed, packed + b"\0" * 512, packed + b"\0" * 99_000)):
            assert get(web.put(f"/{number}", filled, Content_Encoding="gzip")).data == whole
        single = b"".join(gzip.compress(whole[at : at + 1]) for at in range(5_000))
        assert get(web.put("/single", single, Content_Encoding="gzip")).data == whole[:5_000]
        assert "broke off" in refusal(web.put("/cut", packed[:-300], Content_Encoding="gzip"))
        rubbish = refusal(web.put("/rubbish", packed + b"and more", Content_Encoding="gzip"))
        assert "packed wrongly" in rubbish
        limits = Limits(size=len(whole) - 1)
        assert "larger than" in refusal(web.put("/much", packed, Content_Encoding="gzip"), limits=limits)

    @pytest.mark.parametrize(
        ("stated", "known"),
        [
            *(
                (name, "")
                for name in (
                    "undefined",
                    "idna",
                    "punycode",
                    "hex",
                    "base64",
                    "rot13",
                    "zlib",
                    "none",
                    "mbcs",
                )
            ),
            *((name, "") for name in ("a\x00b", "\udc80", "x" * 5000, "")),
            ("UTF8", "utf-8"),
            ("latin1", "iso8859-1"),
            ("Shift_JIS", "shift_jis"),
        ],
    )
    def test_only_an_encoding_of_text_is_taken_for_one(self, stated: str, known: str) -> None:
        assert encoding(stated) == known
        headers = Message()
        headers["Content-Type"] = f'text/plain; charset="{stated}"'
        assert _charset(headers) in (known, "")
        page = b"<html><body><article><p>%s</p></article></body></html>" % (
            b"Some words in a caf\xe9 of a page. " * 20
        )
        for kind in (PLAIN, HTML):
            found = reading.read(page, kind, stated)
            assert found.text is not None and "caf" in found.pages[0].text, found.problem

    def test_no_cookie_no_referrer_no_secret_is_sent(self, web: Web) -> None:
        get(web.send_on("/a", web.put("/b", PDF)))
        assert all(
            set(sent) == {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"}
            for sent in web.headers
        )


class TestLimits:
    def test_a_size_stated(self, web: Web) -> None:
        limits = Limits(size=1000)
        message = refusal(web.put("/x", b"", Content_Length="900000000"), limits=limits)
        assert "larger than" in message and "(858 MB)" in message

    def test_a_size_not_stated(self, web: Web) -> None:
        limits = Limits(size=200_000)
        assert "larger than" in refusal(web.put("/x", b"x" * 200_001, Content_Length=""), limits=limits)
        assert len(get(web.put("/y", b"x" * 200_000, Content_Length=""), limits=limits).data) == 200_000

    def test_a_bomb_unfolds_no_further_than_the_limit(self, web: Web) -> None:
        bomb = gzip.compress(b"\0" * 30_000_000)
        assert len(bomb) < 40_000
        message = refusal(web.put("/x", bomb, Content_Encoding="gzip"), limits=Limits(size=1_000_000))
        assert "larger than" in message

    def test_an_endless_answer_ends_at_the_size(self, web: Web) -> None:
        def endless(out: Any) -> None:
            out.write(b"HTTP/1.0 200 OK\r\n\r\n")
            while True:
                out.write(b"x" * 65536)

        assert "larger than" in refusal(web.raw("/x", endless), limits=Limits(size=500_000))

    @pytest.mark.parametrize("begin", [b"", b"HTTP/1.0 200 OK\r\nX: ", b"HTTP/1.0 200 OK\r\n\r\n"])
    def test_a_server_that_drips_is_stopped_as_a_whole(self, web: Web, begin: bytes) -> None:
        def drip(out: Any) -> None:
            out.write(begin)
            while True:
                out.write(b"x")
                time.sleep(0.05)

        address = web.raw("/x", drip)
        began = time.monotonic()
        assert "not done after 0.4 seconds" in refusal(address, limits=Limits(seconds=0.4))
        assert time.monotonic() - began < 2

    def test_a_look_up_that_hangs(self) -> None:
        began = time.monotonic()
        message = refusal(
            "http://slow.example/",
            limits=Limits(seconds=0.2),
            resolve=lambda *_: time.sleep(1.5) or ["127.0.0.1"],
        )
        assert "not done after 0.2 seconds" in message and time.monotonic() - began < 1

    def test_redirects(self, web: Web) -> None:
        for n in range(5):
            web.send_on(f"/{n}", f"/{n + 1}")
        web.put("/5", PDF)
        assert get(f"{web.address}/0").data == PDF
        assert "more than 4 redirects" in refusal(f"{web.address}/0", limits=Limits(redirects=4))
        assert "leads on and on" in refusal(web.send_on("/round", "/round"))

    @pytest.mark.parametrize(
        "to", ["file:///etc/passwd", "ftp://a.example/", "http://[", "//", "http://a b/"]
    )
    def test_a_redirect_to_what_is_no_web_address(self, web: Web, to: str) -> None:
        assert refusal(web.send_on("/a", to))

    def test_a_redirect_to_nowhere(self, web: Web) -> None:
        assert "doesn't say where" in refusal(web.put("/a", b"", 302))


class TestFailures:
    @pytest.mark.parametrize(
        ("status", "reason"),
        [
            (404, "has nothing at this address (404)"),
            (410, "has nothing"),
            (403, "does not give this to programs (403)"),
            (429, "does not give this to programs"),
            (500, "has a fault of its own (500)"),
            (503, "has a fault"),
            (204, "answered with status 204"),
            (206, "answered with status 206"),
            (304, "answered with status 304"),
        ],
    )
    def test_each_status_in_plain_words(self, web: Web, status: int, reason: str) -> None:
        assert reason in refusal(web.put("/a", b"", status))

    def test_an_empty_file(self, web: Web) -> None:
        assert "sent an empty file" in refusal(web.put("/a", b""))

    def test_a_connection_that_breaks_off(self, web: Web) -> None:
        message = refusal(web.put("/a", PDF, Content_Length="1000"))
        assert f"broke off after {len(PDF)} of 1,000 bytes" in message
        packed = gzip.compress(os.urandom(5000))[:3000]
        assert "broke off" in refusal(web.put("/b", packed, Content_Encoding="gzip"))

    @pytest.mark.parametrize(
        "sent",
        [
            b"",
            b"\x00" * 100,
            b"SSH-2.0-OpenSSH_9.2\r\n",
            b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n",
            b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000,
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nno gzip at all",
        ],
    )
    def test_what_is_no_answer_of_a_web_server(self, web: Web, sent: bytes) -> None:
        assert "could not be read" in refusal(web.raw("/a", lambda out: out.write(sent)))

    def test_nobody_listens(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
            assert "connection refused" in refusal(f"http://127.0.0.1:{port}/")

    def test_the_next_address_of_a_name_is_tried(self, web: Web) -> None:
        web.put("/", PDF)
        came = get(f"http://two.example:{web.port}/", resolve=lambda *_: ["127.0.0.9", "127.0.0.1"])
        assert came.data == PDF

    @settings(max_examples=40)
    @given(st.binary(max_size=120), st.booleans())
    def test_any_answer_is_a_file_or_a_reason(self, junk: bytes, begun: bool) -> None:
        with serving() as web:
            address = web.raw("/a", lambda out: out.write((b"HTTP/1.1 200 OK\r\n" if begun else b"") + junk))
            try:
                assert get(address, limits=Limits(seconds=5)).data
            except FetchError as error:
                assert str(error).endswith(".")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: Any) -> Path:
    """A key and a certificate for "paper.example", signed by itself."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=paper.example -keyout key -out cert"
    )
    subprocess.run(
        [*command.split(), "-addext", "subjectAltName=DNS:paper.example"],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    both = folder / "both.pem"
    both.write_text((folder / "key").read_text() + (folder / "cert").read_text())
    return both


class TestSecureConnections:
    def test_a_certificate_that_nobody_vouches_for_is_refused(self, certificate: Path) -> None:
        with serving(certificate) as web:
            web.put("/", PDF)
            message = refusal(f"https://paper.example:{web.port}/", resolve=lambda *_: ["127.0.0.1"])
        assert "its certificate is not valid" in message and web.asked == []

    def test_the_certificate_must_be_for_the_name_not_the_number(
        self, certificate: Path, monkeypatch: Any
    ) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))  # as a lab adds its own authority
        with serving(certificate) as web:
            web.put("/", PDF)
            here = {"resolve": lambda *_: ["127.0.0.1"]}
            assert get(f"https://paper.example:{web.port}/", **here).data == PDF
            assert "its certificate is not valid" in refusal(f"https://other.example:{web.port}/", **here)

    def test_a_server_that_speaks_no_tls(self, web: Web) -> None:
        message = refusal(web.address.replace("http:", "https:"))
        assert "No secure connection" in message


@settings(max_examples=80)
@given(st.text(max_size=300))
def test_names_of_files_are_safe(name: str) -> None:
    made = clean_name(name)
    assert len(made) <= 120 and made.isprintable() and not set(made) & set('/\\"<>:|?*;')
    assert made not in (".", "..")
