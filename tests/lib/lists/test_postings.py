from lib.lists.postings import bits_of, places_of


def test_the_bits_of_places_are_found_again_from_any_row_to_any_other():
    places = [0, 1, 7, 8, 63, 64, 4095, 4096, 4097, 9_999]
    bits = bits_of(places, 10_000)
    assert list(places_of(bits)) == places
    for start in range(len(places) + 2):
        for stop in range(start, len(places) + 2):
            assert list(places_of(bits, start, stop)) == places[start:stop]
    assert list(places_of(0)) == []
