"""Countries as people write them, by their two letters (ISO 3166).

The ERP means two letters (contract 24sevenoffice 4), but whether it insists isn't known.
"""

HOME = "NO"
"""What an address without country means."""

_NAMES = {
    "AT": "Østerrike, Austria",
    "BE": "Belgia, Belgium",
    "CA": "Canada",
    "CH": "Sveits, Switzerland",
    "CN": "Kina, China",
    "CZ": "Tsjekkia, Czechia, Czech Republic",
    "DE": "Tyskland, Germany, Deutschland",
    "DK": "Danmark, Denmark, DNK",
    "EE": "Estland, Estonia",
    "ES": "Spania, Spain",
    "FI": "Finland, FIN",
    "FO": "Færøyene, Faroe Islands",
    "FR": "Frankrike, France",
    "GB": "Storbritannia, Great Britain, United Kingdom, England, Skottland, Scotland, UK",
    "GL": "Grønland, Greenland",
    "IE": "Irland, Ireland",
    "IS": "Island, Iceland",
    "IT": "Italia, Italy",
    "LT": "Litauen, Lithuania",
    "LU": "Luxembourg",
    "LV": "Latvia",
    "NL": "Nederland, Netherlands, The Netherlands",
    "NO": "Norge, Noreg, Norway, NOR",
    "PL": "Polen, Poland",
    "PT": "Portugal",
    "SE": "Sverige, Sweden, SWE",
    "SJ": "Svalbard",
    "US": "USA, United States",
}
_CODES = {name.casefold(): code for code, names in _NAMES.items() for name in names.split(", ")}


def country_code(text: str) -> str | None:
    """Two capital letters, Norway's for no text; None for what is neither a code nor a name known here."""
    if not text:
        return HOME
    known = _CODES.get(text.casefold())
    if known is not None:
        return known
    return text.upper() if len(text) == 2 and text.isascii() and text.isalpha() else None
