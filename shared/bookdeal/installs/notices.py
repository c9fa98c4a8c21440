"""Tasks that tell an account's administrators in Kommo what is amiss with Altegio, in the account's language."""

from collections.abc import Mapping, Sequence

from bookdeal.installs.installation import Installation
from bookdeal.installs.problems import ALTEGIO_WEBHOOKS, Problem
from bookdeal.kommo.client import KommoClient
from bookdeal.model.deal import NewTask
from bookdeal.runtime.clock import Clock

DUE_SECONDS = 24 * 3600

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "altegio_token": {
        "en": "Bookdeal can no longer log in to Altegio. Open Bookdeal's settings and log in again.",
        "es": "Bookdeal ya no puede entrar en Altegio. Abra los ajustes de Bookdeal e inicie sesión de nuevo.",
        "pt": "O Bookdeal já não consegue entrar no Altegio. Abra as definições do Bookdeal e inicie sessão de novo.",
        "ru": "Bookdeal больше не может войти в Altegio. Откройте настройки Bookdeal и войдите снова.",
    },
    "altegio_rights": {
        "en": "Bookdeal's user in Altegio has lost its rights in {title}. Give them back, or log in as an owner.",
        "es": "El usuario de Bookdeal en Altegio ha perdido sus permisos en {title}. Devuélvalos o entre como dueño.",
        "pt": "O utilizador do Bookdeal no Altegio perdeu os direitos em {title}. Devolva-os ou entre como dono.",
        "ru": "Пользователь Bookdeal в Altegio потерял права в филиале {title}. Верните их или войдите как владелец.",
    },
    "altegio_payment": {
        "en": "The Altegio licence of {title} is not paid: its bookings do not reach Kommo until it is.",
        "es": "La licencia de Altegio de {title} no está pagada: hasta entonces sus citas no llegan a Kommo.",
        "pt": "A licença Altegio de {title} não está paga: até lá as reservas não chegam ao Kommo.",
        "ru": "Лицензия Altegio филиала {title} не оплачена: до оплаты его записи не попадают в Kommo.",
    },
    "altegio_gone": {
        "en": "Altegio no longer knows the location {title}. Choose the locations anew in Bookdeal's settings.",
        "es": "Altegio ya no conoce la sucursal {title}. Elija de nuevo las sucursales en los ajustes de Bookdeal.",
        "pt": "O Altegio já não conhece a unidade {title}. Escolha de novo as unidades nas definições do Bookdeal.",
        "ru": "Altegio больше не знает филиал {title}. Выберите филиалы заново в настройках Bookdeal.",
    },
    "altegio_frozen": {
        "en": "Bookdeal is frozen in Altegio's marketplace for {title}. Pay there to go on.",
        "es": "Bookdeal está congelado en el marketplace de Altegio para {title}. Pague allí para continuar.",
        "pt": "O Bookdeal está congelado no marketplace do Altegio para {title}. Pague lá para continuar.",
        "ru": "Bookdeal заморожен в маркетплейсе Altegio для филиала {title}. Оплатите там, чтобы продолжить.",
    },
    "altegio_uninstalled": {
        "en": "Bookdeal was disconnected in Altegio's marketplace for {title}. Connect it there again.",
        "es": "Bookdeal se desconectó en el marketplace de Altegio para {title}. Conéctelo allí de nuevo.",
        "pt": "O Bookdeal foi desligado no marketplace do Altegio para {title}. Ligue-o lá de novo.",
        "ru": "Bookdeal отключён в маркетплейсе Altegio для филиала {title}. Подключите его там снова.",
    },
    ALTEGIO_WEBHOOKS: {
        "en": "Bookdeal may not set webhooks in {title}, so bookings arrive late. Give its user that right.",
        "es": "Bookdeal no puede ajustar los webhooks de {title} y las citas llegan tarde. Dé ese permiso.",
        "pt": "O Bookdeal não pode definir webhooks em {title}, e as reservas chegam tarde. Dê esse direito.",
        "ru": "Bookdeal не может настроить вебхуки филиала {title}, записи приходят поздно. Дайте это право.",
    },
}
"""What a task for administrators says, in the account's language. Where Kommo itself is lost there can be none."""


def notify(kommo: KommoClient, installation: Installation, found: Sequence[Problem], clock: Clock) -> None:
    """Make each administrator of the account a task for each problem. Doing it twice makes no second task."""
    language = installation.layout.account.language if installation.layout else "en"
    for user in kommo.administrators():
        known = {task.text for task in kommo.open_tasks(user)}
        texts = [text for text in (_sentence(problem, installation, language) for problem in found) if text]
        kommo.create_tasks(
            [
                NewTask(str(number), 0, 1, text, int(clock.now()) + DUE_SECONDS, user)
                for number, text in enumerate(texts)
                if text not in known
            ]
        )


def _sentence(problem: Problem, installation: Installation, language: str) -> str:
    sentences = SENTENCES.get(problem.code, {})
    location = installation.location(problem.location) if problem.location is not None else None
    text = sentences.get(language, sentences.get("en", ""))
    return text.replace("{title}", location.title if location else "")
