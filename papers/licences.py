"""Under which licences a source's file may be passed on to readers."""

from __future__ import annotations

import re

NAMES = "CC0, CC BY, CC BY-SA, CC BY-ND, public domain, MIT, BSD, ISC, Apache, MPL, GPL, GFDL or OGL"

# Each lets anyone pass on unchanged copies for any purpose. Those that forbid commerce (NC) don't, and
# what a site is used for is not known here.
OPEN = re.compile(
    r"""(?:the\ )?
    (?: cc\ ?0 | cc\ zero | public\ domain(?:\ mark)? | pdm | unlicense
      | (?:cc|creative\ commons)\ (?:by|attribution)
            (?:\ (?:sa|nd|share\ ?alike|no\ ?deriv(?:ative)?s))?
      | mit | isc | 0?bsd(?:\ [234]\ clause)? | apache | mpl | [al]?gpl | gfdl | ogl
    )
    (?:\ licen[cs]e)?
    (?:,?\ ?(?:version\ |v\ ?)?\d(?:\.\d)*)?
    (?:\ (?:international|unported|generic|universal|or\ later|only|licen[cs]e|deed))?""",
    re.VERBOSE,
)
LINK = re.compile(
    r"https?://(?:www\.)?creativecommons\.org/(?:licenses/(?:by|by-sa|by-nd)|publicdomain/(?:zero|mark))/\d\.\d/?"
    r"(?:(?:deed|legalcode)(?:\.[a-z-]+)?/?)?"
)


def is_open(licence: str) -> bool:
    """True if the licence, as an editor wrote it, is one of those that let readers have the file.

    The whole of what is written must be the licence's name ("CC BY 4.0", "cc-by-sa", "MIT License",
    an address at creativecommons.org): a sentence that merely contains one is not.
    """
    text = licence.strip().lower()
    return bool(LINK.fullmatch(text) or OPEN.fullmatch(re.sub(r"[\s_-]+", " ", text)))
