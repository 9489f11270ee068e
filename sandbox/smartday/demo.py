"""The demo customers of the stand-in: what a person would find in Smartday under Innstillinger."""

from typing import Final

AGREEMENT_NUMBER: Final = "104477"
AGREEMENT_NAME: Final = "Ånensen Service AS"
BRIDGE_USER: Final = "bjørg.ånensen@smartday.example"
BRIDGE_PASSWORD: Final = "Blåbær&Rømme:47"

OTHER_AGREEMENT_NUMBER: Final = "104478"
OTHER_AGREEMENT_NAME: Final = "Sæther Elektro AS"
OTHER_BRIDGE_USER: Final = "øyvind.sæther@smartday.example"
OTHER_BRIDGE_PASSWORD: Final = "Kjøkkenbenk på hytta 9"
