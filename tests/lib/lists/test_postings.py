from lib.lists.bits import Posting, bits_of, octets_of, places_of


def test_the_bits_of_places_are_found_again_from_any_row_to_any_other():
    places = [0, 1, 7, 8, 63, 64, 4095, 4096, 4097, 9_999]
    bits = bits_of(places, 10_000)
    assert list(places_of(bits)) == places
    for start in range(len(places) + 2):
        for stop in range(start, len(places) + 2):
            assert list(places_of(bits, start, stop)) == places[start:stop]
    assert list(places_of(0)) == []


def test_a_posting_is_the_same_wherever_its_rows_stand():
    places, size = {40, 41, 47, 300}, 400
    posting = Posting.of("text", bits_of(places, size))
    assert posting.start == 40
    assert posting.whole == bits_of(places, size)
    for place in range(size):
        assert set(places_of(posting.without(place).whole)) == places - {place}
        opened = {row + (row >= place) for row in places}
        assert set(places_of(posting.open_place(place).whole)) == opened
        closed = posting.without(place).close_place(place)
        assert set(places_of(closed.whole)) == {row - (row > place) for row in places - {place}}, (
            place
        )
        among = bits_of(range(place), size)
        assert posting.count(octets_of(among)) == len([row for row in places if row < place])
