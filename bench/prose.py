"""Sentences for the labelled set: made by rule and seed, so that the truth about each is known.

They read like papers: numbers with units, compounds, possessives, negations, references. No two of a
document are alike, and none stands in two documents.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

EN = {
    "the": ["The", "Our", "This", "Each", "The proposed", "The second", "The authors'", "A well-known"],
    "noun": "model policy benchmark dataset sampler encoder reward curriculum verifier tokenizer scheduler retriever survey reader archive index parser corpus"
    " instrument estimator controller baseline classifier gateway ledger workflow office field affine-map".split(),
    "adj": "large robust efficient rule-based long-term self-consistent fine-grained state-of-the-art offline difficult sufficient stiff"
    " low-rank cross-lingual simple careful reflexive conflicting".split(),
    "verb": "improves reduces reveals preserves confirms amplifies reflects offsets simplifies identifies explains underscores affects"
    " clarifies specifies outperforms stabilises".split(),
    "object": "accuracy variance throughput latency calibration coverage efficiency fluency agreement readability inflation the final score"
    " the model's output the reader's effort the users' trust generalisation classification".split(),
    "prep": "on by during across after without within under beyond".split(),
    "place": "held-out tasks|unseen domains|the validation split|long documents|noisy channels|five languages|the first half of training|clinical records"
    "|low-resource settings|the official test set|repeated trials|fifteen sites|off-diagonal cells|different firms".split(
        "|"
    ),
    "clause": "which suggests that scale alone does not suffice|although the effect vanishes for short inputs|because errors compound over time"
    "|so that no manual labels are required|while the cost stays flat|which was not expected|whereas earlier work reported the opposite"
    "|and it never exceeds the stated bound|a finding that conflicts with folklore|provided that the filter is fixed in advance"
    "|since annotators rarely agree|unless the buffer overflows".split("|"),
    "lead": "However|In contrast|Surprisingly|For this reason|In practice|As a result|On the other hand|By design|In our view|More specifically".split(
        "|"
    ),
}
DE = {
    "noun": "Verfahren|Messwert|Schlüssel|Prüfstand|Übergang|Straßenverkehr|Rechnungsabschluss|Gefäß|Netzausbau|Wärmeübertragungskoeffizient|Lösungsansatz|Größenvergleich".split(
        "|"
    ),
    "verb": "verändert|bestätigt|ermöglicht|verschärft|begünstigt|überprüft|erklärt|erhöht|schwächt".split(
        "|"
    ),
    "object": "die Genauigkeit|den Wirkungsgrad|die Veröffentlichung|das Ergebnis|die Auflösung|den Aufwand|die öffentliche Debatte|die Häufigkeit|das Grundgefüge".split(
        "|"
    ),
    "place": "im zweiten Halbjahr|bei höheren Temperaturen|in ländlichen Räumen|während der Prüfung|außerhalb der Städte|unter günstigen Bedingungen|nach dem Abschluss".split(
        "|"
    ),
    "clause": "weil größere Schwankungen auftreten|obwohl kein Zusammenhang nachweisbar ist|sodass die Kosten nicht weiter steigen|was früher für „unmöglich“ gehalten wurde"
    "|während ältere Ansätze scheitern|wenn die Fläche fünfmal größer ist".split("|"),
    "lead": "Überdies|Allerdings|Demgegenüber|Erfahrungsgemäß|Schließlich|Für die Übergangszeit".split("|"),
}
FR = {
    "noun": "méthode|étude|hypothèse|réforme|mesure|société|théorie|donnée|règle|œuvre|forêt".split("|"),
    "verb": "améliore|révèle|réduit|dépasse|complète|précède|éclaire|reflète|modifie".split("|"),
    "object": "l'efficacité du système|la qualité des données|l'équilibre général|le coût d'accès|l'été dernier|la fréquence observée|l'intérêt du modèle|les différences d'échelle".split(
        "|"
    ),
    "place": "à l'échelle européenne|dans les régions côtières|après la première année|au-delà des frontières|pendant l'expérience|chez les élèves".split(
        "|"
    ),
    "clause": "ce qui n'était pas prévu|parce que l'écart s'élargit|tandis que « l'ancien régime » demeure|sans que rien ne change ailleurs|bien que l'effet soit difficile à isoler|d'où l'intérêt d'une analyse plus fine".split(
        "|"
    ),
    "lead": "Cependant|En outre|À l'inverse|Dès lors|Par conséquent".split("|"),
}
ZH = {
    "a": "该模型|这一方法|新的数据集|奖励函数|研究团队|语言模型|检索系统|训练过程|评估框架|实验结果".split(
        "|"
    ),
    "b": "显著提高了|没有改变|进一步降低了|清楚地说明了|超过了|验证了|重新定义了|部分解释了".split("|"),
    "c": "推理能力|计算成本|回答的准确率|人工标注的需求|长文本的理解|不同语言之间的差距|系统的稳定性|读者的信任".split(
        "|"
    ),
    "d": "在多个公开基准上|在训练的后期|对于较短的输入|在资源有限的条件下|与人类专家相比|经过三轮筛选之后|在没有监督的情况下".split(
        "|"
    ),
    "e": "这表明规模并不是唯一的因素|因此需要更加谨慎的解释|这一点与以往的研究不同|但其原因尚不清楚|从而减少了重复劳动|因为误差会逐步累积".split(
        "|"
    ),
}
JA = {
    "a": "この手法は|提案するモデルは|新しいデータセットは|報酬関数は|研究チームは|言語モデルは|検索システムは|学習の過程は|評価の枠組みは".split(
        "|"
    ),
    "b": "推論能力を|計算の費用を|回答の正確さを|長い文章の理解を|言語間の差を|システムの安定性を|読者の信頼を|注釈の必要性を".split(
        "|"
    ),
    "c": "大きく向上させた|さらに低下させた|明確に示した|部分的に説明した|改めて検証した|変化させなかった".split(
        "|"
    ),
    "d": "複数の公開基準において|学習の後半では|短い入力に対して|限られた資源の下で|専門家と比べて|三回の選別を経て|教師なしの条件で".split(
        "|"
    ),
    "e": "これは規模だけが要因ではないことを示している|そのため慎重な解釈が必要である|この点は従来の研究と異なる|ただしその理由は明らかではない|誤差が徐々に蓄積するためである".split(
        "|"
    ),
}


@dataclass(frozen=True)
class Sentence:
    """`text` as a careful author would quote it; `reference` the citation within it, "" if none."""

    text: str
    reference: str = ""


def sentences(language: str, count: int, seed: str, references: str = "") -> list[Sentence]:
    """`count` different sentences. `references` is "numeric", "author", "key" or "" for none."""
    chance = random.Random(f"{language} {seed}")
    found: dict[str, Sentence] = {}
    while len(found) < count:
        made = globals()[f"_{language}"](chance, references)
        found.setdefault(made.text, made)
    return list(found.values())


ELSEWHERE = {
    "en": (
        "The harbour|My grandmother|A retired captain|The village choir|Our neighbour|The old baker|An owl|The ferry",
        "sold|painted|remembered|buried|repaired|borrowed|carried home|forgot",
        "seven blue lanterns|a crate of oranges|the brass compass|his father's violin|a jar of honey|the broken gate|two wet umbrellas",
        "before the autumn storms arrived|near the chapel on the hill|while the children slept|in exchange for warm bread"
        "|because winter was on its way|when nobody was looking|for the summer fair",
    ),
    "de": (
        "Der alte Bäcker|Meine Großmutter|Die Fähre|Ein müder Kapitän|Der Nachbarshund|Die Dorfkapelle",
        "verkaufte|bemalte|vergaß|reparierte|versteckte|holte",
        "sieben blaue Laternen|eine Kiste Orangen|den kaputten Zaun|ein Glas Honig|zwei nasse Regenschirme",
        "bevor die Herbststürme kamen|neben der Mühle am Bach|als alle Kinder schliefen|im Tausch gegen warmes Brot",
    ),
    "fr": (
        "Le vieux boulanger|Ma grand-mère|Un capitaine fatigué|Le chien du voisin|La chorale du village",
        "vendit|peignit|oublia|répara|cacha|emporta",
        "sept lanternes bleues|une caisse d'oranges|le portail cassé|un pot de miel|deux parapluies mouillés",
        "avant les tempêtes d'automne|près du moulin sur la colline|quand les enfants dormaient|en échange de pain chaud",
    ),
    "zh": (
        "老面包师|我的外祖母|疲倦的船长|邻居家的狗|村里的合唱队|渡船上的旅客",
        "卖掉了|忘记了|修好了|藏起了|带走了|画下了",
        "七盏蓝色的灯笼|一箱橘子|坏掉的篱笆|两把湿雨伞|一罐蜂蜜",
        "在秋天的暴风雨来临之前|就在山坡上的磨坊旁边|那时孩子们都已经睡着|用来换取热腾腾的馒头",
    ),
    "ja": (
        "年老いたパン屋は|祖母は|疲れた船長は|隣の犬は|村の合唱団は",
        "青い提灯を七つ|みかんを一箱|壊れた門を|濡れた傘を二本|蜂蜜の瓶を",
        "売ってしまった|忘れていた|直しておいた|隠していた|家に持ち帰った",
        "秋の嵐が来る前のことだった|丘の上の水車小屋の近くで|子供たちが眠っている間に|温かいパンと引き換えに",
    ),
}  # fmt: skip


def strange(language: str, seed: str, count: int = 12) -> list[str]:
    """Sentences of another world, that no document of the set comes near."""
    chance = random.Random(f"strange {language} {seed}")
    glue, stop = ("，", "。") if language in ("zh", "ja") else (" ", ".")
    found: dict[str, None] = {}
    while len(found) < count:
        parts = [chance.choice(part.split("|")) for part in ELSEWHERE[language]]
        text = glue.join(["".join(parts[:3]), parts[3]]) if language in ("zh", "ja") else glue.join(parts)
        found.setdefault(text + stop)
    return list(found)


def manifold(count: int, seed: str) -> list[str]:
    """Sentences with the frequencies of a natural language: 20,000 made-up words, each rarer than the one before."""
    chance = random.Random(seed)
    parts = "ba be bi ca co da de di fa fe ga go ha hi ka la le li lo ma me mi mo na ne no pa pe po ra re ri ro sa se".split()
    common = "the of and to in a is that for it as was with be by on not he his but at are this have from or".split()
    words = list(
        dict.fromkeys("".join(chance.choices(parts, k=chance.randint(2, 5))) for _ in range(30_000))
    )[:20_000]
    pool = [*common, *words]
    weights = [1 / (rank + 3) for rank in range(len(pool))]
    found = []
    for _ in range(count):
        chosen = chance.choices(pool, weights, k=chance.randint(14, 30))
        if chance.random() < 0.3:
            chosen[-3] = f"{chance.randint(2, 98)}.{chance.randint(1, 9)}%"
        text = " ".join(chosen)
        found.append(f"{text[0].upper()}{text[1:]}.")
    return found


def _number(chance: random.Random) -> str:
    return chance.choice(
        [
            f"{chance.randint(2, 98)}.{chance.randint(1, 9)}%",
            f"{chance.randint(2, 98)}%",
            f"{chance.randint(11, 980)} ms",
            f"{chance.randint(2, 9)}.{chance.randint(100, 999)}",
            f"−{chance.randint(2, 9)}.{chance.randint(1, 9)} points",
            f"{chance.randint(1, 9)},{chance.randint(100, 999)} items",
            f"${chance.randint(2, 9)}.{chance.randint(1, 9)} million",
            f"{chance.randint(12, 60)}–{chance.randint(61, 99)} hours",
        ]
    )


def _reference(chance: random.Random, kind: str) -> str:
    names = (
        "Okafor Lindqvist Marchetti Tanaka Novák Brandt Ellison García Huang Petrov Dubois Achterberg".split()
    )
    if kind == "numeric":
        first = chance.randint(1, 60)
        return chance.choice([f"[{first}]", f"[{first}, {first + 4}]", f"[{first}–{first + 2}]"])
    if kind == "key":
        return f"[{chance.choice(names)[:3]}{chance.randint(80, 99)}]"
    year = chance.randint(1994, 2024)
    return chance.choice(
        [
            f"({chance.choice(names)} et al., {year})",
            f"({chance.choice(names)} and {chance.choice(names)}, {year})",
            f"({chance.choice(names)}, {year}; {chance.choice(names)} et al., {year - 3})",
            f"(see {chance.choice(names)}, {year}, p. {chance.randint(3, 300)})",
        ]
    )


def _en(chance: random.Random, references: str) -> Sentence:
    pick = {key: chance.choice(values) for key, values in EN.items()}
    noun2, place2, adj2 = chance.choice(EN["noun"]), chance.choice(EN["place"]), chance.choice(EN["adj"])
    reference = _reference(chance, references) if references and chance.random() < 0.5 else ""
    core = chance.choice(
        [
            "{the} {adj} {noun} {verb} {object} by {n} {prep} {place}",
            "{lead}, {low} {noun} {verb} {object} {prep} {place}, {clause}",
            "{the} {noun} of the {adj2} {noun2} {verb} {object} (see Table {k}) {prep} {place}, {clause}",
            "{lead}, we find that the {adj} {noun} {verb} {object} from {n} to {m} {prep} {place}",
            "Neither the {noun} nor the {adj2} {noun2} {verb} {object} {prep} {place}; the gap is {n}, {clause}",
            "Once the {noun}'s {adj2} {noun2} is fixed, {object} stays within {n} of the optimum {prep} {place2}",
            "“{the} {adj} {noun},” as one reviewer put it, {verb} {object}—and does so {prep} {place}",
        ]
    )
    text = core.format(
        **pick, low=pick["the"][0].lower() + pick["the"][1:], noun2=noun2, place2=place2, adj2=adj2,
        n=_number(chance), m=_number(chance), k=chance.randint(1, 9),
    )  # fmt: skip
    if reference:
        words = text.split(" ")
        at = chance.choice([len(words), max(4, len(words) - 4)])
        text = " ".join([*words[:at], reference, *words[at:]])
        text = text.replace(f", {reference}", f" {reference},").replace(f"; {reference}", f" {reference};")
        for mark in ",;":
            text = text.replace(f"{mark} {reference}", f" {reference}{mark}")
    return Sentence(f"{text}.", reference)


def _de(chance: random.Random, references: str) -> Sentence:
    pick = {key: chance.choice(values) for key, values in DE.items()}
    reference = _reference(chance, references) if references and chance.random() < 0.4 else ""
    number = f"{chance.randint(2, 98)},{chance.randint(1, 9)} %"
    text = chance.choice(
        [
            f"{pick['lead']} {pick['verb']} das {pick['noun']}-Konzept {pick['object']} {pick['place']} um {number}, {pick['clause']}",
            f"Der beschriebene {pick['noun']} {pick['verb']} {pick['object']} {pick['place']}, {pick['clause']}",
            f"{pick['place'][0].upper()}{pick['place'][1:]} {pick['verb']} der {pick['noun']} rund {chance.randint(12, 990)} Mal {pick['object']}, {pick['clause']}",
        ]
    )
    return Sentence(f"{text} {reference}." if reference else f"{text}.", reference)


def _fr(chance: random.Random, references: str) -> Sentence:
    pick = {key: chance.choice(values) for key, values in FR.items()}
    number = f"{chance.randint(2, 98)},{chance.randint(1, 9)} %"
    text = chance.choice(
        [
            f"{pick['lead']}, la {pick['noun']} {pick['verb']} {pick['object']} {pick['place']}, {pick['clause']}",
            f"Cette {pick['noun']} {pick['verb']} {pick['object']} de {number} {pick['place']} ; {pick['clause']}",
            f"{pick['place'][0].upper()}{pick['place'][1:]}, une seconde {pick['noun']} {pick['verb']} {pick['object']}, {pick['clause']}",
        ]
    )
    return Sentence(f"{text}.")


def _zh(chance: random.Random, references: str) -> Sentence:
    p = {key: chance.choice(values) for key, values in ZH.items()}
    q = {key: chance.choice(values) for key, values in ZH.items()}
    return Sentence(
        chance.choice(
            [
                f"{p['d']}，{p['a']}{p['b']}{p['c']}，{p['e']}。",
                f"{p['a']}{p['b']}{p['c']}，而{q['a']}{q['b']}{q['c']}；{p['e']}。",
                f"与第{chance.randint(2, 99)}版相比，{p['a']}把{p['c']}提高了{chance.randint(2, 98)}.{chance.randint(1, 9)}%，{p['e']}。",
                f"{p['d']}，GPT-{chance.randint(2, 9)}的“{p['c']}”{q['b']}{q['c']}，{p['e']}。",
            ]
        )
    )


def _ja(chance: random.Random, references: str) -> Sentence:
    p = {key: chance.choice(values) for key, values in JA.items()}
    q = {key: chance.choice(values) for key, values in JA.items()}
    return Sentence(
        chance.choice(
            [
                f"{p['d']}、{p['a']}{p['b']}{p['c']}。",
                f"{p['a']}{p['b']}{p['c']}が、{q['d']}{q['b']}{q['c']}。",
                f"{p['d']}、{p['a']}{p['b']}{chance.randint(2, 98)}.{chance.randint(1, 9)}%改善し、{p['e']}。",
                f"{p['a']}「{p['e']}」という仮説を{q['d']}検証した。",
            ]
        )
    )
