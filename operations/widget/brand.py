"""A brand: the folder that an agency copies to give the widget its own name, pictures, links and API address."""

import json
import re
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

LANGUAGES = ("en", "es", "pt", "ru")
_HERE = re.compile(r"localhost|127\.0\.0\.1|\[::1\]")


class BadBrand(Exception):
    """The brand folder cannot be used; the text says why."""


def address(given: str) -> str:
    """Return an address without a slash at its end. Raises ValueError if Kommo's page could not open it."""
    parts = urlsplit(given)
    if not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError(f"{given!r} is no address: write https://host, or https://host/path")
    if parts.scheme != "https" and not (parts.scheme == "http" and _HERE.fullmatch(parts.hostname)):
        raise ValueError(f"{given} must begin with https://: Kommo's pages may not ask anything else")
    return given.rstrip("/")


Address = Annotated[str, AfterValidator(address)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Support(_Part):
    """Where users turn to."""

    link: Address
    email: str = Field(default="", pattern=r"^([^@\s]+@[^@\s]+\.[^@\s]+)?$")


class Listing(_Part):
    """What Kommo shows of the widget in one language."""

    name: str = Field(min_length=1)
    short_description: str = Field(min_length=1)
    description: str = Field(min_length=1)
    tour_description: str = Field(min_length=1)


class Brand(_Part):
    """What `brand.json` says."""

    # As the template allows its parameter BrandName: both have to be the same.
    name: str = Field(min_length=1, max_length=19, pattern=r"^\S(.*\S)?$")
    public: bool
    """Whether it goes to the marketplace. Only there Kommo lets a widget into its left menu, and only there it insists
    on how a widget is called."""
    api: Address | None = None
    support: Support
    privacy: Address
    listing: dict[str, Listing]

    def for_script(self, api: str) -> str:
        """Return what the script is told of the brand, as an expression of JavaScript."""
        told = {"api": api, "name": self.name, "support": self.support.link, "privacy": self.privacy}
        return json.dumps(told, indent=2, ensure_ascii=False)

    def texts(self, language: str) -> dict[str, str]:
        """Return the texts of the listing, as Kommo wants them under `widget`."""
        return self.listing[language].model_dump()


def load(folder: Path) -> Brand:
    """Read a brand folder. Raises BadBrand."""
    file = folder / "brand.json"
    try:
        brand = Brand.model_validate_json(file.read_bytes())
    except OSError:
        raise BadBrand(f"there is no {file}: copy widget/brand and change it") from None
    except ValidationError as error:
        raise BadBrand(f"{file}: " + "; ".join(_said(one) for one in error.errors())) from None
    missing = [language for language in LANGUAGES if language not in brand.listing]
    if missing:
        raise BadBrand(f"{file}: listing lacks {', '.join(missing)}")
    return brand


def _said(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"])
    return f"{where}: {error['msg']}" if where else str(error["msg"])
