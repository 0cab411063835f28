"""The characters of a screenplay: who they are, what the page says about them, and how they always look."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from director_dagster.errors import BadInput
from director_dagster.story import looks, wire, words
from director_dagster.story.lexicon import fold
from director_dagster.story.names import presents_of
from director_dagster.story.screenplay import Kind, Screenplay
from director_dagster.story.shot import Character, Look
from director_dagster.story.words import listed

NARRATOR = "NARRATOR"
_NARRATORS = frozenset(
    fold(name) for name in ("narrator", "erzähler", "erzählerin", "narrateur", "narratrice", "narrador", "narradora",
                            "narratore", "рассказчик", "диктор", "автор")
)  # fmt: skip
_NAMELESS = listed(
    """man men woman women boy girl kid child children guard soldier officer cop policeman policewoman police voice
    crowd waiter waitress nurse doctor driver bartender clerk passenger sailor fisherman stranger neighbour neighbor
    customer shopkeeper teacher priest farmer worker student announcer operator reporter thief mother father son
    daughter husband wife brother sister grandmother grandfather keeper captain servant maid king queen someone
    everyone all both others mann frau junge mädchen kind wache soldat polizist stimme fremder kellner arzt fahrer
    vater mutter homme femme garçon fille enfant garde soldat policier voix inconnu serveur médecin père mère hombre
    mujer niño niña guardia soldado policía voz extraño camarero padre madre uomo donna ragazzo ragazza bambino
    bambina guardia soldato poliziotto voce sconosciuto cameriere padre madre мужчина женщина мальчик девочка
    ребёнок солдат охранник полицейский голос незнакомец старик старуха отец мать"""
)
_BESIDE_NAMELESS = listed(
    """a an the first second third fourth one two three old young older younger little big tall small another other
    elderly middle-aged angry der die das alter alte junger junge erster zweiter le la un une vieux vieille jeune
    premier el los viejo vieja joven primer il lo anziano anziana giovane primo старый молодой первый второй street
    shop bank night security male female of"""
)
_TITLES = listed(
    "mr mrs ms miss dr doctor captain old young little big uncle aunt the lady lord sir father mother sister st"
)
# Tom's hand is Tom; Tom's boat is not.
_POSSESSIVE = re.compile(
    r"['’]s?\s+(?!(?:\w+\s+)?(?:hands?|face|eyes?|fingers?|arms?|f[eo]et|foot|back|head|mouth|lips|shoulders?|figure|"
    r"silhouette|shadow|breath|smile)\b)"
)
# Someone silent is introduced in capitals with an age: ``ELI (8)``, ``ELI, 8,``, ``ELI (early 30s)``.
_AGED = re.compile(r"(?<!\s)\s*(?:\((?=[^)]{0,60}(?:\d|teen|years))|,\s*(?=\d|(?:early|mid|late|in) ))")
_NAME_WORDS = 3
_NAME_LETTERS = 300
# More than any film has; beyond it nobody could tell them apart, and a page that was misread names thousands.
CHARACTERS_AT_MOST = 1000
_TOKEN = re.compile(r"\w+|[^\w\s]")
_GOES_ON = re.compile(
    r"(?:she|he|they|her|his|their)\b.*\b(?:wears?|has|hair|beard|coat|hat|cap|scarf|hood|eyes|carries|dressed)\b",
    re.IGNORECASE,
)


def character_key(name: str) -> str:
    """What makes two spellings of a name one character: NFKC, casefolded, spaces as one."""
    return " ".join(fold(name).split())


def is_narrator(name: str) -> bool:
    """Whether a cue of this name is the narrator's."""
    return character_key(name) in _NARRATORS


def is_generic(name: str) -> bool:
    """Whether a cue names nobody in particular (GUARD, MAN #1, OLD WOMAN): such a one stays in its film."""
    bare = [word for word in re.split(r"[\s#.]+", character_key(name)) if word and not word.isdigit()]
    rest = [word for word in bare if word not in _BESIDE_NAMELESS]
    return "#" in name or all(word in _NAMELESS for word in rest)


@dataclass(frozen=True, kw_only=True)
class Mention:
    """A name found in a text. `owner`: only something of theirs is meant, as in ``Tom's boat``."""

    name: str
    start: int
    end: int
    owner: bool


class Roster:
    """The names of a screenplay, found again in its action whatever their case.

    A name of several words is also found by the one that is its own (``Brand`` for TOM BRAND); a proper name needs
    its capital letter, a nameless one (GUARD) does not.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = {character_key(name): name for name in unique(names)}
        self._forms = _forms(tuple(self._names.values()))
        longest_first = sorted(self._forms, key=lambda form: (-len(form), form))
        by_first: dict[str, list[str]] = {}
        for form in longest_first:
            by_first.setdefault(_TOKEN.findall(form)[0].lower(), []).append(form)
        # A pattern for each first word: one of all names would try them all at every letter of the screenplay.
        self._patterns = {first: _any_of(forms) for first, forms in by_first.items()}

    def canonical(self, name: str) -> str:
        """The name as its first cue writes it; `name` itself when it is not of the roster."""
        return self._names.get(character_key(name), name)

    def mentions(self, text: str) -> tuple[Mention, ...]:
        """Every name in `text`, in order."""
        return tuple(
            Mention(name=name, start=match.start(), end=match.end(), owner=bool(_POSSESSIVE.match(text, match.end())))
            for match in self._found(text)
            if (name := self._forms.get(character_key(match[0]))) is not None and _written_as(name, match[0])
        )

    def _found(self, text: str) -> Iterator[re.Match[str]]:
        end = 0
        for token in _TOKEN.finditer(text):
            pattern = self._patterns.get(token[0].lower()) if token.start() >= end else None
            if pattern is not None and (match := pattern.match(text, token.start())):
                end = match.end()
                yield match

    def named(self, text: str) -> tuple[str, ...]:
        """Who is there in `text`, each once, in order; owners of things are not."""
        return tuple(dict.fromkeys(mention.name for mention in self.mentions(text) if not mention.owner))


def _any_of(forms: Sequence[str]) -> re.Pattern[str]:
    bodies = "|".join(re.escape(form).replace(r"\ ", r"\s+") for form in forms)
    return re.compile(rf"(?<!\w)(?:{bodies})(?!\w)", re.IGNORECASE)


def _written_as(name: str, found: str) -> bool:
    return is_generic(name) or not found[0].islower()


def _forms(names: Sequence[str]) -> dict[str, str]:
    """Each form of a name → the name; a part of a name is a form when it is no other name's."""
    forms = {character_key(name): name for name in names}
    parts: dict[str, list[str]] = {}
    for name in names:
        own = [word for word in re.findall(r"[^\W\d_]{3,}", character_key(name)) if word not in _TITLES]
        for word in own if not is_generic(name) else ():
            parts.setdefault(word, []).append(name)
    shared = {word: owners[0] for word, owners in parts.items() if len(set(owners)) == 1}
    return {**shared, **forms}


def characters(screenplay: Screenplay) -> tuple[Character, ...]:
    """Everyone of the screenplay, in order of appearance: all who have a cue, and who is introduced in capitals.

    The narrator is not among them. No two have the same accent colour while there are colours left. Raises BadInput for
    more than a thousand.
    """
    actions = tuple(words.plain(e.text) for e in screenplay.elements if e.kind is Kind.ACTION)
    names, speakers = _names(screenplay, actions)
    introduced, alone = _told(actions, Roster(names))
    people = []
    for name in names:
        description = introduced.get(name, "")
        presents = looks.presents_told(f"{name}. {description}") or presents_of(name)
        presents = presents or looks.presents_told(alone.get(name, ""))
        people.append(
            Character(
                name=name,
                billed=name,
                generic=is_generic(name),
                description=description,
                look=looks.look(name, description, look_seed(name), presents=presents),
                speaks=character_key(name) in speakers,
            )
        )
    return _with_accents(people)


def look(name: str, description: str, seed: int) -> Look:
    """The look of someone of whom only this is known; see `looks.look`."""
    return looks.look(name, description, seed, presents=looks.presents_told(description) or presents_of(name))


def described(who: Character, description: str) -> Character:
    """Someone whom the page does not describe, as `description` has them; what it leaves open stays as it was."""
    told = looks.look(
        who.name,
        description,
        look_seed(who.name),
        presents=looks.presents_told(description) or who.look.presents,
    )
    accent = told.accent if looks.accent_asked(description) else who.look.accent
    return replace(who, description=description, look=replace(told, accent=accent))


def recast(people: Sequence[Character]) -> tuple[Character, ...]:
    """`people`, some of whom are known by another name now, looking as they look under it."""
    return _with_accents([replace(who, look=_look_of(who)) for who in people])


def _look_of(who: Character) -> Look:
    told = looks.presents_told(f"{who.name}. {who.description}") or presents_of(who.name)
    return looks.look(who.name, who.description, look_seed(who.name), presents=told or who.look.presents)


def look_seed(name: str) -> int:
    """The seed of a character's look: a function of the name alone, so that every film draws the same."""
    return wire.seed(["look", character_key(name)])


def _names(screenplay: Screenplay, actions: Sequence[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """All names in order of appearance, and the keys of those who speak."""
    speaking = [cue.character for scene in screenplay.scenes for cue in scene.cues if not is_narrator(cue.character)]
    silent = [name for text in actions for name in _introduced(text)]
    known = unique([*speaking, *silent])
    if len(known) > CHARACTERS_AT_MOST:
        raise BadInput(
            f"the screenplay names {len(known):,} characters, up to {CHARACTERS_AT_MOST:,} can be told apart: "
            f"is {known[-1][:40]!r} one? A line in capitals with words right below it is read as a cue"
        )
    roster, first_written = Roster(known), frozenset(known)
    ordered: list[str] = []
    for element in screenplay.elements:
        if element.kind is Kind.ACTION:
            ordered += [mention.name for mention in roster.mentions(words.plain(element.text))]
        elif element.kind is Kind.CHARACTER:
            ordered += {roster.canonical(element.text)} & first_written
    return unique([*ordered, *known]), frozenset(character_key(name) for name in speaking)


def _introduced(text: str) -> Iterator[str]:
    """The names in capitals that `text` gives an age."""
    for aged in _AGED.finditer(text):
        name: list[str] = []
        before = text[max(0, aged.start() - _NAME_LETTERS) : aged.start()]
        for word in reversed(before.split()[-_NAME_WORDS:]):
            if not word.isupper() or (name and not word[-1].isalnum()):
                break
            name.insert(0, word)
        if name and sum(char.isalpha() for char in " ".join(name)) > 1:
            yield " ".join(name)


def unique(names: Iterable[str]) -> tuple[str, ...]:
    """`names` without those that spell a name again, in order; each as it is first written."""
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(character_key(name), name)
    return tuple(first.values())


def _told(actions: Sequence[str], roster: Roster) -> tuple[dict[str, str], dict[str, str]]:
    """What the action says of each name: the sentences that introduce it, and all paragraphs where it stands alone."""
    introduced: dict[str, str] = {}
    alone: dict[str, list[str]] = {}
    for action in actions:
        sentences = words.sentences(action)
        for index, sentence in enumerate(sentences):
            more = [text for text in sentences[index + 1 : index + 3] if _GOES_ON.match(text)]
            for name, told in _shares(roster.mentions(sentence), sentence):
                text = " ".join([told, *more])
                if name not in introduced or (_describes(text) and not _describes(introduced[name])):
                    introduced[name] = text
        present = roster.named(action)
        if len(present) == 1:
            alone.setdefault(present[0], []).append(action)
    return introduced, {name: " ".join(paragraphs) for name, paragraphs in alone.items()}


def _describes(text: str) -> bool:
    """Whether a sentence says what somebody looks like: an age, or a trait that is drawn."""
    return looks.tells(text)


def _shares(mentions: Sequence[Mention], sentence: str) -> Iterable[tuple[str, str]]:
    """Each name of a sentence with the part that tells of it: up to the next name, the first from the start."""
    present = [mention for mention in mentions if not mention.owner]
    starts = [0, *(mention.start for mention in present[1:]), len(sentence)]
    for index, mention in enumerate(present):
        yield mention.name, sentence[starts[index] : starts[index + 1]].strip(" ,;")


def _with_accents(people: Sequence[Character]) -> tuple[Character, ...]:
    """`people` with accents that differ: who is described with a colour has it, the others get what is left."""
    taken: dict[str, str] = {}
    left = list(dict.fromkeys(looks.ACCENTS.values()))
    for person in people:
        asked = looks.accent_asked(person.description)
        if asked and looks.ACCENTS[asked] in left:
            taken[person.name] = looks.ACCENTS[asked]
            left.remove(looks.ACCENTS[asked])
    for person in people:
        if person.name not in taken:
            own = person.look.accent
            taken[person.name] = own if own in left or not left else left[0]
            left = [colour for colour in left if colour != taken[person.name]]
    return tuple(replace(person, look=replace(person.look, accent=taken[person.name])) for person in people)
