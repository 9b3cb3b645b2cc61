"""URLs as identity and as evidence: one spelling for each page, and the host it belongs to."""

import re
from functools import lru_cache
from urllib.parse import urlsplit, urlunsplit

_TRACKING_PREFIXES = (
    "utm_",
    "at_",
    "pk_",
    "mtm_",
    "matomo_",
    "hsa_",
    "mc_",
    "_hs",
    "vero_",
    "oly_",
    "wt_",
    "stm_",
)
_TRACKING = frozenset(
    """
    fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid twclid ttclid igshid igsh li_fat_id _openstat _ga _gl
    cmp cmpid cmpcode ocid icid ito ns_campaign ns_mchannel ns_source ns_linkname ns_fee spm smid smtyp sref
    ref ref_src ref_url referrer referer source_ref via xtor ftag ncid mbid mod_source partner_code taid traffic_source
    partner soc_src soc_trk guccounter guce_referrer guce_referrer_sig __twitter_impression __cft__ __tn__
    wtmc wt_mc wtrid sc_channel sc_campaign campaign_id share_id sharetype
    """.split()  # noqa: SIM905 - a table, read by eye
)
"""Query parameters that say how a reader arrived, not what the page is.

Collected from the share links of newspapers and the lists of URL normalisers. A parameter that selects
content on some site (`id`, `p`, `page`, `lang`, `article`) must never be here: two articles would get one
identity.
"""
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}


def canonical_url(url: str) -> str:
    """Return the one spelling of `url` that identifies its page; "" for anything but an http(s) URL.

    Scheme and host become lower case. The default port, user name, password, fragment and tracking parameters
    are removed, the other parameters are sorted, and escapes are normalised (w3lib). Path case, a trailing
    slash, `www.` and http or https stay, because servers may distinguish them.

    >>> canonical_url("HTTPS://WWW.Example.com:443/News/a?utm_source=x&b=2&a=1#top")
    'https://www.example.com/News/a?a=1&b=2'
    >>> canonical_url("mailto:desk@example.com")
    ''
    """
    url = url.strip()
    if url.startswith("//"):
        url = "https:" + url
    if not _SCHEME.match(url) or len(url) > 8192:
        return ""
    from w3lib.url import canonicalize_url  # with urllib's client: 20 ms, and many texts have no URL

    try:
        parts = urlsplit(canonicalize_url(url))
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:  # a broken IPv6 address or port, a label that IDNA refuses
        return ""
    if not host or any(c.isspace() or c in '<>"{}|\\^`' for c in host):
        return ""
    if ":" in host:
        host = f"[{host}]"
    if port is not None and port != _PORTS.get(parts.scheme):
        host = f"{host}:{port}"
    query = "&".join(p for p in parts.query.split("&") if p and not _is_tracking(p)) if parts.query else ""
    return urlunsplit((parts.scheme, host, parts.path or "/", query, ""))


def _is_tracking(parameter: str) -> bool:
    name = parameter.partition("=")[0].lower()
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES)


@lru_cache(maxsize=4096)
def site_of(url: str) -> str:
    """Return the site of a URL or bare host: the host in lower case without `www.`; "" if there is none.

    >>> site_of("https://www.bbc.co.uk:443/news/world"), site_of("news.example.com")
    ('bbc.co.uk', 'news.example.com')
    """
    url = url.strip()
    if "//" not in url:
        url = "//" + url
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""
    if "." not in host or any(c.isspace() for c in host):
        return ""
    return host.removeprefix("www.")
