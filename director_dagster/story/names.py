"""Common first names and how those who bear them mostly present: data for a look when the page says nothing."""

import re

from director_dagster.story.lexicon import fold
from director_dagster.story.words import listed

_FEMALE = listed(
    """ada agnes alba alice alma amelia amy ana anastasia andrea angela anna anne annie astrid aurora barbara beatrice
    bella bertha birgit camille carla carmen caroline catherine cecilia charlotte chiara chloe christine clara
    claire claudia daisy daniela diana dora dorothy edith eleanor elena elisa elisabeth elizabeth ella ellen elsa
    emily emma erika esther eva eve evelyn fatima fiona florence frances freya frieda gabriela gina giulia grace
    greta hanna hannah heidi helen helena hilda ida inga ingrid irene iris irina isabel isabella jane janet jasmine
    jean jenny joan johanna josephine judith julia juliette june kate katharina katherine kira lara laura lea lena
    leonie lily lina linda lisa liv lotte louise lucia lucy luisa lydia magdalena maja manon mara margaret maria
    marianne marie marina marion marta martha martina mary matilda maya mei mia mila mina miriam molly mona monica
    nadia nancy natalia nina nora olga olivia paula pauline petra pia rachel rebecca rita rosa rose ruth sabine
    sandra sara sarah silvia sofia sonia sophia sophie stella susan sylvia tanya teresa tessa tilda ursula valentina
    vera veronica victoria viola violet wanda wendy yasmin yuki zoe анна мария ольга елена наталья ирина татьяна
    светлана вера надежда катя маша лена"""
)
_MALE = listed(
    """aaron adam adrian ahmed albert alberto alex alexander alfred ali andre andrew anders anton antonio arthur august
    ben benjamin bernard boris brian bruno carl carlo carlos charles charlie christian christopher claude conrad
    daniel dario dave david diego dimitri dominic edgar edmund eduard edward eli elias emil enzo eric erik ernest
    ethan felix fernando finn francis francesco frank franz fred frederick fritz gabriel george giorgio giovanni
    gregor gus gustav hans harold harry hector heinrich henri henrik henry hugo ian igor ivan jack jacob jakob james
    jan jason javier jean-pierre jens jim joe joel johan johann john johnny jon jonas jonathan jorge jose josef
    joseph juan julian jürgen kai karim karl kenji klaus kurt lars leo leon leonard liam louis luca lucas ludwig
    luigi luis luke marc marco marcus mario mark martin mateo matteo matthew matthias max michael michel miguel
    mikhail milo mohamed moritz nathan nicolas niko nils noah olaf oliver omar oscar oskar otto pablo paolo patrick
    paul pavel pedro peter philip pierre pietro rafael ralph raymond richard robert roberto roger roland rolf roman
    rudolf sam samuel sebastian sergei simon stefan stephen steve sven theo theodor thomas tim tobias tom tomas tony
    ulrich victor viktor vincent vito walter werner will willem william wolfgang yann yuri иван алексей сергей
    дмитрий пётр павел николай михаил андрей виктор никита илья саша"""
)


def presents_of(name: str) -> str | None:
    """``female`` or ``male`` for a name with a common first name in it, else None."""
    for word in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)?", fold(name)):
        if word in _FEMALE:
            return "female"
        if word in _MALE:
            return "male"
    return None
