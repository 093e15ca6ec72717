import plotly.graph_objects as go

from lib.charts.layout import NARROW, TEXT, narrow_figure, text_width
from lib.charts.shapes import Segment, place_words, stacked_rows

NAMES = ["Alder", "Birch"]


def segments(**counts):
    paints = ("var(--strength)", "var(--paper)", "var(--edge)")
    return [
        Segment(label.replace("_", " "), *paints, list(values)) for label, values in counts.items()
    ]


def test_a_words_place_is_its_bar_or_the_rows_end_or_above_the_first_bar():
    figure = go.Figure(
        stacked_rows(NAMES, segments(Good=[9, 0], Adequate=[1, 0], Insufficient=[1, 1]))
    )
    good, adequate, insufficient = figure.data
    assert (good.text, adequate.text, insufficient.text) == (
        ("9\u00a0good", ""),
        ("1", ""),
        ("1", "1"),
    )
    notes = {
        note.text: note
        for note in figure.layout.annotations
        if note.name != "row" and note.visible is not False
    }
    assert notes.keys() == {"adequate", "insufficient"}
    assert (notes["adequate"].y, notes["adequate"].x) == ("Alder", 9.5), "with a line to its bar"
    assert (notes["insufficient"].y, notes["insufficient"].x, notes["insufficient"].xanchor) == (
        "Birch",
        1,
        "left",
    )
    assert not figure.layout.showlegend
    assert not any(bar.showlegend for bar in figure.data)


def test_a_bar_that_is_too_short_for_its_word_has_its_letters():
    paints = ("var(--strength)", "var(--paper)", "var(--edge)")
    segment = Segment("Requires improvement", *paints, [9, 1], "RI")
    words = place_words([segment], room=400, with_above=True)
    assert words.texts == [["9\u00a0requires improvement", "1\u00a0RI"]]
    assert [end.word for end in words.ends] == ["requires improvement"], "which says what they mean"


def test_only_a_word_that_fits_nowhere_is_in_the_legend():
    figure = stacked_rows(NAMES, segments(Good=[9, 0], Adequate=[1, 1], Insufficient=[1, 0]))
    narrow = go.Figure(narrow_figure(figure))
    assert [bar.showlegend for bar in narrow.data] == [False, False, True]
    assert narrow.layout.showlegend, "though it has one entry"
    assert figure["layout"]["showlegend"] is False


def test_words_cover_neither_each_other_nor_their_lines_and_stay_within_the_picture():
    labels = ["Outstanding", "Good", "Adequate", "Requires_improvement", "Inadequate", "Unknown"]
    for counts in ([1, 1, 1, 1, 1, 30], [30, 1, 1, 1, 1, 1], [1, 1, 30, 1, 1, 1], [1] * 6):
        for room in (NARROW, 470):
            words = place_words(
                segments(**{label: [count] for label, count in zip(labels, counts, strict=True)}),
                room,
                with_above=True,
            )
            scale = room / sum(counts)
            spans = [word.span(scale) for word in words.above]
            assert all(start >= 0 for start, _ in spans)
            for place, (word, (start, end)) in enumerate(zip(words.above, spans, strict=True)):
                assert end - start >= text_width(word.word, TEXT)
                for other in words.above[:place]:
                    assert word.is_clear_of(other, scale), (word, other)
            assert len(words.above) + sum(words.missing) + sum(
                not str(text).isdecimal() for texts in words.texts for text in texts
            ) == len(labels)


def test_a_figure_without_a_row_or_a_count_is_drawn():
    assert stacked_rows([], segments(Good=[]))["layout"]["xaxis"]["range"][0] == 0
    assert stacked_rows(["Alder"], segments(Good=[0]))["data"][0]["text"] == [""]
