"""Where the letters of a quotation run along the letters of a source: blocks, in the order of both."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field

from quotes.matching.folding import JOINED, NO_SPACES
from quotes.matching.index import GRAM, MOST_PLACES, SHORT_GRAM, Index
from quotes.matching.quotation import Part, Quotation
from quotes.matching.result import PIECES_APART, PIECES_REVERSED
from quotes.matching.seeds import Seeds

REACH = 9_000  # letters within which the next piece after an ellipsis is looked for: more than two pages
BRACKET_REACH = 300  # letters that brackets may stand for, as far as the search is concerned
NEAR = 8  # words on either side within which two texts are brought together again
INSIDE = re.compile(r"(?:[^\W_]|\ufffd|\ufffe)+")  # no end of a word
MOST_SEEDS = 80  # beginnings of words that are looked up
FEW_PLACES = 6  # of a seed that is worth following at first
RARE = 12  # seeds that are looked up where a source repeats itself
PROBES = 4  # the few that usually suffice
SLICE = 24  # letters that are compared at once before they are compared one by one
ENOUGH = 14  # letters that may differ where no better place is looked for
LEAST = 6  # letters that must agree for that


@dataclass(slots=True)
class Block:
    """`length` letters that agree, from `q` in the quotation's key and `s` in the source's."""

    q: int
    s: int
    length: int

    @property
    def q_end(self) -> int:
        return self.q + self.length

    @property
    def s_end(self) -> int:
        return self.s + self.length


@dataclass(slots=True)
class Alignment:
    blocks: list[Block]
    faults: list[str] = field(default_factory=list)
    elsewhere: int = 0  # letters of parts that stand where they must not

    def matched(self) -> int:
        return sum(block.length for block in self.blocks)

    def score(self) -> float:
        """How good it is: letters that agree, less for each place where they do not, and for what is skipped."""
        skipped = sum(b.s - a.s_end for a, b in zip(self.blocks, self.blocks[1:], strict=False))
        return self.matched() - 3 * len(self.blocks) - 0.05 * skipped - 20 * len(self.faults)


def common(a: str, i: int, b: str, j: int, limit: int) -> int:
    """How many characters of a[i:] and b[j:] agree, at most `limit`."""
    done, step = 0, SLICE
    while done < limit:
        size = min(step, limit - done)
        x, y = a[i + done : i + done + size], b[j + done : j + done + size]
        if x == y:
            done += size
            step *= 2
        elif size > SLICE:
            step = size // 2
        else:
            for one, other in zip(x, y, strict=False):
                if one != other:
                    break
                done += 1
            break
    return done


def common_back(a: str, i: int, b: str, j: int, limit: int) -> int:
    """How many characters before a[i] and b[j] agree, at most `limit`."""
    done, step = 0, SLICE
    limit = min(limit, i, j)
    while done < limit:
        size = min(step, limit - done)
        x, y = a[i - done - size : i - done], b[j - done - size : j - done]
        if x == y:
            done += size
            step *= 2
        elif size > SLICE:
            step = size // 2
        else:
            for one, other in zip(reversed(x), reversed(y), strict=True):
                if one != other:
                    break
                done += 1
            break
    return done


class Ahead:
    """The two keys, read forwards."""

    def __init__(self, index: Index, seeds: Seeds, key: str, cuts: list[int]) -> None:
        self.index, self.seeds, self.q, self.s = index, seeds, key, index.key
        self.cuts = cuts
        self.cut_set = set(cuts)

    def is_cut(self, k: int) -> bool:
        """Whether a word of the source begins at letter k of its key (or before it one ends)."""
        at = self.index.at
        if k <= 0 or k >= len(at):
            return True
        a, b = at[k - 1], at[k]
        if b - a > 1:
            between = self.index.text[a + 1 : b]
            # In a lossy key, lost letters of one word may lie between.
            return between != JOINED and not (self.index.lost_ligatures and INSIDE.fullmatch(between))
        return bool(NO_SPACES.match(self.s[k]) or NO_SPACES.match(self.s[k - 1]))

    def next_cuts(self, k: int, most: int) -> list[int]:
        """The next places, from k on, where a word of the source begins."""
        at = self.index.at
        found: list[int] = []
        end = min(k + 110, len(at))
        last = at[k - 1] if k else -2
        spaced = self.s.isascii()
        for n, here in enumerate(at[k:end], k):
            if (here - last > 1 or not spaced and self.s[n] > "\u0e00") and self.is_cut(n):
                found.append(n)
                if len(found) > most:
                    break
            last = here
        if end == len(at):
            found.append(end)
        return found

    def shrunk(self, i: int, j: int, length: int, end: int) -> int:
        """A match from (i, j), cut back to the end of a word that both have there."""
        if i + length >= end and self.is_cut(j + length):
            return length
        cut_set, is_cut = self.cut_set, self.is_cut
        while length > 0 and not (i + length in cut_set and is_cut(j + length)):
            length -= 1
        return length


class Back(Ahead):
    """The two keys read backwards from a place: the quotation up to `i`, the source's window before `j`."""

    def __init__(self, ahead: Ahead, i: int, j: int, reach: int) -> None:
        self.ahead, self.i, self.j = ahead, i, j
        low = max(0, j - reach)
        self.index = ahead.index
        self.q, self.s = ahead.q[:i][::-1], ahead.s[low:j][::-1]
        self.cuts = [i - cut for cut in reversed(ahead.cuts) if cut <= i]
        self.cut_set = set(self.cuts)

    def is_cut(self, k: int) -> bool:
        return self.ahead.is_cut(self.j - k)

    def next_cuts(self, k: int, most: int) -> list[int]:
        found: list[int] = []
        at, s = self.index.at, self.ahead.s
        spaced = s.isascii()
        for n in range(k, min(k + 110, len(self.s))):
            here = self.j - n
            # Most letters stand right behind another one of their word.
            within = here < len(at) and at[here] - at[here - 1] == 1
            if within and (spaced or s[here] < "\u0e00" > s[here - 1]):
                continue
            if self.is_cut(n):
                found.append(n)
                if len(found) > most:
                    break
        return found


def chase(view: Ahead, i: int, j: int, end: int) -> list[Block]:
    """Blocks from (i, j) on, where the last one ended, to the end of the piece."""
    blocks: list[Block] = []
    while i < end:
        found = _resync(view, i, j, end)
        if not found:
            break
        blocks.append(found)
        i, j = found.q_end, found.s_end
    return blocks


def _resync(view: Ahead, i: int, j: int, end: int) -> Block | None:
    """The next block after a difference: the words nearest on both sides that agree again."""
    q, s = view.q, view.s
    rest = end - i
    window = min(len(s), j + 450)
    # What the quotation left out: its own next words stand a little further on.
    skipped: Block | None = None
    if rest >= LEAST:
        gram = q[i : i + min(GRAM, rest)]
        p = s.find(gram, j, window)
        while p >= 0:
            if view.is_cut(p):
                length = view.shrunk(i, p, common(q, i, s, p, end - i), end)
                if length >= LEAST or length == rest:
                    skipped = Block(i, p, length)
                    break
            p = s.find(gram, p + 1, window)
    if skipped and skipped.s - j < 30:
        return skipped
    at = bisect_left(view.cuts, i)
    mine = [cut for cut in view.cuts[at : at + NEAR] if cut < end]
    yours = view.next_cuts(j, NEAR)
    best: Block | None = None
    for total in range(1, NEAR + 4):
        for a in range(max(0, total - len(yours) + 1), min(total + 1, len(mine))):
            x, y = mine[a], yours[total - a]
            if y >= len(s) or q[x] != s[y]:
                continue
            length = view.shrunk(x, y, common(q, x, s, y, end - x), end)
            enough = length >= LEAST + 2 * max(0, total - 2) or (length and x + length == end and total <= 3)
            if enough and (best is None or length > best.length):
                best = Block(x, y, length)
        if best:
            break
    if best and skipped:
        return best if best.length >= 14 or best.s - j < 12 else skipped
    if best or skipped:
        return best or skipped
    for x in view.cuts[at + 1 : at + 60]:
        if x + LEAST > end:
            break
        gram = q[x : x + min(GRAM, end - x)]
        p = s.find(gram, j, window)
        if p >= 0 and view.is_cut(p):
            length = view.shrunk(x, p, common(q, x, s, p, end - x), end)
            if length >= LEAST:
                return Block(x, p, length)
    return None


def anchors(view: Ahead, part: Part, low: int = 0, high: int = 1 << 60, probes: int = 0) -> list[Block]:
    """Matches within a part, the longest first, of which the beginnings were found among the seeds.

    With `probes`, only so many beginnings are tried, spread over the part.
    """
    q, s, seeds = view.q, view.s, view.seeds
    found: list[Block] = []
    ends: dict[int, int] = {}  # by diagonal: how far its last match goes
    cuts = view.cuts[bisect_left(view.cuts, part.first) : bisect_left(view.cuts, part.last)]
    if probes and len(cuts) > probes:
        # The first and the last that a seed fits in, and some between.
        most = max(0, bisect_left(cuts, part.last - GRAM + 1) - 1)
        cuts = [cuts[most * k // (probes - 1)] for k in range(probes)]
    elif len(cuts) > RARE:
        often = {
            i: seeds.often(q[i : i + (SHORT_GRAM if q[i] > "\u0e00" and NO_SPACES.match(q[i]) else GRAM)])
            for i in cuts
        }
        if max(often.values()) > MOST_PLACES:  # a source that repeats itself: only the rarer seeds
            few = sorted(often.values())[RARE]
            cuts = [i for i in cuts if often[i] <= max(few, FEW_PLACES)]
    reach = part.last - part.first
    for i in cuts[:MOST_SEEDS]:
        size = SHORT_GRAM if q[i] > "\u0e00" and NO_SPACES.match(q[i]) else GRAM
        if i + size > part.last:
            continue
        if probes and seeds.often(q[i : i + size]) > FEW_PLACES:
            continue
        places = seeds.places(q[i : min(part.last, i + 8 * size)], size)
        for p in places:
            if not low <= p <= high or ends.get(p - i, -1) > i:
                continue
            before = common_back(q, i, s, p, i - part.first)
            after = common(q, i, s, p, part.last - i)
            ends[p - i] = i + after
            found.append(Block(i - before, p - before, before + after))
        if whole := [block for block in found if block.length == reach]:
            return whole
    found.sort(key=lambda block: -block.length)
    return found


def whole_matches(view: Ahead, part: Part, low: int, high: int, most: int) -> list[int]:
    """Where a short part stands as whole words between two places of the source's key."""
    key = view.q[part.first : part.last]
    found: list[int] = []
    p = view.s.find(key, low, high)
    while p >= 0 and len(found) < most:
        if view.is_cut(p) and view.is_cut(p + len(key)):
            found.append(p)
        p = view.s.find(key, p + 1, high)
    return found


def alignments(
    index: Index, seeds: Seeds, quotation: Quotation, parts: list[Part], near: int, most: int
) -> list[Alignment]:
    """The best alignments of the quotation's parts, at most `most`; `near` is a place in the source's key."""
    texts = [part for part in parts if part.kind == "text"]
    if not texts:
        return []
    view = Ahead(index, seeds, quotation.key, quotation.cuts())
    mains = _rarest(view, texts)
    if len(texts) > 1 and (chained := _chained(view, mains[0], parts, near)):
        return [chained]
    letters = sum(part.last - part.first for part in texts)
    out: list[Alignment] = []
    tried: set[tuple[int, int]] = set()
    for main, probes in [(mains[0], PROBES), *((main, 0) for main in mains)]:
        found = anchors(view, main, probes=probes)
        if not found and not probes:
            found = _whole_blocks(view, main, near, most)
        for block in _best_clusters(found, near, most, bool(probes)) if found else []:
            if (main.first, block.s - block.q) in tried:
                continue
            tried.add((main.first, block.s - block.q))
            alignment = _around(view, block, main, parts)
            if alignment:
                out.append(alignment)
        out.sort(key=lambda alignment: -alignment.score())
        if out and out[0].matched() + out[0].elsewhere >= letters - ENOUGH:
            break
    return out[:most]


def _chained(view: Ahead, main: Part, parts: list[Part], near: int) -> Alignment | None:
    """The parts, each found whole and in order: the usual case, and the nearest together of several."""
    key = view.q[main.first : main.last]
    size = SHORT_GRAM if NO_SPACES.match(key) else GRAM
    if len(key) >= size:
        places = [p for p in view.seeds.places(key, size) if view.s.startswith(key, p)]
        places = [p for p in places if view.is_cut(p) and view.is_cut(p + len(key))]
    else:
        places = whole_matches(view, main, 0, len(view.s), 64)
    best: tuple[int, list[Block]] | None = None
    at = parts.index(main)
    for p in places:
        blocks = [Block(main.first, p, len(key))]
        if not _follow(view, parts[at + 1 :], blocks, True) or not _follow(
            view, parts[at - 1 :: -1] if at else [], blocks, False
        ):
            continue
        span = blocks[-1].s_end - blocks[0].s + (2 * abs(p - near) if near >= 0 else 0)
        if best is None or span < best[0]:
            best = span, blocks
    return Alignment(best[1]) if best else None


def _follow(view: Ahead, parts: list[Part], blocks: list[Block], ahead: bool) -> bool:
    """Add a block for each text of `parts`, found whole and within reach of the one before."""
    reach = REACH
    s = view.s
    for part in parts:
        if part.kind != "text":
            reach = REACH if part.kind == "ellipsis" else BRACKET_REACH
            continue
        key = view.q[part.first : part.last]
        low = blocks[-1].s_end if ahead else max(0, blocks[0].s - reach)
        high = min(len(s), low + reach) if ahead else blocks[0].s
        p = s.find(key, low, high) if ahead else s.rfind(key, low, high)
        while p >= 0 and not (view.is_cut(p) and view.is_cut(p + len(key))):
            p = s.find(key, p + 1, high) if ahead else s.rfind(key, low, p + len(key) - 1)
        if p < 0:
            return False
        block = Block(part.first, p, len(key))
        if ahead:
            blocks.append(block)
        else:
            blocks.insert(0, block)
    return True


def _whole_blocks(view: Ahead, part: Part, near: int, most: int) -> list[Block]:
    """The places of a part that is too short for a seed."""
    key = view.q[part.first : part.last]
    size = SHORT_GRAM if NO_SPACES.match(key) else GRAM
    if len(key) >= size and not view.seeds.often(key[:size]):
        return []  # each beginning of a word has its seed: it stands nowhere
    places = whole_matches(view, part, 0, len(view.s), 40)
    places.sort(key=lambda p: abs(p - near))
    return [Block(part.first, p, part.last - part.first) for p in places[:most]]


def _rarest(view: Ahead, texts: list[Part]) -> list[Part]:
    """The parts to begin with: of the longest few those that stand in the fewest places."""
    if len(texts) == 1:
        return texts
    longest = sorted(texts, key=lambda part: part.first - part.last)[:3]
    first = view.q[longest[0].first : longest[0].last]
    if len(first) >= GRAM and not NO_SPACES.match(first) and view.seeds.often(first[:GRAM]) == 1:
        return longest[:2]

    def places(part: Part) -> tuple[int, int]:
        key = view.q[part.first : part.last]
        size = SHORT_GRAM if NO_SPACES.match(key) else GRAM
        if len(key) < size:
            return 1_000, -len(key)
        beginning = key[: 4 * size]
        count = len([p for p in view.seeds.places(beginning, size) if view.s.startswith(beginning, p)])
        return count or 500, -len(key)

    return sorted(longest, key=places)[:2]


def _best_clusters(found: list[Block], near: int, most: int, alike: bool) -> list[Block]:
    """The longest block of each place where many letters agree along nearly one line, best place first.

    With `alike` only the places that can't be told from the best one.
    """
    if len(found) == 1:
        return found
    buckets: dict[int, list[Block]] = {}
    for block in found:
        buckets.setdefault((block.s - block.q) >> 6, []).append(block)
    ranked = []
    for number, bucket in buckets.items():
        near_by = bucket + buckets.get(number + 1, [])
        if len(near_by) > 1:
            near_by.sort(key=lambda block: block.q)
        covered = last = 0
        diagonal = None
        for block in near_by:
            new = block.q_end - max(block.q, last)
            if new > 0:
                # Letters on another line than the ones before weigh less: they may be of another sentence.
                covered += new if diagonal in (None, block.s - block.q) else new - min(new, 5)
                last, diagonal = block.q_end, block.s - block.q
        ranked.append((covered, max(bucket, key=lambda block: block.length)))
    top = max(covered for covered, _ in ranked)
    least = top - ENOUGH if alike else 0.6 * top
    ranked = [pair for pair in ranked if pair[0] >= least]
    ranked.sort(key=lambda pair: (-pair[0], abs(pair[1].s - near) if near >= 0 else 0))
    return [block for _, block in ranked[: most + 1]]


def _within(view: Ahead, block: Block, part: Part) -> list[Block]:
    """The blocks of one part around its anchor."""
    # The anchor, cut back to words that both have whole.
    q, s, length = block.q, block.s, view.shrunk(block.q, block.s, block.length, part.last)
    while length > 0 and not (q in view.cut_set and view.is_cut(s)):
        q, s, length = q + 1, s + 1, length - 1
    if length <= 0:
        return []
    blocks = [Block(q, s, length)]
    blocks += chase(view, q + length, s + length, part.last)
    if q > part.first:
        reach = 700 + 2 * (q - part.first)
        back = Back(view, q, s, reach)
        left = chase(back, 0, 0, q - part.first)
        blocks = [Block(q - b.q_end, s - b.s_end, b.length) for b in reversed(left)] + blocks
    return blocks


def _around(view: Ahead, block: Block, main: Part, parts: list[Part]) -> Alignment | None:
    blocks = _within(view, block, main)
    if not blocks:
        return None
    out = Alignment(blocks)
    at = parts.index(main)
    reach = REACH
    for part in parts[at + 1 :]:
        if part.kind != "text":
            reach = REACH if part.kind == "ellipsis" else BRACKET_REACH
            continue
        cursor = out.blocks[-1].s_end
        out.blocks += _place(view, part, cursor, min(len(view.s), cursor + reach), True, out)
    for part in reversed(parts[:at]):
        if part.kind != "text":
            reach = REACH if part.kind == "ellipsis" else BRACKET_REACH
            continue
        cursor = out.blocks[0].s
        out.blocks = _place(view, part, max(0, cursor - reach), cursor, False, out) + out.blocks
    return out


def _place(view: Ahead, part: Part, low: int, high: int, ahead: bool, out: Alignment) -> list[Block]:
    """The blocks of a part that must stand between two places; else where it does stand, and the fault."""
    key = view.q[part.first : part.last]
    p = view.s.find(key, low, high) if ahead else view.s.rfind(key, low, high)
    while p >= 0:
        if view.is_cut(p) and view.is_cut(p + len(key)):
            return [Block(part.first, p, len(key))]
        p = view.s.find(key, p + 1, high) if ahead else view.s.rfind(key, low, p + len(key) - 1)
    size = SHORT_GRAM if NO_SPACES.match(key) else GRAM
    within = anchors(view, part, low, high, probes=PROBES)
    found: list[Block] = []
    if not within:
        whole = (
            [p for p in view.seeds.places(key, size) if view.s.startswith(key, p)] if len(key) >= size else []
        )
        found = [Block(part.first, p, len(key)) for p in whole]
        within = [] if found else anchors(view, part, low, high)
    if within:
        blocks = [b for b in _within(view, within[0], part) if low <= b.s and b.s_end <= high]
        if sum(block.length for block in blocks) >= 0.35 * len(key):
            return blocks
    if not within and not found and (blocks := _by_words(view, part, low, high, ahead)):
        return blocks
    # It stands elsewhere, or nowhere.
    found = found or anchors(view, part)
    if found and found[0].length >= 0.6 * len(key):
        turned = found[0].s < low if ahead else found[0].s >= high
        out.faults.append(PIECES_REVERSED if turned else PIECES_APART)
        out.elsewhere += found[0].length
    return []


def _by_words(view: Ahead, part: Part, low: int, high: int, ahead: bool) -> list[Block]:
    """The blocks of a short piece too changed for a seed: around its longest word, near the piece beside it."""
    reach = 3 * (part.last - part.first) + 100
    low, high = (low, min(high, low + reach)) if ahead else (max(low, high - reach), high)
    cuts = view.cuts[bisect_left(view.cuts, part.first) : bisect_left(view.cuts, part.last)]
    words = sorted(zip(cuts, [*cuts[1:], part.last], strict=True), key=lambda word: word[0] - word[1])
    best: list[Block] = []
    for a, b in words[:5]:
        if b - a < 2 or sum(o.length for o in best) > b - a + LEAST:
            break
        for p in whole_matches(view, Part("text", 0, 0, a, b), low, high, 20):
            blocks = [o for o in _within(view, Block(a, p, b - a), part) if low <= o.s and o.s_end <= high]
            if sum(o.length for o in blocks) > sum(o.length for o in best):
                best = blocks
    enough = 0.35 * (part.last - part.first)
    return best if sum(block.length for block in best) >= enough else []
