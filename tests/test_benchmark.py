from tests.benchmark.ratios import measured, percentile, ratio, short


def test_a_ratio_is_that_of_the_medians_with_the_range_within_rounds():
    # The third round was slow for both, so it is no outlier of the ratio.
    assert ratio([10, 20, 300], [5, 5, 100]) == (20 / 5, 2, 4)
    assert ratio([1, 3], [4, 4]) == (0.5, 0.25, 0.75)
    assert measured([3, 1, 2, 10]) == (2.5, 1, 10)
    assert str(measured([0.25, 12.345, 1234.5])) == "12.3 (0.250–1,234)"


def test_a_percentile_is_a_value_that_was_measured():
    assert [percentile(range(1, 21), percent) for percent in (0, 50, 95, 96, 100)] == [
        *(1, 10, 19, 20, 20)
    ]
    assert percentile([7], 95) == 7
    assert [short(number) for number in (0, 0.01234, 3.456, 99.96)] == [
        "0",
        "0.012",
        "3.46",
        "100.0",
    ]
