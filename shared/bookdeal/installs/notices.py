"""Tasks that tell an account's administrators in Kommo what is amiss with Altegio, in the account's language."""

from collections.abc import Mapping, Sequence

from bookdeal.installs.installation import Installation
from bookdeal.installs.problems import ALTEGIO_WEBHOOKS, Problem
from bookdeal.kommo.client import KommoClient
from bookdeal.model.deal import NewTask
from bookdeal.model.templates import filled
from bookdeal.runtime.clock import Clock

DUE_SECONDS = 24 * 3600

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "altegio_token": {
        "en": "{brand} can no longer log in to Altegio. Open the settings of {brand} and log in again.",
        "es": "{brand} ya no puede entrar en Altegio. Abre los ajustes de {brand} e inicia sesión de nuevo.",
        "pt": "{brand} não consegue mais entrar no Altegio. Abra as configurações de {brand} e entre de novo.",
        "ru": "{brand} больше не может войти в Altegio. Откройте настройки {brand} и войдите снова.",
    },
    "altegio_rights": {
        "en": "The user of {brand} in Altegio has lost its rights in {title}. Give them back, or log in as an owner.",
        "es": "El usuario de {brand} en Altegio ha perdido sus permisos en {title}. Devuélvelos o entra como dueño.",
        "pt": "O usuário de {brand} no Altegio perdeu as permissões em {title}. Devolva-as ou entre como dono.",
        "ru": "Пользователь {brand} в Altegio потерял права в филиале {title}. Верните их или войдите как владелец.",
    },
    "altegio_payment": {
        "en": "The Altegio licence of {title} is not paid: its bookings do not reach Kommo until it is.",
        "es": "La licencia de Altegio de {title} no está pagada: hasta entonces sus citas no llegan a Kommo.",
        "pt": "A licença Altegio de {title} não está paga: até lá as reservas não chegam ao Kommo.",
        "ru": "Лицензия Altegio филиала {title} не оплачена: до оплаты его записи не попадают в Kommo.",
    },
    "altegio_gone": {
        "en": "Altegio no longer knows the location {title}. Choose the locations anew in the settings of {brand}.",
        "es": "Altegio ya no conoce la sucursal {title}. Elige de nuevo las sucursales en los ajustes de {brand}.",
        "pt": "O Altegio não conhece mais a unidade {title}. Escolha de novo as unidades nas configurações de {brand}.",
        "ru": "Altegio больше не знает филиал {title}. Выберите филиалы заново в настройках {brand}.",
    },
    "altegio_frozen": {
        "en": "{brand} is frozen in Altegio's marketplace for {title}. Pay there to go on.",
        "es": "La aplicación {brand} está congelada en el marketplace de Altegio para {title}. Paga allí para seguir.",
        "pt": "O aplicativo {brand} está congelado no marketplace do Altegio para {title}. Pague lá para continuar.",
        "ru": "Приложение {brand} заморожено в маркетплейсе Altegio ({title}). Оплатите там, чтобы продолжить.",
    },
    "altegio_uninstalled": {
        "en": "{brand} was disconnected in Altegio's marketplace for {title}. Connect it there again.",
        "es": "La aplicación {brand} se desconectó en el marketplace de Altegio para {title}. Conéctala allí de nuevo.",
        "pt": "O aplicativo {brand} foi desconectado no marketplace do Altegio para {title}. Conecte-o lá de novo.",
        "ru": "Приложение {brand} отключено в маркетплейсе Altegio для филиала {title}. Подключите его там снова.",
    },
    ALTEGIO_WEBHOOKS: {
        "en": "{brand} may not set webhooks in {title}, so bookings arrive late. Give its user that right.",
        "es": "{brand} no puede ajustar los webhooks de {title} y las citas llegan tarde. Da ese permiso.",
        "pt": "{brand} não pode definir webhooks em {title}, e os agendamentos chegam tarde. Dê essa permissão.",
        "ru": "{brand} не может настроить вебхуки филиала {title}, записи приходят поздно. Дайте это право.",
    },
}
"""What a task for administrators says, in the account's language. Where Kommo itself is lost there can be none.

Any name of a brand fits in: nothing agrees with its gender, and it is not declined.
"""


def notify(kommo: KommoClient, installation: Installation, found: Sequence[Problem], brand: str, clock: Clock) -> None:
    """Make each administrator of the account a task for each problem. Doing it twice makes no second task.

    `brand` is the name under which people know us.
    """
    language = installation.layout.account.language if installation.layout else "en"
    for user in kommo.administrators():
        known = {task.text for task in kommo.open_tasks(user)}
        texts = [text for text in (_sentence(problem, installation, language, brand) for problem in found) if text]
        kommo.create_tasks(
            [
                NewTask(str(number), 0, 1, text, int(clock.now()) + DUE_SECONDS, user)
                for number, text in enumerate(texts)
                if text not in known
            ]
        )


def _sentence(problem: Problem, installation: Installation, language: str, brand: str) -> str:
    sentences = SENTENCES.get(problem.code, {})
    location = installation.location(problem.location) if problem.location is not None else None
    text = sentences.get(language, sentences.get("en", ""))
    return filled(text, {"title": location.title if location else "", "brand": brand})
