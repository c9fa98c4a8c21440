"""The few pages that a person sees on the way through consent, in the browser's language.

Their texts name the brand so that any name fits: nothing agrees with its gender, and it is not declined.
"""

import html
from collections.abc import Mapping
from typing import Any

_TEXTS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "connecting": {
        "en": ("{brand} is being connected", "You can close this window and go on in Kommo."),
        "es": ("{brand} se está conectando", "Puedes cerrar esta ventana y seguir en Kommo."),
        "pt": ("Conectando {brand} ao Kommo", "Pode fechar esta janela e continuar no Kommo."),
        "ru": ("{brand} подключается", "Можно закрыть это окно и продолжить в Kommo."),
    },
    "denied": {
        "en": ("Access was not given", "Without it {brand} cannot work. Open {brand} in Kommo to try again."),
        "es": (
            "No se ha dado acceso",
            "Sin él {brand} no puede trabajar. Abre {brand} en Kommo para intentarlo de nuevo.",
        ),
        "pt": (
            "O acesso não foi dado",
            "Sem ele {brand} não pode trabalhar. Abra {brand} no Kommo para tentar de novo.",
        ),
        "ru": ("Доступ не предоставлен", "Без него {brand} не может работать. Откройте {brand} в Kommo ещё раз."),
    },
    "invalid": {
        "en": ("This link no longer works", "Open {brand} in Kommo and begin again."),
        "es": ("Este enlace ya no funciona", "Abre {brand} en Kommo y empieza de nuevo."),
        "pt": ("Este link não funciona mais", "Abra {brand} no Kommo e comece de novo."),
        "ru": ("Эта ссылка больше не действует", "Откройте {brand} в Kommo и начните заново."),
    },
    "later": {
        "en": ("Not just now", "{brand} cannot be reached at the moment. Please try again in a minute."),
        "es": ("Ahora no es posible", "{brand} no está disponible. Inténtalo de nuevo en un minuto."),
        "pt": ("Agora não é possível", "{brand} não está disponível. Tente de novo em um minuto."),
        "ru": ("Не сейчас", "{brand} сейчас не отвечает. Попробуйте ещё раз через минуту."),
    },
}
_STATUS = {"connecting": 200, "denied": 403, "invalid": 400, "later": 503}
_PAGE = (
    '<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    "<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:28rem;margin:20vh auto;padding:0 1rem}}</style>"
    "</head><body><main><h1>{title}</h1><p>{text}</p></main></body></html>"
)
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def page(name: str, accept_language: str, brand: str) -> dict[str, Any]:
    """Return a page as a function behind the REST API answers it: connecting, denied, invalid or later.

    `brand` is the name under which people know us.
    """
    language = _language(accept_language)
    title, text = (html.escape(part.replace("{brand}", brand)) for part in _TEXTS[name][language])
    body = _PAGE.format(language=language, title=title, text=text)
    return {"statusCode": _STATUS[name], "headers": dict(_HEADERS), "body": body}


def redirect(address: str) -> dict[str, Any]:
    """Return an answer that leads on to another address."""
    headers = {"Location": address, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return {"statusCode": 302, "headers": headers, "body": ""}


def accept_language(event: Mapping[str, Any]) -> str:
    """Return the languages that the browser asks for."""
    headers = event.get("headers") or {}
    return str(next((value for name, value in headers.items() if name.lower() == "accept-language"), "") or "")


def _language(accepted: str) -> str:
    """Return the first of our languages that the browser accepts; the order counts, weights do not."""
    wanted = (part.strip()[:2].lower() for part in accepted.split(","))
    return next((language for language in wanted if language in _TEXTS["invalid"]), "en")
