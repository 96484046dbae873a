"""Adds up the cost of an environment at rest from prices.yaml: `cost.py environments/dev.properties`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import yaml

HERE = Path(__file__).parent
HOURS = {"hour": 730, "month": 1}
PER = {"hour": "an hour", "month": "a month"}
#: Parameters whose value is not a quantity: how to turn it into one.
FACTORS: dict[str, Callable[[str], float]] = {
    "InterfaceEndpoints": lambda value: value == "true",
    "Engine": lambda value: value == "spark",
    "MultiAz": lambda value: 2 if value == "true" else 1,
    "Retail": lambda value: value == "true",
    "SparkServerMemory": lambda value: int(value) / 1024,
    "SparkWorkerCpu": lambda value: int(value) / 1024,
    "SparkWorkerDiskGigabytes": lambda value: int(value) - 20,
    "SparkWorkerMemory": lambda value: int(value) / 1024,
    "StreamCpu": lambda value: int(value) / 1024,
    "StreamMemory": lambda value: int(value) / 1024,
    "StreamRetentionHours": lambda value: int(value) > 24,
}


class Line(NamedTuple):
    what: str
    many: float
    price: float
    per: str
    as_of: str

    @property
    def month(self) -> float:
        return self.many * self.price * HOURS[self.per]


class _Templates(yaml.SafeLoader):
    """Reads parameters and ignores CloudFormation functions."""


_Templates.add_multi_constructor("!", lambda _loader, _name, _node: None)


def parameters(properties: Path) -> dict[str, str]:
    """Parameters of all stacks: their values in the properties, otherwise their defaults."""
    found: dict[str, str] = {}
    for template in sorted((HERE / "stacks").iterdir()):
        declared = yaml.load(template.read_text(), Loader=_Templates)["Parameters"]
        found |= {name: str(each["Default"]) for name, each in declared.items() if "Default" in each}
    given = (line.partition("=") for line in properties.read_text().splitlines() if not line.startswith("#"))
    return found | {name: value for name, _, value in given}


def lines(values: Mapping[str, str]) -> Iterator[Line]:
    """Lines of all prices whose quantity is not zero. Exits if a size has no price."""
    for entry in yaml.safe_load((HERE / "prices.yaml").read_text()):
        price: Any = entry["price"]
        if "of" in entry:
            size = values[entry["of"]]
            if size not in price:
                sys.exit(f"{entry['of']}={size}: prices.yaml has prices only for {', '.join(price)}. Add it there.")
            price = price[size]
        many = prod(
            times if isinstance(times, int | float) else FACTORS.get(times, float)(values[times])
            for times in entry["times"]
        )
        if many:
            yield Line(entry["what"], many, price, entry["per"], str(entry["as_of"]))


def main(properties: Path) -> None:
    values = parameters(properties)
    found = list(lines(values))
    month, most = sum(line.month for line in found), float(values["MonthlyDollars"])
    print(f"{properties.stem}: dollars at rest, on demand, US East (N. Virginia). Last column: month of the price.")
    for line in found:
        print(f"{line.what:<42}{line.many:>6g} x {line.price:<9g} {PER[line.per]:<9}{line.month:>9.2f}  {line.as_of}")
    print(f"{'total':<70}{month:>9.2f}  a month, {month * 24 / 730:.2f} a day")
    print(f"MonthlyDollars={most:g}: e-mail at {0.8 * most:.0f}" + (", less than the total" * (0.8 * most < month)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
