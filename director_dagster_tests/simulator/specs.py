"""The providers' own OpenAPI files: which operation a request is, and what is wrong with what was sent or answered."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from director_dagster_tests.simulator.recorded import Exchange

ROOT = Path(__file__).parents[2]
FOLDER = Path(
    os.environ.get("DIRECTOR_SPECS")  # noqa: TID251 (of the tests alone: the product reads no specifications)
    or ROOT.parent / "shared" / "specs"
)
HERE = "urn:spec"


@dataclass(frozen=True)
class Spec:
    """One file."""

    file: Path

    @cached_property
    def document(self) -> Mapping[str, Any]:
        """All of it: some MB, read in a tenth of a second."""
        document: Mapping[str, Any] = json.loads(self.file.read_bytes())
        return document

    @cached_property
    def _registry(self) -> Registry[Any]:
        registry: Registry[Any] = Registry().with_resource(HERE, DRAFT202012.create_resource(self.document))
        return registry

    def operation(self, exchange: Exchange) -> Mapping[str, Any]:
        """What the file says of the request's path. Raises KeyError when it does not know it."""
        for template, methods in self.document["paths"].items():
            if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), exchange.path) and exchange.method in methods:
                found: Mapping[str, Any] = methods[exchange.method]
                return found
        raise KeyError(f"{exchange.method} {exchange.path}")

    def faults(self, exchange: Exchange) -> list[str]:
        """Everything in the exchange that is not as the file has it."""
        operation = self.operation(exchange)
        return [
            *self._of_query(exchange, operation),
            *self._of_request(exchange, operation),
            *self._of_answer(exchange, operation),
        ]

    def _of_query(self, exchange: Exchange, operation: Mapping[str, Any]) -> Iterator[str]:
        parameters = [self._meant(each) for each in operation.get("parameters", [])]
        known = {each["name"]: each["schema"] for each in parameters if each["in"] == "query"}
        for name, value in exchange.query.items():
            if name not in known:
                yield f"?{name} is not documented"
            else:
                # All of a query is text; what looks like a number may be meant as one.
                faults = [list(self._invalid(known[name], each, f"?{name}")) for each in _readings(value)]
                yield from min(faults, key=len)

    def _of_request(self, exchange: Exchange, operation: Mapping[str, Any]) -> Iterator[str]:
        if "requestBody" not in operation:
            return
        kind = exchange.sent_type.partition(";")[0]
        schema = operation["requestBody"]["content"][kind]["schema"]
        yield from self._invalid(schema, exchange.fields, "sent")
        yield from self._unknown(schema, exchange.fields, "sent")

    def _of_answer(self, exchange: Exchange, operation: Mapping[str, Any]) -> Iterator[str]:
        documented = operation["responses"][str(exchange.status)]["content"]
        kinds = [
            each for each in documented if re.fullmatch(re.escape(each).replace(r"\*", "[^/]+"), exchange.answer_type)
        ]
        if exchange.answer_type != "application/json":
            # OpenAI's file has speech as bytes of no kind.
            if not kinds and "application/octet-stream" not in documented:
                yield f"answered {exchange.answer_type}, and there are {', '.join(documented)}"
            return
        schema, answered = documented["application/json"]["schema"], json.loads(exchange.answer)
        yield from self._invalid(schema, answered, "answered")
        yield from self._unknown(schema, answered, "answered")

    def _invalid(self, schema: Mapping[str, Any], value: object, what: str) -> Iterator[str]:
        """What the schema has against the value; its own references are those of the file."""
        absolute = json.loads(json.dumps(schema).replace('"$ref": "#/', f'"$ref": "{HERE}#/'))
        for error in Draft202012Validator(absolute, registry=self._registry).iter_errors(value):
            yield f"{what}: {'.'.join(map(str, error.absolute_path))}: {error.message[:200]}"

    def _unknown(self, schema: Mapping[str, Any], value: Mapping[str, Any], what: str) -> Iterator[str]:
        """Fields that the file does not have: a schema says nothing against them."""
        known = set(self._fields(schema, value))
        for name in value:
            if name not in known:
                yield f"{what}: {name} is not documented"

    def _fields(self, schema: Mapping[str, Any], value: Mapping[str, Any]) -> Iterator[str]:
        """The fields that the file has; of several shapes only those of a shape that the value has."""
        yield from schema.get("properties", {})
        if "$ref" in schema:
            yield from self._fields(self._meant(schema), value)
        for each in schema.get("allOf", []):
            yield from self._fields(each, value)
        for several in ("anyOf", "oneOf"):
            for each in schema.get(several, []):
                if not any(self._invalid(each, value, "")):
                    yield from self._fields(each, value)

    def _meant(self, what: Mapping[str, Any]) -> Mapping[str, Any]:
        """What stands at a reference; what is none stands for itself."""
        if "$ref" not in what:
            return what
        found: Any = self.document
        for part in what["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        meant: Mapping[str, Any] = found
        return meant


def _readings(value: str) -> list[object]:
    """All that a value of a query may be."""
    return [value, int(value)] if value.isdecimal() else [value]
