"""Sentences that no inspector wrote, of common words and of rare ones."""

from itertools import accumulate, product
from random import Random

from findings.choices import POSITIVE_KINDS, FindingKind

SUBJECTS = [
    "the force",
    "supervisors",
    "response officers",
    "investigators",
    "the control room",
    "neighbourhood teams",
    "senior leaders",
    "the intelligence unit",
    "custody sergeants",
    "call handlers",
    "the vetting unit",
    "specialist detectives",
    "the force and its partners",
    "analysts",
    "offender managers",
    "the governance board",
    "front-line staff",
    "special constables",
    "the digital forensics team",
    "financial investigators",
    "planners",
    "trainers",
    "the crime registrar",
    "undercover officers",
    "volunteers",
]
VERBS = [
    "record",
    "review",
    "assess",
    "share",
    "supervise",
    "understand",
    "monitor",
    "prioritise",
    "improve",
    "identify",
    "explain",
    "investigate",
    "evaluate",
    "resource",
    "protect",
    "publish",
    "measure",
    "reduce",
    "audit",
    "map",
    "simplify",
    "test",
    "fund",
    "digitise",
    "rehearse",
]
OBJECTS = [
    "the risk to victims",
    "crimes that the public reported",
    "calls for service",
    "the needs of vulnerable people",
    "intelligence about organised crime groups",
    "domestic abuse cases",
    "decisions to take no further action",
    "the workload of investigators",
    "the use of stop and search",
    "missing children",
    "its demand",
    "the quality of investigations",
    "county lines",
    "the welfare of its workforce",
    "anti-social behaviour",
    "the use of force",
    "evidence-led prosecutions",
    "serious violence",
    "high-risk offenders",
    "stalking and harassment",
    "rape investigations",
    "what problem-solving achieved",
    "digital devices that await examination",
    "outstanding suspects",
    "training records",
    "fraud against older people",
    "complaints and misconduct",
    "vetting renewals",
    "appropriate adults in custody",
    "modern slavery and human trafficking",
    "the lessons of past operations",
    "lifetime offender plans",
    "online child sexual abuse",
    "asset recovery",
    "body-worn video",
    "firearms licensing",
    "rural crime",
    "hate crime",
    "the estate strategy",
    "voluntary attendance",
    "wildlife crime",
    "regional tasking",
    "the fleet",
    "encrypted communications",
    "burglary series",
    "covert human intelligence sources",
    "cyber resilience",
    "ghost ticketing",
    "heritage theft",
    "drone surveillance",
]
CLAUSES = [
    "across the region",
    "at the first point of contact",
    "in good time",
    "when demand was high",
    "with its partners",
    "in every neighbourhood",
    "at night and at weekends",
    "before a case was closed",
    "consistently between districts",
    "in line with national guidance",
    "after the restructure",
    "on the new records system",
    "with enough analysts",
    "in rural areas",
    "in the control room",
    "at its monthly meeting",
    "in the first twenty-four hours",
    "when officers changed teams",
    "near the border of two forces",
    "in seaside towns",
    "during football matches",
    "in prisons",
    "on motorways",
    "in universities",
    "at ports and airfields",
]
MANNERS = {
    "recommended": ["should"],
    "good": ["always managed to", "had learned to", "found new ways to", "never failed to"],
    "bad": ["did not always", "did not", "had yet to", "often failed to"],
}
STARTS = "amber birch crow dun ebb fox glen heath ivy jay kestrel lark moss north otter plover"
MIDDLES = "al ber cor den el fin gar hal in kel lin mar nor or pen ros"
ENDS = "bank bridge cliff dale field ford gate ham ley mere moor mouth ness stone water wick"
OPERATIONS = [
    "".join(parts).capitalize() for parts in product(STARTS.split(), MIDDLES.split(), ENDS.split())
]


class Vocabulary:
    """Makes sentences, the same for the same seed.

    The n-th of a list is used 1/n times as often as the first, as words are in any language. So
    there are words that many findings share, and names that a search finds in few.
    """

    def __init__(self, seed: str) -> None:
        self.random = Random(seed)  # noqa: S311 nothing secret
        self.weights = {}

    def word(self, words):
        weights = self.weights.get(id(words))
        if weights is None:
            weights = [*accumulate(1 / place for place in range(1, len(words) + 1))]
            self.weights[id(words)] = weights
        return self.random.choices(words, cum_weights=weights)[0]

    def finding(self, kind):
        """What a finding of a kind says."""
        how = "good" if kind in POSITIVE_KINDS else "bad"
        how = "recommended" if kind == FindingKind.RECOMMENDATION else how
        manner = self.random.choice(MANNERS[how])
        return f"{self.word(SUBJECTS)} {manner} {self.task()} {self.word(CLAUSES)}"

    def task(self):
        """Something to be done: "review calls for service"."""
        return f"{self.word(VERBS)} {self.word(OBJECTS)}"

    def example(self):
        """A sentence that names an operation, most of them rarely."""
        return (
            f"Operation {self.word(OPERATIONS)} showed it: {self.word(SUBJECTS)} tried to "
            f"{self.task()} {self.word(CLAUSES)}."
        )
