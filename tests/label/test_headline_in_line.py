"""A page that is one line: headline, byline and time come first, without any sign between them and the story."""

import pytest

import copydesk
from copydesk.schemas.article import Article

HEADS = {
    "en": ("Board puts off vote on new quay", "By Ann Lee, Staff Writer Updated 4:12 PM EST"),
    "en, two": ("Board puts off vote on new quay", "By Ann Lee and Jo Fox May 4, 2020"),
    "en, no name": ("Board puts off vote on new quay", "Published: 4 May 2020 10:15"),
    "es": ("La junta aplaza el voto sobre el muelle", "Por Juan Pérez 4 de mayo de 2020 10:15"),
    "de": ("Der Rat verschiebt den neuen Kai", "Von Anna Berg | 04.05.2020, 10:15 Uhr"),
    "fr": ("Le conseil repousse le vote sur le quai", "Publié le 4 mai 2020 à 10h15"),
    "ru": ("Совет отложил строительство причала", "Опубликовано: 4 мая 2020 в 10:15"),
}
STORIES = {
    "en": "The harbour board put off its vote on the quay on Tuesday, after the fishermen had said that it would block their boats.",
    "es": "La junta del puerto aplazó el martes su voto sobre el muelle, después de que los pescadores dijeran que cerraría el paso.",
    "de": "Der Hafenrat hat am Dienstag den Bau des Kais verschoben, nachdem die Fischer gesagt hatten, dass er den Weg versperrt.",
    "fr": "Le conseil du port a repoussé mardi son vote sur le quai, après que les pêcheurs ont dit qu'il fermerait le passage.",
    "ru": "Совет порта во вторник отложил строительство причала, после того как рыбаки сказали, что он закроет путь лодкам.",
}


@pytest.mark.parametrize("name", HEADS)
def test_byline_and_time_leave_the_story(name: str) -> None:
    """They get their labels. The first sentence stays whole."""
    headline, line = HEADS[name]
    story = STORIES[name[:2]]
    made = copydesk.clean(f"{headline} {line} {story} {story.replace('9', '8')}")
    assert isinstance(made, Article)
    assert line not in made.text
    assert story in made.text


@pytest.mark.parametrize(
    "text",
    [
        "The harbour stood empty on Tuesday. By Ann Lee, Staff Writer of the paper, it was called a disgrace to the town.",
        "A book on the harbour By Ann Lee The writer of three novels met her readers on Friday in the town hall of Dunmore.",
        "The plan that was Published on 4 May 2020 has been dropped by the board of the harbour after months of quarrels.",
    ],
)
def test_sentences_with_such_words_stay(text: str) -> None:
    made = copydesk.clean(f"{text} {STORIES['en']}")
    assert isinstance(made, Article)
    assert text in made.text
