"""Two tasks of the demo agreement whose order keys have the same `ExternalStatus` hash (design 4.4).

Found by hashing the keys of 250,000 task ids; 20 pairs met in 31 bits.
"""

TWIN_TASKS = ("58742", "149664")
TWIN_HASH = 1425975192
