"""Parse an expression into a tree; unknown names are refused before anything is evaluated."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from azure_pipelines_local.errors import ExpressionError
from azure_pipelines_local.expressions.conversions import Value
from azure_pipelines_local.expressions.hints import hint
from azure_pipelines_local.expressions.signatures import Signature
from azure_pipelines_local.expressions.tokens import Token, tokens

MAXIMUM_DEPTH = 50  # of arguments in arguments, as in Azure Pipelines
MAXIMUM_MEMBERS = 200  # a limit of this tool: each takes several calls to evaluate


@dataclass(frozen=True)
class Literal:
    """A value that stands in the expression."""

    value: Value
    position: int


@dataclass(frozen=True)
class Name:
    """A named value such as `parameters`, or the variable of an `each`."""

    name: str
    position: int


@dataclass(frozen=True)
class Index:
    """`base.key` or `base[key]`; without a key `base.*`."""

    base: "Tree"
    key: "Tree | None"
    position: int


@dataclass(frozen=True)
class Call:
    """A function, its name in lower case, and its arguments."""

    function: str
    arguments: tuple["Tree", ...]
    position: int


Tree = Literal | Name | Index | Call


def parse(text: str, functions: Mapping[str, Signature], names: Collection[str]) -> Tree:
    """Parse the expression, given what may be called and named in it; case does not count.

    Raises:
        ExpressionError: it is not an expression, or it asks for what is not there.
    """
    parser = _Parser(tokens(text), functions, names)
    tree = parser.expression(1)
    if parser.token.kind != "end":
        symbol = parser.token.text
        raise ExpressionError(f"unexpected symbol {symbol!r}{hint(symbol)}", parser.token.position)
    return tree


class _Parser:
    def __init__(self, found: list[Token], functions: Mapping[str, Signature], names: Collection[str]) -> None:
        self.tokens = iter(found)
        self.token = next(self.tokens)
        self.functions, self.names = functions, names

    def take(self) -> Token:
        taken = self.token
        self.token = next(self.tokens, taken)
        return taken

    def want(self, sign: str) -> None:
        if self.take_if(sign) is None:
            shown = repr(self.token.text) if self.token.text else "the end"
            raise ExpressionError(f"{sign!r} is expected and {shown} found.", self.token.position)

    def take_if(self, sign: str) -> Token | None:
        return self.take() if self.token.kind == "sign" and self.token.text == sign else None

    def expression(self, depth: int) -> Tree:
        if depth > MAXIMUM_DEPTH:
            raise ExpressionError(f"more than {MAXIMUM_DEPTH} levels.", self.token.position)
        tree, members = self.operand(depth), 0
        while not isinstance(tree, Literal) and (sign := self.take_if(".") or self.take_if("[")):
            members += 1
            if members > MAXIMUM_MEMBERS:
                raise ExpressionError(f"more than {MAXIMUM_MEMBERS} members of members.", sign.position)
            tree = Index(tree, self.member() if sign.text == "." else self.index(depth + 1), sign.position)
        return tree

    def operand(self, depth: int) -> Tree:
        token = self.take()
        if token.kind == "literal":
            return Literal(token.value, token.position)
        if token.kind != "name":
            found = repr(token.text) if token.text else "end; an expression is expected"
            raise ExpressionError(f"unexpected {found}.", token.position)
        if self.take_if("("):
            return self.call(token, depth)
        if token.text.lower() in ("true", "false"):
            return Literal(token.text.lower() == "true", token.position)
        return self.named(token)

    def named(self, token: Token) -> Name:
        name = token.text.lower()
        if name in {each.lower() for each in self.names}:
            return Name(name, token.position)
        if name in self.functions:
            raise ExpressionError(f"the function {token.text} needs parentheses.", token.position)
        raise ExpressionError(f"unrecognized value {token.text!r}{hint(token.text, self.names)}", token.position)

    def call(self, token: Token, depth: int) -> Call:
        name = token.text.lower()
        if name not in self.functions:
            known = [signature.name for signature in self.functions.values()]
            raise ExpressionError(f"unrecognized function {token.text!r}{hint(token.text, known)}", token.position)
        arguments: list[Tree] = []
        while not (not arguments and self.take_if(")")):
            arguments.append(self.expression(depth + 1))
            if self.take_if(")"):
                break
            self.want(",")
        self.functions[name].check(len(arguments), token.position)
        return Call(name, tuple(arguments), token.position)

    def member(self) -> Literal | None:
        token = self.take()
        if token.kind == "name":
            return Literal(token.text, token.position)
        if token.text == "*":
            return None
        raise ExpressionError("a property's name is expected after '.'; else write ['name'].", token.position)

    def index(self, depth: int) -> Tree | None:
        key = None if self.take_if("*") else self.expression(depth)
        self.want("]")
        return key
