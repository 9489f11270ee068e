"""The stored pair of a Smartday number and a 24SevenOffice id, for customers and products."""

from dataclasses import dataclass, replace
from enum import StrEnum


class Kind(StrEnum):
    """What a binding binds; also the name of the stream that keeps it fresh."""

    CUSTOMERS = "customers"
    PRODUCTS = "products"


@dataclass(frozen=True, slots=True)
class Binding:
    """One pair. `number` is what Smartday knows (Company.Id as text, or Product.No); `erp_id` is the
    ERP's own id (Company.Id, Product.Id); `fingerprint` is a digest of what was last written to
    Smartday, empty when that is not known; `active` is false for what is out of use on both sides,
    `blocked` true for what must not be invoiced: a customer by the ERP's word, and what is out of use in the
    ERP while Smartday refuses to take it out of use.
    """

    kind: Kind
    number: str
    erp_id: int
    fingerprint: str = ""
    active: bool = True
    blocked: bool = False

    @property
    def is_usable(self) -> bool:
        """True when orders may name it."""
        return self.active and not self.blocked

    def without_fingerprint(self) -> "Binding":
        """The same pair when what Smartday has is not known: it is written again."""
        return replace(self, fingerprint="")

    def retired(self) -> "Binding":
        """The same pair once the record is gone from the ERP and out of use in Smartday."""
        return replace(self, fingerprint="", active=False)
