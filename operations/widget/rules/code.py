"""What our own code may do on Kommo's page, and whether a reviewer can read it. Libraries have chunks of their own."""

import re
from collections.abc import Iterator
from functools import cache
from statistics import median

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser

from operations.widget.archive import Archive
from operations.widget.rules.rule import Problem

LONGEST_LINE = 1000
# Names of one or two letters are few in code that a person wrote; a minifier leaves hardly any others.
SHORTEST_NAMES = 3
ENOUGH_NAMES = 20

_FORBIDDEN_CALLS = {
    "eval": "Kommo forbids code that is made of texts.",
    "Function": "Kommo forbids code that is made of texts.",
    "alert": "Kommo forbids the browser's own windows; its modal is there instead.",
    "confirm": "Kommo forbids the browser's own windows; its modal is there instead.",
    "prompt": "Kommo forbids the browser's own windows; its modal is there instead.",
}
_GLOBAL_OBJECTS = ("window", "globalThis")
_LEFT_ALONE = {
    "AMOCRM": ("Kommo has replaced it by APP.", "Write APP."),
    "amohash": ("It is a user's own key, and Kommo lets integrations in by OAuth 2.0 alone.", "Ask with the token."),
}
_LOOK_UPS = (
    "querySelector", "querySelectorAll", "getElementById", "getElementsByClassName", "getElementsByName",
    "getElementsByTagName", "elementFromPoint", "elementsFromPoint",
)  # fmt: skip
_JQUERY = (("$",), ("jQuery",))
_CLICK = re.compile(r"[\"'`](click|submit)\b")
# So the buttons begin by which a person installs a widget, saves its settings and disables it.
_KOMMOS_BUTTONS = "js-widget-"
_LOOPS = ("for_statement", "for_in_statement", "while_statement", "do_statement")
_REQUESTS = ("$authorizedAjax", "crm_post")
_ASSIGNMENTS = ("assignment_expression", "augmented_assignment_expression")
_ADDRESS = re.compile(
    r"(?:(?:https?|wss?):)?//((?:[\w-]+\.)+[a-z]{2,}|localhost|127\.0\.0\.1)(?=[/:?#]|$)", re.IGNORECASE
)
_FILE = re.compile(r"\.?/([\w.-]+\.(?:js|css))(?:\?|$)")
# Names of XML's vocabularies look like addresses, and nothing is loaded from there.
_NAMES_ONLY = ("www.w3.org",)
_LANGUAGE = Language(tree_sitter_javascript.language())


def code_is_readable(archive: Archive) -> Iterator[Problem]:
    """Reviewers read our code: it is neither shortened nor obscured."""
    for name, tree in _own(archive):
        lines = archive.files[name].decode(errors="replace").split("\n")
        long = next((number for number, line in enumerate(lines, 1) if len(line) > LONGEST_LINE), None)
        if long:
            yield Problem(
                f"{name}:{long}",
                f"has {len(lines[long - 1]):,} characters in one line",
                "Kommo refuses code that was minified.",
                "Build our own code as it is, and put libraries into chunks named libraries….",
            )
        names = [len(_text(node)) for node in _walk(tree) if _is_declared(node)]
        if len(names) >= ENOUGH_NAMES and median(names) < SHORTEST_NAMES:
            yield Problem(
                name,
                f"has names of {median(names):g} letters",
                "Kommo refuses code that was minified.",
                "Build our own code as it is, and put libraries into chunks named libraries….",
            )


def nothing_forbidden_is_called(archive: Archive) -> Iterator[Problem]:
    """No eval, no windows of the browser's, nothing written to its console but for debugging."""
    for name, tree in _own(archive):
        for node in _walk(tree):
            if node.type not in ("call_expression", "new_expression"):
                continue
            called = node.child_by_field_name("function") or node.child_by_field_name("constructor")
            path = _path(called)
            if path[:1] and path[0] in _GLOBAL_OBJECTS:
                path = path[1:]
            if len(path) == 1 and path[0] in _FORBIDDEN_CALLS:
                yield _found(name, node, f"calls {path[0]}", _FORBIDDEN_CALLS[path[0]], "Do without; rename ours.")
            elif path in (("document", "write"), ("document", "writeln")):
                yield _found(name, node, "writes into the document", "It would wipe Kommo's page.", "Add elements.")
            elif path[:1] == ("console",) and path != ("console", "debug"):
                if path == ("console", "trace") and _inside(node, ("catch_clause",)):
                    continue
                yield _found(
                    name,
                    node,
                    f"calls {'.'.join(path)}",
                    "Kommo allows console.debug alone, and console.trace where an error was caught.",
                    "Show it to the user, or leave it out.",
                )


def requests_do_not_block(archive: Archive) -> Iterator[Problem]:
    """No request holds the page up, none is repeated in a loop."""
    for name, tree in _own(archive):
        for node in _walk(tree):
            if node.type == "pair" and _text(node.child_by_field_name("key")).strip("'\"") == "async":
                if _text(node.child_by_field_name("value")) == "false":
                    yield _found(name, node, "asks without async", "The page would stand still.", "Ask asynchronously.")
            elif node.type == "call_expression":
                path = _path(node.child_by_field_name("function"))
                given = node.child_by_field_name("arguments")
                arguments = given.named_children if given else []
                if path[-1:] == ("open",) and len(arguments) > 2 and _text(arguments[2]) == "false":
                    yield _found(name, node, "asks without async", "The page would stand still.", "Ask asynchronously.")
                if path[-1:] and path[-1] in _REQUESTS and _inside(node, _LOOPS):
                    yield _found(
                        name, node, f"calls {path[-1]} in a loop", "Kommo forbids it: limits are shared.", "Ask once."
                    )


def nothing_comes_from_elsewhere(archive: Archive) -> Iterator[Problem]:
    """Our code names no addresses but the brand's, and adds no scripts to the page."""
    for name, tree in _own(archive):
        for node in _walk(tree):
            if node.type == "string_fragment":
                for found in _ADDRESS.finditer(_text(node)):
                    if found[1] not in _NAMES_ONLY and not _is_the_brands(archive, _text(node)[found.start() :]):
                        yield _found(
                            name,
                            node,
                            f"names the host {found[1]}",
                            "Everything comes from the archive, from Kommo and from the brand's own addresses.",
                            "Put it into the archive, or into brand.json.",
                        )
            elif node.type == "call_expression" and _makes_script(node):
                yield _found(
                    name, node, "adds a script to the page", "Kommo reviews what is in the archive.", "Use require."
                )


def what_is_asked_for_is_there(archive: Archive) -> Iterator[Problem]:
    """Our code loads only files that are in the archive."""
    for name, tree in _own(archive):
        for node in _walk(tree):
            found = _FILE.match(_text(node)) if node.type == "string_fragment" else None
            if found and found[1] not in archive.files:
                yield _found(name, node, f"loads {found[1]}", "It is not in the archive.", "Build anew.")


def page_is_left_alone(archive: Archive) -> Iterator[Problem]:
    """What Kommo's page offers under APP is read, and never changed."""
    for name, tree in _own(archive):
        for node in _walk(tree):
            if node.type in _ASSIGNMENTS:
                path = _path(node.child_by_field_name("left"))
                path = path[1:] if path[:1] and path[0] in _GLOBAL_OBJECTS else path
                if path[:1] == ("APP",):
                    yield _found(name, node, f"sets {'.'.join(path)}", "APP is Kommo's own.", "Only read of it.")
            elif node.type in ("identifier", "property_identifier") and _text(node) in _LEFT_ALONE:
                yield _found(name, node, f"asks for {_text(node)}", *_LEFT_ALONE[_text(node)])


def nobody_is_clicked_for(archive: Archive) -> Iterator[Problem]:
    """A person installs the widget: code that looks elements of the page up clicks none, or names Kommo's buttons."""
    for name, tree in _own(archive):
        nodes = list(_walk(tree))
        calls = [node for node in nodes if node.type == "call_expression"]
        looks_around = any(_looks_up(call) for call in calls)
        for call in calls:
            if _clicks(call) and (looks_around or _is_jquerys(call)):
                yield _found(
                    name,
                    call,
                    "clicks where it looks elements of the page up",
                    "Kommo forbids to click in a person's stead, above all on Install.",
                    "Do without, or click what is ours and was not looked up.",
                )
        for node in nodes:
            if node.type == "string_fragment" and _KOMMOS_BUTTONS in _text(node):
                yield _found(
                    name, node, f"names {_text(node)!r}", "That is a button of Kommo's.", "Leave it to the person."
                )


def _own(archive: Archive) -> Iterator[tuple[str, Node]]:
    for name, content in sorted(archive.files.items()):
        if name.endswith(".js") and not name.startswith("libraries"):
            yield name, _parsed(content)


@cache
def _parsed(content: bytes) -> Node:
    return Parser(_LANGUAGE).parse(content).root_node


def _walk(node: Node) -> Iterator[Node]:
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(reversed(one.children))


def _is_declared(node: Node) -> bool:
    parent = node.parent
    if node.type != "identifier" or parent is None:
        return False
    if parent.type in ("variable_declarator", "function_declaration", "class_declaration"):
        return parent.child_by_field_name("name") == node
    return parent.type in ("formal_parameters", "arrow_function") and parent.child_by_field_name("body") != node


def _path(node: Node | None) -> tuple[str, ...]:
    """Return a.b.c as its parts, nothing for what is no such thing."""
    if node is None:
        return ()
    if node.type in ("identifier", "this", "property_identifier"):
        return (_text(node),)
    if node.type == "member_expression":
        before = _path(node.child_by_field_name("object")) or ("…",)
        return (*before, _text(node.child_by_field_name("property")))
    return ()


def _makes_script(node: Node) -> bool:
    given = node.child_by_field_name("arguments")
    argument = _text(given.named_children[0]) if given and given.named_children else ""
    called = _path(node.child_by_field_name("function"))
    return called[-1:] == ("createElement",) and argument.strip("'\"`").lower() == "script"


def _looks_up(call: Node) -> bool:
    path = _path(call.child_by_field_name("function"))
    path = path[1:] if path[:1] and path[0] in _GLOBAL_OBJECTS else path
    return path in _JQUERY or (path[:1] == ("document",) and path[-1] in _LOOK_UPS)


def _clicks(call: Node) -> bool:
    action = _path(call.child_by_field_name("function"))[-1:]
    given = call.child_by_field_name("arguments")
    arguments = given.named_children if given else []
    if action == ("click",):
        return not arguments  # with a listener it is jQuery's, and waits for a person's click
    makes_event = action == ("dispatchEvent",) or _is_jquerys(call)
    return makes_event and bool(arguments) and _CLICK.search(_text(arguments[0])) is not None


def _is_jquerys(call: Node) -> bool:
    """Tell whether jQuery makes an event: the page's elements are what it is there for, ours are React's."""
    return _path(call.child_by_field_name("function"))[-1:] in (("trigger",), ("triggerHandler",))


def _is_the_brands(archive: Archive, text: str) -> bool:
    return any(
        text.removeprefix(address)[:1] in ("", "/", "?", "#") and text.startswith(address)
        for address in archive.addresses
    )


def _inside(node: Node, types: tuple[str, ...]) -> bool:
    around = node.parent
    while around is not None:
        if around.type in types:
            return True
        around = around.parent
    return False


def _text(node: Node | None) -> str:
    return (node.text or b"").decode(errors="replace") if node else ""


def _found(name: str, node: Node, what: str, why: str, remedy: str) -> Problem:
    return Problem(f"{name}:{node.start_point.row + 1}", what, why, remedy)


RULES = (
    code_is_readable,
    nothing_forbidden_is_called,
    requests_do_not_block,
    nothing_comes_from_elsewhere,
    what_is_asked_for_is_there,
    page_is_left_alone,
    nobody_is_clicked_for,
)
