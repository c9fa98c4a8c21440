"""Names that contradict each other, and names that do not."""

import pytest

from bookdeal.clients.names import contradict, words_of

ONE_PERSON = [
    ("Carla", "carla"),
    ("José Núñez", "JOSE NUNEZ"),
    ("Núñez, José", "José Núñez"),
    ("Carla Ruiz", "Carla"),
    ("Ruiz Vidal Carla", "Carla Ruiz"),
    ("C. Ruiz", "Carla Ruiz"),
    ("Carla R.", "R Carla"),
    ("", "Carla Ruiz"),
    ("+34 600 000 101", "Carla Ruiz"),
    ("Contact 12345", "Contact"),
    ("12345", "Carla"),
    ("carla@example.test", "Dani Vidal"),
    ("João", "Joao"),
    ("Conceição Gonçalves", "Conceicao Goncalves"),
    ("Müller", "Mueller"),
    ("Jürgen Groß", "Juergen Gross"),
    ("Юлия Иванова", "Yulia Ivanova"),
    ("Юлия Иванова", "Iuliia Ivanova"),
    ("Наталья Щербакова", "Natalya Shcherbakova"),
    ("Наталья", "Natal'ya"),
    ("Алёна Фёдорова", "Alena Fedorova"),
    ("Сергей Хачатрян", "Sergei Khachatryan"),
    ("Евгений Цой", "Evgeny Tsoi"),
    ("Елена", "Yelena"),
    ("Иванова Анна Петровна", "Anna Ivanova"),
    ("Айгүл Қасымова", "Aigul Kasymova"),
    ("Александр", "Alexander"),
    ("Anna-Maria Ruiz", "Anna Maria Ruiz"),
    ("Carla (VIP2)", "Carla"),
    ("Søren Łukasz", "Soren Lukasz"),
]

OTHERS = [
    ("Carla Ruiz", "Dani Ruiz"),
    ("Carla", "Dani"),
    ("Carla Ruiz", "Carla Vidal"),
    ("C. Ruiz", "Dani Ruiz"),
    ("Paul", "Paula"),
    ("Daniel Vidal", "Daniela Vidal"),
    ("Иван Иванов", "Мария Иванова"),
    ("Иван", "Anna"),
    ("Ana Ana", "Ana Eva"),
    ("A B", "Anna Anna"),
]


@pytest.mark.parametrize(("name", "other"), ONE_PERSON)
def test_one_persons_names_do_not_contradict(name: str, other: str) -> None:
    assert not contradict(name, other), (words_of(name), words_of(other))
    assert not contradict(other, name)


@pytest.mark.parametrize(("name", "other"), OTHERS)
def test_two_peoples_names_contradict(name: str, other: str) -> None:
    assert contradict(name, other), (words_of(name), words_of(other))
    assert contradict(other, name)
