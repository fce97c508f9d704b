"""URLs that must be refused, by family, and URLs that must pass; for every entrance to test with.

`{s}` stands for the right scheme of the entrance. The policy is the default one: nothing private
is open, and Patchbay itself answers to `patchbay.example.net`.
"""

from collections.abc import Iterator
from urllib.parse import quote

OWN_HOST = "patchbay.example.net"

# The must-refuse set: special ranges, metadata services and transition forms.
ADDRESSES = (
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.8.8.8",
    "168.63.129.16", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255",
    "192.0.0.9", "192.0.0.170", "192.0.0.192", "192.0.2.1", "192.31.196.1", "192.52.193.1",
    "192.88.99.1", "192.168.1.1", "192.175.48.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1", "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1", "100::1", "100:0:0:1::1", "2001::1", "2001:2::1", "2001:20::1", "2001:db8::1",
    "2002:7f00:1::", "2620:4f:8000::1", "3fff::1", "4000::1", "5f00::1", "8000::1", "fd00:ec2::254",
    "fe80::1", "ff02::1",
)  # fmt: skip

_CIRCLED = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")
_WIDE = str.maketrans("0123456789.", "０１２３４５６７８９．")


def _spellings(address: str) -> Iterator[str]:
    """One IPv4 address as parsers have been known to read it."""
    parts = [int(part) for part in address.split(".")]
    whole = int.from_bytes(bytes(parts))
    yield address
    yield f"{address}."
    yield str(whole)
    yield hex(whole)
    yield f"0{whole:o}"
    yield ".".join(hex(part) for part in parts)
    yield ".".join(f"0{part:o}" for part in parts)
    yield ".".join(f"{part:03d}" for part in parts)
    yield f"{parts[0]}.{int.from_bytes(bytes(parts[1:]))}"
    yield f"{parts[0]}.{parts[1]}.{parts[2] * 256 + parts[3]}"
    yield hex(parts[0]) + address[address.index(".") :]
    yield address.translate(_CIRCLED)
    yield address.translate(_WIDE)
    yield address.replace(".", "。")
    yield quote(address.replace(".", "%2e"), safe="%")
    yield f"[::ffff:{address}]"
    yield f"[::{address}]"
    yield f"[64:ff9b::{address}]"
    yield f"[{address}]"


def _literals() -> Iterator[str]:
    for address in ADDRESSES:
        if ":" in address:
            for form in (f"[{address}]", f"[{address}%25eth0]", f"[{address}%eth0]", address):
                yield f"{{s}}://{form}/"
                yield f"{{s}}://{form}:8443/v1"
        else:
            for form in _spellings(address):
                yield f"{{s}}://{form}/v1"
    for public in ("8.8.8.8", "1.1.1.1", "[2606:4700::1111]", "[2a00:1450::1]"):
        yield f"{{s}}://{public}/"  # certificates are for names


def _schemes() -> Iterator[str]:
    for scheme in (
        "http", "ws", "ftp", "file", "gopher", "unix", "data", "javascript", "jar", "dict", "ldap",
        "tftp", "HTTPS", "Wss", "hTTps", "https+unix", "about", "blob", "smtp", "redis", "",
    ):  # fmt: skip
        yield f"{scheme}://llm.example.com/v1"
    yield from (
        "//llm.example.com/", "llm.example.com", "/v1/chat", "{s}:llm.example.com",
        "{s}:/llm.example.com", "{s}:///llm.example.com", "{s}//llm.example.com", "{s}://", "{s}:",
        "{s}:////llm.example.com/", "://llm.example.com", "", " ", "{s}://?x=1", "{s}://#",
        "{s}://:443/", "{s}://./", "{s}://../", "{s}://-/", "{s} ://llm.example.com",
    )  # fmt: skip


def _characters() -> Iterator[str]:
    odd = [*map(chr, range(0x21)), "\x7f", "\x80", "\x85", "\xa0", "\xad", "\u1680", "\u180e"]
    odd += ["\\", "\u2000", "\u200b", "\u200d", "\u202e", "\u2028", "\u2060", "\u3000", "\ufeff"]
    for char in odd:
        yield f"{{s}}://llm.exa{char}mple.com/"
        yield f"{{s}}://llm.example.com/v1{char}x"
        yield f"{char}{{s}}://llm.example.com/"
        yield f"{{s}}://llm.example.com{char}@127.0.0.1/"
        yield f"{{s}}://llm.example.com/{char}"
    yield "{s}://llm.example.com/" + "a" * 2048
    yield "{s}://" + "a." * 1100 + "com/"


def _user_and_fragment() -> Iterator[str]:
    for part in ("user@", "user:pass@", "@", ":@", "127.0.0.1@", "llm.example.com:443@", "%40@"):
        for host in ("llm.example.com", "127.0.0.1", "169.254.169.254", "localhost"):
            yield f"{{s}}://{part}{host}/"
    for part in ("#", "#x", "#@127.0.0.1", "#\\@127.0.0.1/"):
        yield f"{{s}}://llm.example.com{part}"
        yield f"{{s}}://llm.example.com/v1?x=1{part}"
    for host in ("127.0.0.1", "localhost", "metadata.google.internal"):
        yield f"{{s}}://llm.example.com\\@{host}/"
        yield f"{{s}}://llm.example.com%40{host}/"
        yield f"{{s}}://llm.example.com%2f@{host}/"
        yield f"{{s}}://{host}%00.example.com/"
        yield f"{{s}}://{host}%2eexample.com/"


def _names() -> Iterator[str]:
    names = (
        "localhost", "localhost.localdomain", "localdomain", "local", "printer.local", "internal",
        "db.internal", "intranet", "wiki.intranet", "home.arpa", "nas.home.arpa", "lan", "nas.lan",
        "svc", "api.default.svc", "cluster.local", "api.default.svc.cluster.local", "x.onion",
        "1.0.0.127.in-addr.arpa", "x.test", "x.invalid", "x.example", "metadata.google.internal",
        "metadata.goog", "metadata.tencentyun.com", "instance-data", "instance-data.ec2.internal",
        "metadata.azure.internal", "kubernetes.default", "kubernetes.default.svc", "a.localhost",
        "foo.corp", "router.home", "x.private", OWN_HOST,
    )  # fmt: skip
    for name in names:
        forms = (
            name,
            f"{name}.",
            name.upper(),
            name.title(),
            f"{name}:8443",
            f"{name}..",
            f"①.{name}",
        )
        for form in forms:
            yield f"{{s}}://{form}/"
    for name in ("ⓛocalhost", "ｌocalhost", "localhoſt", "𝐥ocalhost", "metadata。google。internal"):
        yield f"{{s}}://{name}/"


def _grammar() -> Iterator[str]:
    hosts = (
        "com", "example", "-llm.example.com", "llm-.example.com", "llm..example.com",
        ".example.com", "exa_mple.com", "_dmarc.example.com", "exa mple.com", "exa*mple.com",
        "*.example.com",
        "exa!mple.com", "exa$mple.com", "exa'mple.com", "exa(mple).com", "exa,mple.com",
        "exa;mple.com", "exa=mple.com", "exa~mple.com", "exa+mple.com", "exa&mple.com",
        "exa|mple.com", "exa^mple.com", "exa`mple.com", "exa{mple}.com", 'exa"mple.com',
        "exa<mple>.com", "[llm.example.com]", "[example.com]", "[v1.example.com]", "[]", "[::1",
        "::1]", "[1]", "[::g]", "llm.example.com.1", "llm.example.0x7f", "llm.example.0x", "1",
        "0x1", "llm.%65xample.com", "%6c%6cm.example.com", "llm.example%2ecom",
        "xn--.example.com.-",
        f"{'a' * 64}.example.com", f"{'a.' * 127}com", "llm.example.com..", "exämple_.com",
        "ex‥ample.com", "example。com", "example．com", "example｡com", "ⓔxample.com", "ﬁne.com",
        "a⁄b.com", "example.com⁄.evil.org", "℀.example.com", "example.com／evil", "ａ.com",
    )  # fmt: skip
    for host in hosts:
        yield f"{{s}}://{host}/"
        yield f"{{s}}://{host}:8443/v1?x=1"


def _ports() -> Iterator[str]:
    for port in (
        "0", "1", "21", "22", "23", "25", "53", "80", "110", "135", "389", "445", "444", "636",
        "873", "1023", "1433", "1521", "2049", "2375", "2379", "3306", "3389", "5432", "5900",
        "5984", "6379", "6443", "8500", "9042", "9092", "9200", "10250", "11211", "15672", "27017",
        "65536", "99999", "4294967739", "-1", "+443", "0443", "443a", "0x1bb", "４４３", "44 3", "",
        "443:443", "1e3", "443.", "%34%34%33",
    ):  # fmt: skip
        yield f"{{s}}://llm.example.com:{port}/"
        yield f"{{s}}://llm.example.com:{port}/v1/chat?x=y"


FAMILIES = {
    "literals": _literals,
    "schemes": _schemes,
    "characters": _characters,
    "user and fragment": _user_and_fragment,
    "names": _names,
    "grammar": _grammar,
    "ports": _ports,
}


def hostile_urls(scheme: str) -> list[str]:
    """Every hostile URL for an entrance that takes `https` or `wss`."""
    return list(
        dict.fromkeys(
            url.replace("{s}", scheme) for family in FAMILIES.values() for url in family()
        )
    )


def good_urls(scheme: str) -> list[str]:
    paths = (
        "", "/", "/v1/chat/completions", "/a/b?x=1&y=%2Fz", "?sig=a%7Eb~c", "//double/slash",
        "/../up", "/:colon@at", "/ä", "/v1;p=1", "/%E2%82%AC", "/a|b",
    )  # fmt: skip
    hosts = (
        "llm.example.com", "LLM.Example.COM", "llm.example.com.", "a-b.c-d.co.uk", "1and1.com",
        "bücher.de", "xn--bcher-kva.de", "faß.de", "例え.jp", "xn--r8jz45g.jp", "a.b.c.d.e.f.g.io",
        "localhost.example.com", "internal.example.com", "127.0.0.1.nip.io", "0x7f.com", "test.dev",
        f"{'a' * 63}.example.com", "my-patchbay.example.net", "notpatchbay.example.net", "ex.ample",
    )  # fmt: skip
    ports = ("", ":443", ":8443", ":1024", ":3000", ":8000", ":8080", ":11434", ":65535")
    urls = [f"{scheme}://{host}{path}" for host in hosts for path in paths]
    return urls + [f"{scheme}://llm.example.com{port}/v1" for port in ports]
