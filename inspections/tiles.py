"""Where each force's tile stands on the tile map: equal squares, roughly as the forces lie."""

from typing import NamedTuple


class Tile(NamedTuple):
    """A place on the map, counted from the left and from the top, and a name that fits in it."""

    column: int
    row: int
    label: str


# By the force's slug. A force without a tile stands in the table only.
TILES = {
    "northumbria": Tile(5, 1, "Nmb"),
    "cumbria": Tile(4, 2, "Cum"),
    "durham": Tile(5, 2, "Dur"),
    "cleveland": Tile(6, 2, "Clv"),
    "lancashire": Tile(4, 3, "Lan"),
    "west-yorkshire": Tile(5, 3, "WYk"),
    "north-yorkshire": Tile(6, 3, "NYk"),
    "humberside": Tile(7, 3, "Hum"),
    "merseyside": Tile(3, 4, "Mer"),
    "greater-manchester": Tile(4, 4, "GMP"),
    "south-yorkshire": Tile(5, 4, "SYk"),
    "nottinghamshire": Tile(6, 4, "Not"),
    "lincolnshire": Tile(7, 4, "Lin"),
    "north-wales": Tile(2, 5, "NWa"),
    "cheshire": Tile(3, 5, "Che"),
    "staffordshire": Tile(4, 5, "Sta"),
    "derbyshire": Tile(5, 5, "Der"),
    "leicestershire": Tile(6, 5, "Lei"),
    "cambridgeshire": Tile(7, 5, "Cam"),
    "norfolk": Tile(8, 5, "Nor"),
    "dyfed-powys": Tile(1, 6, "DyP"),
    "west-mercia": Tile(3, 6, "WMe"),
    "west-midlands": Tile(4, 6, "WMi"),
    "warwickshire": Tile(5, 6, "War"),
    "northamptonshire": Tile(6, 6, "Nth"),
    "bedfordshire": Tile(7, 6, "Bed"),
    "suffolk": Tile(8, 6, "Suf"),
    "south-wales": Tile(1, 7, "SWa"),
    "gwent": Tile(2, 7, "Gwe"),
    "gloucestershire": Tile(4, 7, "Glo"),
    "thames-valley": Tile(5, 7, "TVP"),
    "hertfordshire": Tile(6, 7, "Her"),
    "city-of-london": Tile(7, 7, "CoL"),
    "essex": Tile(8, 7, "Ess"),
    "avon-and-somerset": Tile(3, 8, "A&S"),
    "wiltshire": Tile(4, 8, "Wil"),
    "surrey": Tile(5, 8, "Sur"),
    "metropolitan": Tile(6, 8, "Met"),
    "kent": Tile(7, 8, "Ken"),
    "devon-and-cornwall": Tile(2, 9, "D&C"),
    "dorset": Tile(3, 9, "Dor"),
    "hampshire": Tile(4, 9, "Ham"),
    "sussex": Tile(5, 9, "Sus"),
}
